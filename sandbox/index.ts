import { join } from 'node:path';
import { createAtlassianCloud } from './atlassian-cloud/vendor.ts';
import { type Control, startControl } from './control.ts';
import { type Simulator, startSimulator } from './kit/simulator.ts';
import type { Vendor } from './kit/vendor.ts';
import type { OAuthClient } from './okta/oauth.ts';
import { createOkta } from './okta/vendor.ts';

export interface SandboxOptions {
  /** Shared with whoever wants proof that an address is a sandbox: `GET /_sandbox/proof?nonce=`. */
  secret: string;
  oktaApiToken: string;
  atlassianScimApiKey: string;
  /** Default `sandbox-directory`. */
  cloudDirectoryId?: string;
  oauth?: readonly OAuthClient[];
  /** 0 or absent: a free one. */
  ports?: { okta?: number; cloud?: number; control?: number };
  /** Where states are kept; absent: in memory only. */
  stateDir?: string;
  /** Population of an Okta org that has no saved state. */
  seed?: Record<string, unknown>;
  latencyMs?: number;
}

export interface Sandbox {
  okta: Simulator;
  cloud: Simulator;
  control: Control;
  /** Saves the states and ends all connections. */
  close(): Promise<void>;
}

/**
 * Starts the simulators and their control server on 127.0.0.1.
 * @throws SandboxError on a bad seed or a damaged state file; what was started is stopped first.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { secret, ports = {}, cloudDirectoryId = 'sandbox-directory', atlassianScimApiKey: apiKey } = options;
  const started: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const part of started.splice(0).reverse()) await part.close();
  };
  const start = async (vendor: Vendor, port = 0): Promise<Simulator> => {
    const stateFile = options.stateDir && join(options.stateDir, `${vendor.name}.json`);
    const { latencyMs = 0 } = options;
    const simulator = await startSimulator(vendor, { port, secret, latencyMs, ...(stateFile && { stateFile }) });
    started.push(simulator);
    return simulator;
  };
  try {
    const okta = await start(
      createOkta({ apiToken: options.oktaApiToken, ...(options.oauth && { oauth: options.oauth }) }),
      ports.okta,
    );
    if (options.seed && !okta.restored) await okta.seed(options.seed);
    const cloud = await start(createAtlassianCloud({ directoryId: cloudDirectoryId, apiKey }), ports.cloud);
    const control = await startControl([okta, cloud], ports.control);
    started.push(control);
    return { okta, cloud, control, close };
  } catch (error) {
    await close();
    throw error;
  }
}
