/** Signs a decision with an SSH key, by OpenSSH itself, so that agents and hardware keys work too (ssh-keygen(1)). */
import { spawnSync } from 'node:child_process';
import { type ApprovalStatement, approvalNamespace, approvalText } from '../../domain/approval-text.ts';
import { ClientError } from '../client-error.ts';

/** @param key path of a private key, or of a public key whose private half an agent holds */
export function signed(statement: ApprovalStatement, key: string): string {
  const { stdout, stderr, status, error } = spawnSync(
    'ssh-keygen',
    ['-Y', 'sign', '-q', '-n', approvalNamespace, '-f', key],
    { input: approvalText(statement), encoding: 'utf8' },
  );
  if (status === 0) return stdout;
  const why = error ? 'ssh-keygen of OpenSSH is not there' : (stderr.trim().split('\n').at(-1) ?? 'it was refused');
  throw new ClientError('not-signed', `could not sign with ${key}: ${why}`, 'give the path of your SSH key as --key');
}
