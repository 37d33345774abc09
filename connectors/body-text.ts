/** Reads bodies up to a size, counted after unpacking: a few hundred kilobytes of gzip can hold gigabytes. */

/** The code of the failure that a longer body is. */
export const bodyTooLarge = 'body-too-large';

/** A hundred groups with all their members fit; a worker's memory holds several at once. */
export const defaultMaxBodyBytes = 64 * 1024 * 1024;

/** Undefined when it is longer than allowed; the rest is not received then. */
export const readText = async (response: Response, maxBytes: number): Promise<string | undefined> => {
  if (!response.body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the body.
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

/** What reading an answer of `limited` ends with when it is too long. */
export class BodyTooLarge extends Error {}

/** The same answer for those who read it themselves. Its body breaks off with `BodyTooLarge` when it is too long. */
export const limited = (response: Response, maxBytes: number): Response => {
  if (!response.body) return response;
  let size = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.byteLength;
      if (size > maxBytes) controller.error(new BodyTooLarge(`more than ${maxBytes} bytes`));
      else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(counting), { status, statusText, headers });
};
