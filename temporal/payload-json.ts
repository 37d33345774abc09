/** A payload in the JSON of Protocol Buffers, in which Temporal's UI and command line send it to a codec server. */
import type { Payload } from '@temporalio/common';

export interface PayloadJson {
  /** Values are base64. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** base64 */
  readonly data?: string | undefined;
}

export const toPayloadJson = ({ metadata, data }: Payload): PayloadJson => ({
  ...(metadata ? { metadata: mapValues(metadata, base64) } : {}),
  ...(data ? { data: base64(data) } : {}),
});

export const fromPayloadJson = ({ metadata, data }: PayloadJson): Payload => ({
  ...(metadata ? { metadata: mapValues(metadata, bytes) } : {}),
  ...(data === undefined ? {} : { data: bytes(data) }),
});

const base64 = (given: Uint8Array): string => Buffer.from(given).toString('base64');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

const mapValues = <From, To>(given: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, map(value)]));
