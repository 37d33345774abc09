import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TemporalConnection, temporalConnection } from '../temporal/connection.ts';
import { DEFAULT_PORT_BASE, type PortName, type Ports, portOffsets, portsFrom } from './ports.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { launchersOf } from './stop-request.ts';

/** Everything that `lockstep up` takes from the environment. */
export interface UpSettings {
  /** The checkout. */
  readonly root: string;
  readonly stateDir: string;
  readonly ports: Ports;
  readonly configFile: string;
  /** Temporal's. On our own server `lockstep` unless the user wants another, elsewhere as all of Temporal's tools read it. */
  readonly namespace: string;
  /** A PostgreSQL server to use instead of starting one. */
  readonly databaseUrl: string | undefined;
  /** A Temporal server to use instead of starting one. */
  readonly temporal: TemporalConnection | undefined;
  /** Processes whose end is ours too. */
  readonly launchers: readonly ProcessIdentity[];
}

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Reads the environment; writes the configuration with other ports into the state folder when that is needed. */
export function settingsFrom(env: NodeJS.ProcessEnv): UpSettings {
  const stateDir = resolve(env['LOCKSTEP_STATE_DIR'] || join(ROOT, '.lockstep'));
  mkdirSync(stateDir, { recursive: true });
  const launcher = env['LOCKSTEP_LAUNCHER_PID'];
  const ports = portsFrom(env['LOCKSTEP_PORT_BASE']);
  const temporal = env['TEMPORAL_ADDRESS']?.trim() ? temporalConnection(env) : undefined;
  return {
    root: ROOT,
    stateDir,
    ports,
    configFile: env['LOCKSTEP_CONFIG'] ? resolve(env['LOCKSTEP_CONFIG']) : shippedConfig(stateDir, ports),
    namespace: temporal?.namespace ?? (env['TEMPORAL_NAMESPACE'] || 'lockstep'),
    databaseUrl: env['DATABASE_URL'] || undefined,
    temporal,
    launchers: launchersOf(launcher ? Number(launcher) : undefined, env['npm_lifecycle_event'] !== undefined),
  };
}

/** `lockstep.yaml` of the checkout, which names the simulators by their default ports; a copy when they have others. */
function shippedConfig(stateDir: string, ports: Ports): string {
  const shipped = join(ROOT, 'lockstep.yaml');
  if (ports.sandboxControl === DEFAULT_PORT_BASE || !existsSync(shipped)) return shipped;
  const copy = join(stateDir, 'lockstep.yaml');
  writeFileSync(copy, withPorts(readFileSync(shipped, 'utf8'), ports));
  return copy;
}

/** Replaces the simulators' default ports in their addresses. */
function withPorts(yaml: string, ports: Ports): string {
  const simulators: readonly PortName[] = ['sandboxOkta', 'sandboxCloud'];
  return simulators.reduce(
    (text, name) =>
      text.replaceAll(`//127.0.0.1:${DEFAULT_PORT_BASE + portOffsets[name]}`, `//127.0.0.1:${ports[name]}`),
    yaml,
  );
}
