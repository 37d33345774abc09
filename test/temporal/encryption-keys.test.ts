import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { encryptionKeys, encryptionKeysIfConfigured } from '../../config/encryption-keys.ts';
import { aFile, errorOf, load, problemsOf } from '../config/a-config.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-keys-'));
afterAll(() => rmSync(dir, { recursive: true }));
const text = randomBytes(32).toString('base64');
const written = (name: string, content: string): string => {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
};
const entry = (id: string, key: unknown) => ({ id, key });
const ofEnvironment = entry('b', { env: 'KEY_B' });
const configOf = (...keys: unknown[]) => load(aFile({ encryption: { keys } }));
const server = { token: { env: 'TOKEN' }, uiOrigin: 'https://temporal.example.com' };

describe('the keys of payloads', () => {
  it('are none unless configured', () => {
    expect(load(aFile()).encryption).toEqual({ keys: [] });
    expect(encryptionKeys(load(aFile()).encryption, {})).toEqual([]);
  });

  it('come from files and variables, in the order of lockstep.yaml', () => {
    const { encryption } = configOf(entry('a', { file: written('a', `${text}\n`) }), ofEnvironment);
    const keys = encryptionKeys(encryption, { KEY_B: randomBytes(32).toString('base64') });
    expect(keys.map(({ id, key }) => [id, key.symmetricKeySize])).toEqual([
      ['a', 32],
      ['b', 32],
    ]);
    expect(keys[0]?.key.export().toString('base64')).toBe(text);
    expect(inspect(keys) + JSON.stringify(keys)).not.toContain(text.slice(0, 8));
  });

  it('are refused by their id when they are not 32 bytes as base64, all at once, without a word of them', () => {
    const wrong = [randomBytes(16).toString('base64'), `${text}x`, randomBytes(32).toString('hex'), 'secret!'];
    const { encryption } = configOf(...wrong.map((_, index) => entry(`k${index}`, { env: `K${index}` })));
    const error = errorOf(() => encryptionKeys(encryption, Object.fromEntries(wrong.map((key, i) => [`K${i}`, key]))));
    expect(error.problems.map(({ path }) => path)).toEqual([0, 1, 2, 3].map((index) => `encryption.keys k${index}`));
    expect(error.message).toContain('openssl rand -base64 32');
    for (const key of wrong) expect(error.message).not.toContain(key);
  });

  it('that are missing are told by the name of the variable or file', () => {
    const { encryption } = configOf(ofEnvironment, entry('c', { file: '/nowhere/key' }));
    const { message } = errorOf(() => encryptionKeys(encryption, {}));
    expect(message).toMatch(/KEY_B: is not set[\s\S]*\/nowhere\/key: cannot be read/);
  });

  it('are none for the command line where there is no lockstep.yaml, and required where it names them', () => {
    expect(encryptionKeysIfConfigured({ LOCKSTEP_CONFIG: '/nowhere/lockstep.yaml' })).toEqual([]);
    const env = {
      LOCKSTEP_CONFIG: written('lockstep.yaml', stringify(aFile({ encryption: { keys: [ofEnvironment] } }))),
    };
    expect(encryptionKeysIfConfigured({ ...env, KEY_B: text }).map(({ id }) => id)).toEqual(['b']);
    expect(errorOf(() => encryptionKeysIfConfigured(env)).message).toContain('KEY_B: is not set');
  });
});

describe('encryption in lockstep.yaml', () => {
  it.each([
    ['a key itself', { keys: [entry('a', text)] }, 'encryption.keys[0].key: must say where the secret lies'],
    ['an id that is none', { keys: [entry('a b', { env: 'A' })] }, 'encryption.keys[0].id: is not a valid id'],
    ['one id twice', { keys: [ofEnvironment, ofEnvironment] }, 'encryption.keys: names one id twice'],
    ['a codec server without keys', { codecServer: server }, 'encryption.keys: is empty, but there is a codec server'],
    [
      'a path for an origin',
      { keys: [ofEnvironment], codecServer: { ...server, uiOrigin: 'https://temporal.example.com/ui' } },
      'encryption.codecServer.uiOrigin: is more than an origin',
    ],
    [
      'an address without a port',
      { keys: [ofEnvironment], codecServer: { ...server, listen: '127.0.0.1' } },
      'encryption.codecServer.listen: is not host:port',
    ],
  ])('refuses %s', (_what, encryption, problem) => {
    expect(problemsOf(aFile({ encryption })).join('\n')).toContain(problem);
  });

  it('has the codec server on loopback unless told otherwise', () => {
    const { codecServer } = load(aFile({ encryption: { keys: [ofEnvironment], codecServer: server } })).encryption;
    expect(codecServer?.listen).toBe('127.0.0.1:14012');
  });
});
