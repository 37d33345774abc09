// The sandbox as a process: reads its environment, prints one JSON line with its addresses, ends on SIGTERM or SIGINT.
import { startSandbox } from './index.ts';
import { SandboxError } from './kit/vendor.ts';

try {
  const sandbox = await startSandbox({
    secret: required('LOCKSTEP_SANDBOX_SECRET'),
    oktaApiToken: required('OKTA_API_TOKEN'),
    atlassianScimApiKey: required('ATLASSIAN_SCIM_API_KEY'),
    cloudDirectoryId: process.env.SANDBOX_CLOUD_DIRECTORY_ID || 'sandbox-directory',
    ports: {
      okta: port('SANDBOX_OKTA_PORT'),
      cloud: port('SANDBOX_CLOUD_PORT'),
      control: port('SANDBOX_CONTROL_PORT'),
    },
    ...(process.env.SANDBOX_STATE_DIR && { stateDir: process.env.SANDBOX_STATE_DIR }),
    ...(process.env.SANDBOX_SEED && { seed: json('SANDBOX_SEED', process.env.SANDBOX_SEED) }),
  });
  const { okta, cloud, control } = sandbox;
  console.log(JSON.stringify({ okta: okta.origin, cloud: cloud.origin, control: control.origin, pid: process.pid }));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end(sandbox.close()));
} catch (error) {
  const reason = error instanceof SandboxError ? `${error.where}: ${error.message}` : String(error);
  console.error(`sandbox: cannot start: ${reason}`);
  process.exit(1);
}

function end(closing: Promise<void>): void {
  closing.then(
    () => process.exit(0),
    (error) => {
      console.error(`sandbox: state not saved: ${error}`);
      process.exit(1);
    },
  );
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new SandboxError('has to be set', name);
  return value;
}

function port(name: string): number {
  const value = Number(process.env[name] || 0);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new SandboxError('is not a port', name);
  return value;
}

function json(name: string, text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SandboxError(`is not JSON: ${(error as Error).message}`, name);
  }
}
