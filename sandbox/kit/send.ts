import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { SimResponse } from './vendor.ts';

export interface SendOptions {
  /** Transfer-Encoding chunked instead of Content-Length, as many vendors' gateways do. */
  chunked: boolean;
  gzip: boolean;
  /** Epoch milliseconds for the Date header. */
  now: number;
  /** Stops in the middle of the body and resets the connection. */
  truncate?: boolean;
}

const WORTH_COMPRESSING = 1_024;

/** A header of `null` is left out of the answer, Date included. */
export type HeaderPatch = Record<string, string | null>;

export function send(
  out: ServerResponse,
  response: SimResponse,
  patch: HeaderPatch,
  acceptEncoding: string | undefined,
  options: SendOptions,
): void {
  const headers = mergeHeaders(response, patch, options.now);
  out.sendDate = false;
  let payload = encodeBody(response.body);
  if (options.gzip && payload.length >= WORTH_COMPRESSING && acceptEncoding?.includes('gzip')) {
    payload = gzipSync(payload, { level: 1 });
    headers['content-encoding'] = 'gzip';
    headers.vary = 'accept-encoding';
  }
  const isBodyless = response.status === 204 || response.status === 304;
  if (!options.chunked && !isBodyless) headers['content-length'] = String(payload.length);
  out.writeHead(response.status, headers);
  if (options.truncate) {
    out.write(payload.subarray(0, Math.floor(payload.length / 2)), () => out.destroy());
    return;
  }
  // Two writes make it really two chunks, which is what trips careless clients.
  const middle = payload.length >> 1;
  if (options.chunked && !isBodyless && middle > 0) out.write(payload.subarray(0, middle));
  out.end(isBodyless || payload.length === 0 ? undefined : options.chunked ? payload.subarray(middle) : payload);
}

function mergeHeaders(response: SimResponse, patch: HeaderPatch, now: number): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { date: new Date(now).toUTCString() };
  if (response.body !== undefined) headers['content-type'] = 'application/json';
  for (const [name, value] of Object.entries(response.headers ?? {})) headers[name.toLowerCase()] = value;
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete headers[name.toLowerCase()];
    else headers[name.toLowerCase()] = value;
  }
  return headers;
}

function encodeBody(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
