import { join } from 'node:path';
import { type ChildSpec, type Launch, type Running, waitUntilReady } from './child.ts';
import { answers, type Ports } from './ports.ts';
import type { SandboxSecrets } from './secrets.ts';
import type { UpSettings } from './settings.ts';

interface Context {
  readonly settings: UpSettings;
  readonly env: NodeJS.ProcessEnv;
  readonly launch: Launch;
}

/** The simulators, which keep their state in a file. `directoryId` is the SCIM directory that the configuration names. */
export async function startSandbox(
  context: Context,
  { secrets, directoryId }: { secrets: SandboxSecrets; directoryId: string | undefined },
): Promise<Running> {
  const { ports, stateDir } = context.settings;
  const spec = nodeProcess(context, 'sandbox', {
    SANDBOX_CONTROL_PORT: String(ports.sandboxControl),
    SANDBOX_OKTA_PORT: String(ports.sandboxOkta),
    SANDBOX_CLOUD_PORT: String(ports.sandboxCloud),
    SANDBOX_STATE_DIR: join(stateDir, 'sandbox'),
    // An empty seed is the standard population; it is used only as long as there is no saved state.
    SANDBOX_SEED: context.env['SANDBOX_SEED'] || '{}',
    ...(directoryId === undefined ? {} : { SANDBOX_CLOUD_DIRECTORY_ID: directoryId }),
    ...secretsAsEnv(secrets),
  });
  const all = [ports.sandboxControl, ports.sandboxOkta, ports.sandboxCloud];
  const areUp = async () => (await Promise.all(all.map(answers))).every(Boolean);
  return context.launch(spec, (child) => waitUntilReady(child, spec, areUp));
}

/**
 * Left to itself, V8 lets the heap grow to several times of what is in use before it tidies up: at 20,000 people the
 * worker's peak was 777 MB without these limits and 375 MB with half of them.
 */
export const workerNodeArgs = ['--max-old-space-size=512', '--max-semi-space-size=16'];

/** The worker finishes what it has begun before it ends, so it gets the longest grace. */
export async function startWorker(context: Context): Promise<Running> {
  const { ports } = context.settings;
  const own = {
    LOCKSTEP_WORKER_HTTP_PORT: String(ports.workerHealth),
    // Links in notices lead there.
    LOCKSTEP_READER_URL: context.env['LOCKSTEP_READER_URL'] || readerUrl(ports),
  };
  const process = nodeProcess(context, 'worker', own);
  const spec = { ...process, args: [...workerNodeArgs, ...process.args], graceMs: 20_000 };
  return context.launch(spec, (child) => waitUntilReady(child, spec, () => isReady(ports.workerHealth)));
}

export async function startReader(context: Context): Promise<Running> {
  const { ports } = context.settings;
  const spec = nodeProcess(context, 'reader', { LOCKSTEP_READER_PORT: String(ports.reader) });
  return context.launch(spec, (child) => waitUntilReady(child, spec, () => isReady(ports.reader)));
}

export async function startReceiver(context: Context): Promise<Running> {
  const { ports } = context.settings;
  const own = { LOCKSTEP_RECEIVER_PORT: String(ports.receiver), LOCKSTEP_READER_URL: readerUrl(ports) };
  const spec = nodeProcess(context, 'receiver', own);
  return context.launch(spec, (child) => waitUntilReady(child, spec, () => isReady(ports.receiver)));
}

/** Names under which the simulators, their clients and the receiver find the credentials of the sandbox. */
export function secretsAsEnv(secrets: SandboxSecrets): NodeJS.ProcessEnv {
  return {
    LOCKSTEP_SANDBOX_SECRET: secrets.sandboxSecret,
    OKTA_API_TOKEN: secrets.oktaApiToken,
    ATLASSIAN_SCIM_API_KEY: secrets.atlassianScimApiKey,
    LOCKSTEP_OKTA_HOOK_SECRET: secrets.oktaHookSecret,
    LOCKSTEP_HR_SECRET: secrets.hrSecret,
    LOCKSTEP_LOGIN_SECRET: secrets.loginSecret,
  };
}

export function readerUrl(ports: Ports): string {
  return `http://127.0.0.1:${ports.reader}`;
}

export function receiverUrl(ports: Ports): string {
  return `http://127.0.0.1:${ports.receiver}`;
}

function nodeProcess({ settings, env }: Context, room: string, own: NodeJS.ProcessEnv): ChildSpec {
  return {
    name: room,
    command: process.execPath,
    args: [join(settings.root, room, 'main.ts')],
    cwd: settings.root,
    env: { ...env, ...own },
    logFile: join(settings.stateDir, 'logs', `${room}.log`),
  };
}

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(5_000) });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  }
}
