import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { stringify } from 'yaml';
import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import { ConfigError } from '../../config/problems.ts';

type Block = Readonly<Record<string, unknown>>;

export const aTarget = (changes: Block = {}): Block => ({
  kind: 'atlassian-cloud',
  baseUrl: 'https://api.atlassian.com/scim/directory/one',
  credentials: { apiKey: { env: 'SCIM_KEY' } },
  scope: { groups: ['everybody'] },
  ...changes,
});

export const okta = (changes: Block = {}): Block => ({
  okta: { orgUrl: 'https://example.okta.com', credentials: { apiToken: { env: 'OKTA_TOKEN' } }, ...changes },
});

/** A complete document with one target, `cloud`. */
export const aFile = (changes: Block = {}): Block => ({
  version: 1,
  source: okta(),
  targets: { cloud: aTarget() },
  ...changes,
});

export const withTarget = (changes: Block): Block => aFile({ targets: { cloud: aTarget(changes) } });

const folder = mkdtempSync(join(tmpdir(), 'lockstep-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file of its own for the test, from text, bytes or a document. */
function written(content: string | Uint8Array | Block): string {
  const path = join(folder, 'lockstep.yaml');
  writeFileSync(path, typeof content === 'string' || content instanceof Uint8Array ? content : stringify(content));
  return path;
}

export const load = (content: string | Uint8Array | Block): Config => loadConfig(written(content));

export const settingsOf = (target: Block) => load(withTarget(target)).targets[0]!.settings;

export function errorOf(action: () => unknown): ConfigError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was wrong with it');
}

/** `path: message` of every problem, in the order of the file. */
export const problemsOf = (content: string | Uint8Array | Block): string[] =>
  errorOf(() => load(content)).problems.map(({ path, message }) => `${path}: ${message}`);
