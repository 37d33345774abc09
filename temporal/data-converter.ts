/** What a client and a worker are given alike, so that each can read what the other wrote. */
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { EncryptionKey } from '../config/encryption-keys.ts';
import { payloadEncryption } from './payload-encryption.ts';

/** To be bundled with the workflows where there are keys, besides being given to worker and client. */
export const failureConverterPath = fileURLToPath(new URL('failure-converter.ts', import.meta.url));

/**
 * Without keys nothing is encrypted, and failures stay readable; meeting something encrypted is then an error that says
 * what is missing.
 */
export const dataConverter = (keys: readonly EncryptionKey[]): DataConverter => ({
  payloadCodecs: [payloadEncryption(keys)],
  ...(keys.length === 0 ? {} : { failureConverterPath }),
});
