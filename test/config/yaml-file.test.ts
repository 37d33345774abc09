import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../config/load.ts';
import { aFile, errorOf, load, problemsOf, withTarget } from './a-config.ts';

describe('a file that is not readable as YAML is told from one that is wrong', () => {
  it.each([
    ['empty', '', 'is empty'],
    ['only comments', '# nothing\n', 'is empty'],
    ['explicitly nothing', '---\n', 'is empty'],
    ['a key twice', 'version: 1\nversion: 1\n', 'the same key stands twice in one block'],
    ['a tab', 'source:\n\tokta: 1\n', 'a tab is used for indentation'],
    ['two documents', 'version: 1\n---\nversion: 1\n', 'there is a second document after ---'],
    ['an open quote', 'version: "1\n', 'a quote, bracket, colon or comma is missing'],
    ['an unknown alias', 'version: *one\n', 'has aliases that cannot be resolved'],
    ['a tag', 'version: !one 1\n', 'there is a tag that means nothing here'],
    ['two colons', 'a: b: c\n', 'there are two colons in one line'],
    ['a reserved character', 'a: @b\n', 'a value begins with a character that YAML keeps for itself'],
    ['UTF-16', Buffer.from('version: 1\n', 'utf16le').fill(0xff, 0, 1), 'is not UTF-8 text'],
  ])('%s', (_title, content, message) => {
    expect(errorOf(() => load(content)).problems.map((problem) => problem.message)).toContain(message);
  });

  it('a missing file', () => {
    expect(errorOf(() => loadConfig(join(tmpdir(), 'none', 'lockstep.yaml'))).problems).toEqual([
      { path: '', message: 'there is no such file', hint: 'name the file by --config or LOCKSTEP_CONFIG' },
    ]);
  });

  it('a folder', () => {
    expect(errorOf(() => loadConfig(tmpdir())).problems[0]?.message).toBe('is a folder');
  });

  it('aliases that grow without end', () => {
    const levels = Array.from(
      { length: 9 },
      (_, n) => `a${n}: &a${n} [${Array(9).fill(n === 0 ? 'x' : `*a${n - 1}`)}]`,
    );
    expect(errorOf(() => load(levels.join('\n'))).problems[0]?.message).toBe('has aliases that cannot be resolved');
  });

  it('points at line and column of a fault of syntax', () => {
    expect(errorOf(() => load('version: 1\nversion: 1\n')).problems[0]).toMatchObject({ line: 2, column: 1 });
  });

  it('says of a bracket without its end that it may be that', () => {
    expect(errorOf(() => load('foo: [')).problems[0]?.message).toContain('or a bracket is not closed');
  });
});

describe('YAML may be written as one likes', () => {
  it('with a byte order mark and Windows line ends', () => {
    expect(load(`\uFEFF${stringify(aFile()).replaceAll('\n', '\r\n')}`).targets).toHaveLength(1);
  });

  it('with anchors and aliases, which problems point through', () => {
    const text = `${stringify(aFile({ targets: undefined }))}
targets:
  cloud:
    kind: atlassian-cloud
    baseUrl: https://api.atlassian.com/scim/directory/one
    credentials: { apiKey: { env: KEY } }
    scope: { groups: &groups [a, ''] }
    groups: { include: *groups }
`;
    expect(problemsOf(text)).toEqual([
      'targets.cloud.scope.groups[1]: must not be empty',
      'targets.cloud.groups.include[1]: must not be empty',
    ]);
  });

  it.each([
    ['plain', 'expression: user.a ==', 12],
    ['quoted', "expression: 'user.a =='", 13],
  ])('an expression that is %s is pointed into', (_title, line, start) => {
    const text = stringify(withTarget({ scope: { expression: 'PLACE' } })).replace('expression: PLACE', line);
    const indentation = 6;
    const [problem] = errorOf(() => load(text)).problems;
    expect(problem?.column).toBe(indentation + start + 'user.a =='.length + 1);
  });
});
