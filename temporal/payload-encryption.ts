/**
 * Encrypts payloads before they leave for Temporal and decrypts them on their way back. A whole payload, its metadata
 * included, becomes the content of another one, which says in clear by which key.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import type { EncryptionKey } from '../config/encryption-keys.ts';
import { fromPayloadJson, type PayloadJson, toPayloadJson } from './payload-json.ts';

/** The names that Temporal's own samples use. */
export const encryptedEncoding = 'binary/encrypted';
export const keyIdMetadata = 'encryption-key-id';
const cipherMetadata = 'encryption-cipher';
const cipher = { metadata: 'AES-256-GCM', node: 'aes-256-gcm', ivBytes: 12, tagBytes: 16 } as const;

/** What the SDK's own converter reads, and what the server writes by itself. Whatever else there is, we did not write. */
const clearEncodings: ReadonlySet<string> = new Set([
  'binary/null',
  'binary/plain',
  'json/plain',
  'json/protobuf',
  'binary/protobuf',
]);

/** Raised when a payload cannot be decrypted here. The message holds ids of keys and names of encodings only. */
export class PayloadEncryptionError extends Error {
  override readonly name = 'PayloadEncryptionError';
}

/**
 * The first key encrypts, all decrypt; without any, nothing is encrypted. What is in clear stays readable, so that
 * encryption can be switched on, and off, while workflows are open.
 * @throws PayloadEncryptionError from `decode`: unknown key, unknown encoding, changed content
 */
export function payloadEncryption(keys: readonly EncryptionKey[]): PayloadCodec {
  const [current] = keys;
  return {
    encode: async (payloads) => (current ? payloads.map((payload) => encrypt(payload, current)) : payloads),
    decode: async (payloads) => payloads.map((payload) => decrypt(payload, keys)),
  };
}

function encrypt(payload: Payload, { id, key }: EncryptionKey): Payload {
  // GCM allows 2^32 random nonces of 96 bits under one key (NIST SP 800-38D, 8.3): decades of payloads here.
  const iv = randomBytes(cipher.ivBytes);
  const sealing = createCipheriv(cipher.node, key, iv, { authTagLength: cipher.tagBytes });
  sealing.setAAD(bound(id));
  const content = Buffer.concat([sealing.update(JSON.stringify(toPayloadJson(payload)), 'utf8'), sealing.final()]);
  return {
    metadata: {
      encoding: bytes(encryptedEncoding),
      [cipherMetadata]: bytes(cipher.metadata),
      [keyIdMetadata]: bytes(id),
    },
    data: new Uint8Array(Buffer.concat([iv, sealing.getAuthTag(), content])),
  };
}

function decrypt(payload: Payload, keys: readonly EncryptionKey[]): Payload {
  const encoding = textOf(payload, 'encoding');
  // Without an encoding it is for the converter to judge.
  if (encoding === undefined || clearEncodings.has(encoding)) return payload;
  if (encoding !== encryptedEncoding)
    throw new PayloadEncryptionError(`a payload has the encoding ${encoding}, which Lockstep does not know`);
  const id = textOf(payload, keyIdMetadata) ?? '';
  const found = keys.find((key) => key.id === id);
  if (!found) throw new PayloadEncryptionError(unknownKey(id, keys));
  return open(payload.data ?? new Uint8Array(), found);
}

function open(data: Uint8Array, { id, key }: EncryptionKey): Payload {
  const contentAt = cipher.ivBytes + cipher.tagBytes;
  try {
    const opening = createDecipheriv(cipher.node, key, data.subarray(0, cipher.ivBytes), {
      authTagLength: cipher.tagBytes,
    });
    opening.setAAD(bound(id));
    opening.setAuthTag(data.subarray(cipher.ivBytes, contentAt));
    const text = Buffer.concat([opening.update(data.subarray(contentAt)), opening.final()]).toString('utf8');
    return fromPayloadJson(JSON.parse(text) as PayloadJson);
  } catch {
    // Whatever Node says about it: content that does not fit its tag says nothing more than that.
    throw new PayloadEncryptionError(
      `a payload does not fit the key ${id}: it was changed, or another key has that id where it was written`,
    );
  }
}

/** Ties the content to what stands in clear beside it: nobody can relabel it for another key or notation. */
const bound = (keyId: string): Buffer => Buffer.from(JSON.stringify([encryptedEncoding, cipher.metadata, keyId]));

function unknownKey(id: string, keys: readonly EncryptionKey[]): string {
  const known = keys.length === 0 ? 'none is configured here' : `here are ${keys.map((key) => key.id).join(', ')}`;
  return `a payload is encrypted with the key ${id}, which is not among encryption.keys in lockstep.yaml: ${known}`;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function textOf({ metadata }: Payload, name: string): string | undefined {
  const value = metadata?.[name];
  return value ? Buffer.from(value).toString('utf8') : undefined;
}
