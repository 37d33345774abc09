/** The worker's process alone, its vendors out of reach, for what concerns only itself. */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import type {} from '../support/provided.ts';

const main = new URL('../../worker/main.ts', import.meta.url).pathname;

const aTarget = (name: string): string => `
  ${name}:
    kind: atlassian-cloud
    baseUrl: https://scim.invalid/scim/directory/${name}
    credentials: { apiKey: { env: KEY_${name.toUpperCase()} } }
    scope: { groups: [everybody] }`;

export const aWorkerFile = `version: 1
source:
  okta:
    orgUrl: https://okta.invalid
    credentials: { apiToken: { env: OKTA_API_TOKEN } }
targets:${aTarget('one')}${aTarget('two')}
`;

export interface WorkerProcess {
  /** What it has printed so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

/** All that a worker must be told; nobody listens at the addresses. */
export const completeEnvironment = {
  OKTA_API_TOKEN: 'okta-token-of-the-test',
  KEY_ONE: 'key-one-of-the-test',
  KEY_TWO: 'key-two-of-the-test',
  DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:9/nowhere',
  TEMPORAL_ADDRESS: '127.0.0.1:9',
  LOCKSTEP_WORKER_HTTP_PORT: '0',
};

/** @param config text of its lockstep.yaml */
export function startWorker(env: NodeJS.ProcessEnv, config = aWorkerFile): WorkerProcess {
  const path = join(mkdtempSync(join(inject('servers').runDir, 'worker-')), 'lockstep.yaml');
  writeFileSync(path, config);
  const child = spawn(process.execPath, [main], {
    env: { HOME: '/nowhere', LOCKSTEP_CONFIG: path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  return {
    output: () => output,
    kill: (signal) => void child.kill(signal),
    ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, output }))),
  };
}
