/** Verifies SSH signatures with OpenSSH itself, whose format they are (ssh-keygen(1), -Y verify). */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { approvalNamespace } from '../domain/approval-text.ts';
import { Failure } from '../domain/failure.ts';

export interface Approver {
  readonly id: string;
  /** One line of a `.pub` file. */
  readonly publicKey: string;
}

/**
 * The approver whose key made this signature over `text`; undefined when nobody's did.
 * @throws Failure `Misconfigured` when this machine has no ssh-keygen
 */
export async function signerOf(
  text: string,
  signature: string,
  approvers: readonly Approver[],
): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-signature-'));
  try {
    const signers = join(folder, 'allowed_signers');
    const file = join(folder, 'signature');
    await writeFile(signers, approvers.map(allowedSigner).join(''), { mode: 0o600 });
    await writeFile(file, signature, { mode: 0o600 });
    const named = await keygen(['-Y', 'find-principals', '-s', file, '-f', signers], '');
    const id = named.output.split('\n')[0]?.trim();
    if (named.code !== 0 || !id) return undefined;
    const verify = ['-Y', 'verify', '-f', signers, '-I', id, '-n', approvalNamespace, '-s', file];
    return (await keygen(verify, text)).code === 0 ? id : undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The format of allowed_signers, from ssh-keygen(1): principals, options, key. */
const allowedSigner = ({ id, publicKey }: Approver): string =>
  `${id} namespaces="${approvalNamespace}" ${publicKey.split(' ').slice(0, 2).join(' ')}\n`;

function keygen(args: readonly string[], input: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('ssh-keygen', args, { stdio: ['pipe', 'pipe', 'ignore'], timeout: 10_000 });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stdin.on('error', () => {}); // It may have ended before it read everything.
    child.once('error', (cause) =>
      reject(new Failure('Misconfigured', 'signatures need ssh-keygen of OpenSSH on the worker', { cause })),
    );
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
    child.stdin.end(input);
  });
}
