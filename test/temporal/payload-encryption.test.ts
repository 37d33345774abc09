import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encryptedEncoding,
  keyIdMetadata,
  PayloadEncryptionError,
  payloadEncryption,
} from '../../temporal/payload-encryption.ts';
import { aKey } from './a-key.ts';

const [old, current, other] = [aKey('2026-01'), aKey('2026-11'), aKey('stray')];
const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const textOf = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('latin1');
const one = async (payloads: Promise<Payload[]>): Promise<Payload> => (await payloads)[0]!;
const encrypted = (value: unknown, ...keys: Parameters<typeof payloadEncryption>[0]) =>
  one(payloadEncryption(keys).encode([payloadOf(value)]));
const decrypted = async (payload: Payload, ...keys: Parameters<typeof payloadEncryption>[0]): Promise<unknown> =>
  defaultPayloadConverter.fromPayload(await one(payloadEncryption(keys).decode([payload])));

describe('encryption of payloads', () => {
  it('gives back whatever was encrypted, metadata included', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.json().map(payloadOf), fc.uint8Array().map(payloadOf))),
        async (payloads) => {
          const codec = payloadEncryption([current]);
          const back = await codec.decode(await codec.encode(payloads));
          expect(back.map(({ metadata, data }) => [metadata, textOf(data)])).toEqual(
            payloads.map(({ metadata, data }) => [metadata, textOf(data)]),
          );
        },
      ),
    );
    expect(await decrypted(await encrypted(undefined, current), current)).toBeUndefined();
  });

  it('shows the id of the key and nothing of the content', async () => {
    const { metadata, data } = await encrypted({ word: 'marigold' }, current);
    expect(Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, textOf(value)]))).toEqual({
      encoding: encryptedEncoding,
      'encryption-cipher': 'AES-256-GCM',
      [keyIdMetadata]: '2026-11',
    });
    expect(textOf(data)).not.toMatch(/marigold|json/);
  });

  it('looks different each time', async () => {
    const [first, second] = await payloadEncryption([current]).encode([payloadOf('same'), payloadOf('same')]);
    expect(textOf(first?.data)).not.toBe(textOf(second?.data));
    expect(textOf(first?.data).slice(0, 12)).not.toBe(textOf(second?.data).slice(0, 12));
  });
});

describe('several keys', () => {
  it('encrypt with the first and decrypt with any', async () => {
    const before = await encrypted('word', old);
    const after = await encrypted('word', current, old);
    expect(textOf(after.metadata?.[keyIdMetadata])).toBe('2026-11');
    expect(await decrypted(before, current, old)).toBe('word');
    expect(await decrypted(after, current, old)).toBe('word');
  });

  it('that lack the one are told by its id, with those that are there', async () => {
    const before = decrypted(await encrypted('word', old), current);
    await expect(before).rejects.toThrow(PayloadEncryptionError);
    await expect(before).rejects.toThrow(/key 2026-01, which is not among encryption.keys .*: here are 2026-11/);
    await expect(decrypted(await encrypted('word', old))).rejects.toThrow('none is configured here');
  });
});

describe('what was changed', () => {
  it('is refused, whichever byte it is', async () => {
    const { metadata, data } = await encrypted('word', current);
    for (let at = 0; at < data!.length; at += 1) {
      const changed = Uint8Array.from(data!, (byte, index) => (index === at ? byte ^ 1 : byte));
      await expect(decrypted({ metadata: metadata!, data: changed }, current), `byte ${at}`).rejects.toThrow(
        PayloadEncryptionError,
      );
    }
  });

  it('is refused when it is cut short or empty', async () => {
    const { metadata, data } = await encrypted('word', current);
    for (const length of [0, 11, 12, 20, 28, data!.length - 1])
      await expect(decrypted({ metadata: metadata!, data: data!.subarray(0, length) }, current)).rejects.toThrow(
        'does not fit the key 2026-11',
      );
    await expect(decrypted({ metadata: metadata! }, current)).rejects.toThrow(PayloadEncryptionError);
  });

  it('is refused when it is labelled with another key, even one of the same bytes', async () => {
    const { metadata, data } = await encrypted('word', current);
    const relabelled = { metadata: { ...metadata, [keyIdMetadata]: Buffer.from('stray') }, data: data! };
    await expect(decrypted(relabelled, current, { ...other, key: current.key })).rejects.toThrow(
      PayloadEncryptionError,
    );
  });
});

describe('what is not encrypted', () => {
  it('stays readable, so that encryption can be switched on while workflows are open', async () => {
    for (const value of ['word', { a: 1 }, null, undefined, new Uint8Array([1])])
      expect(await decrypted(payloadOf(value), current)).toEqual(value);
  });

  it('is what is sent when there are no keys', async () => {
    expect(await encrypted('word')).toEqual(payloadOf('word'));
  });

  it('is refused in an encoding that nobody here writes', async () => {
    const payload = { metadata: { encoding: Buffer.from('binary/zstd') }, data: new Uint8Array([1]) };
    await expect(decrypted(payload, current)).rejects.toThrow('the encoding binary/zstd, which Lockstep does not know');
  });
});
