import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveSecret, resolveSecrets, Secret } from '../../config/secret.ts';
import { aFile, errorOf, load, okta, withTarget } from './a-config.ts';

const value = 's3cr3t-Value';
const folder = mkdtempSync(join(tmpdir(), 'lockstep-secret-'));
afterAll(() => rmSync(folder, { recursive: true }));

const everyPrint = (thing: unknown): string[] => [
  String(thing),
  `${JSON.stringify(thing)}`,
  JSON.stringify({ thing }),
  inspect(thing, { showHidden: true, depth: 9 }),
  inspect({ thing }),
  format('%s %o %j', thing, thing, thing),
  Object.values(thing as object).join(),
];

describe('a secret', () => {
  it('is compared without being told', () => {
    const secret = new Secret(value);
    expect(['', value.slice(1), `${value} `, value].map((given) => secret.matches(given))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it('shows as redacted however it is printed, and is told by reveal only', () => {
    const secret = new Secret(value);
    for (const print of everyPrint(secret)) expect(print).not.toContain(value);
    expect(`${secret}`).toBe('[redacted]');
    expect(secret.reveal()).toBe(value);
  });

  it('is read from the environment or from a file, without the line break at its end', () => {
    const file = join(folder, 'token');
    writeFileSync(file, `${value}\n`);
    expect(resolveSecret({ env: 'TOKEN' }, { TOKEN: value }).reveal()).toBe(value);
    expect(resolveSecret({ file }, {}).reveal()).toBe(value);
  });

  it('that is missing is named, together with all others that are', () => {
    const empty = join(folder, 'empty');
    writeFileSync(empty, '\n');
    const refs = { a: { env: 'NOT_SET' }, b: { env: 'BLANK' }, c: { file: '/nowhere/token' }, d: { file: empty } };
    const { problems } = errorOf(() => resolveSecrets(refs, { BLANK: ' ' }));
    expect(problems.map(({ path, message }) => `${path} ${message}`)).toEqual([
      'NOT_SET is not set',
      'BLANK is not set',
      '/nowhere/token cannot be read (ENOENT)',
      `${empty} is empty`,
    ]);
  });
});

describe('a secret that was written into the file is refused and not repeated', () => {
  it.each([
    ['as a text', aFile({ source: okta({ credentials: { apiToken: value } }) })],
    ['as the name of a variable', aFile({ source: okta({ credentials: { apiToken: { env: value } } }) })],
    ['as the path of a file', aFile({ source: okta({ credentials: { apiToken: { file: value } } }) })],
    ['in a list', withTarget({ credentials: { apiKey: [value] } })],
    ['as credentials', withTarget({ credentials: value })],
    ['in the address', withTarget({ baseUrl: `https://me:${value}@x.com/scim/directory/one` })],
    ['behind the address', withTarget({ baseUrl: `https://x.com/scim/directory/one?key=${value}` })],
    ['with a tag', `apiToken: !${value} x\n`],
    ['as an alias', `apiToken: *${value}\n`],
    ['with an open quote', `apiToken: "${value}\n`],
    ['out of place', `apiToken: 1\n${value}\n`],
    ['after the end of a quote', `apiToken: "x" ${value}\n`],
  ])('%s', (_title, content) => {
    const error = errorOf(() => load(content));
    expect(error.problems.length).toBeGreaterThan(0);
    for (const print of [error.message, error.stack ?? '', ...everyPrint(error), ...everyPrint(error.problems)])
      expect(print).not.toContain(value);
  });

  it('says what to write instead', () => {
    const [problem] = errorOf(() => load(withTarget({ credentials: { apiKey: value } }))).problems;
    expect(problem).toMatchObject({
      path: 'targets.cloud.credentials.apiKey',
      message: 'must say where the secret lies and never hold it',
    });
    expect(problem?.hint).toContain('{ env: NAME }');
  });
});
