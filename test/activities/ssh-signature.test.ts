/** Signatures made by OpenSSH on this machine, as an approver would make them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signerOf } from '../../activities/ssh-signature.ts';

const text = 'lockstep approval 1\ntarget cloud\n';
let folder: string;
let approvers: { id: string; publicKey: string }[];

const keyOf = (name: string): string => join(folder, name);
function makeKey(name: string, type: string): { id: string; publicKey: string } {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', `${name}@laptop`, '-f', keyOf(name)]);
  return { id: name, publicKey: readFileSync(`${keyOf(name)}.pub`, 'utf8').trim() };
}
const sign = (name: string, what = text, namespace = 'lockstep-approval'): string =>
  spawnSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', namespace, '-f', keyOf(name)], { input: what, encoding: 'utf8' })
    .stdout;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-test-keys-'));
  approvers = [makeKey('ada', 'ed25519'), makeKey('grace', 'ecdsa')];
  makeKey('mallory', 'ed25519');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a signature', () => {
  it.each(['ada', 'grace'])('of an approver names them: %s', async (name) => {
    expect(await signerOf(text, sign(name), approvers)).toBe(name);
  });

  it('of somebody else names nobody', async () => {
    expect(await signerOf(text, sign('mallory'), approvers)).toBeUndefined();
  });

  it('over another text names nobody', async () => {
    expect(await signerOf(text, sign('ada', text.replace('cloud', 'jira')), approvers)).toBeUndefined();
  });

  it('made for another purpose names nobody', async () => {
    expect(await signerOf(text, sign('ada', text, 'git'), approvers)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['no signature', 'hello'],
    ['a torn one', '-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n'],
  ])('that is %s names nobody', async (_title, nonsense) => {
    expect(await signerOf(text, nonsense, approvers)).toBeUndefined();
  });

  it('cannot smuggle in a principal by the id of an approver', async () => {
    const [ada] = approvers;
    expect(await signerOf(text, sign('mallory'), [{ id: 'ada', publicKey: ada?.publicKey ?? '' }])).toBeUndefined();
  });
});
