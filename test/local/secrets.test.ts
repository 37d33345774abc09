import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sandboxSecrets } from '../../local/secrets.ts';
import { scratchFolder } from './scratch.ts';

it('are made once and kept for their owner only', () => {
  const file = join(scratchFolder(), 'state', 'secrets.json');
  const made = sandboxSecrets(file);
  expect(sandboxSecrets(file)).toEqual(made);
  expect(new Set(Object.values(made)).size).toBe(6);
  expect(Buffer.from(made.hrSecret.replace(/^whsec_/, ''), 'base64')).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('of an older version are kept, and get what they lack', () => {
  const file = join(scratchFolder(), 'secrets.json');
  const old = { sandboxSecret: 'a', oktaApiToken: 'b', atlassianScimApiKey: 'c' };
  writeFileSync(file, JSON.stringify(old), { mode: 0o600 });
  const secrets = sandboxSecrets(file);
  expect(secrets).toMatchObject({
    ...old,
    hrSecret: expect.stringMatching(/^whsec_/),
    loginSecret: expect.any(String),
  });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(secrets);
  expect(sandboxSecrets(file)).toEqual(secrets);
});
