import { createSecretKey, randomBytes } from 'node:crypto';
import type { EncryptionKey } from '../../config/encryption-keys.ts';

export const aKey = (id: string): EncryptionKey => ({ id, key: createSecretKey(randomBytes(32)) });
