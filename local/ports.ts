import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
import pRetry from 'p-retry';

const HOST = '127.0.0.1';

/** Distance of each port from the base; the table is also the documentation. */
export const portOffsets = {
  sandboxControl: 0,
  sandboxOkta: 1,
  sandboxCloud: 2,
  reader: 10,
  workerHealth: 11,
  receiver: 13,
  temporal: 233,
  temporalUi: 234,
  postgres: 432,
} as const;

export type PortName = keyof typeof portOffsets;
export type Ports = Readonly<Record<PortName, number>>;

export const DEFAULT_PORT_BASE = 14_000;

const purposes: Readonly<Record<PortName, string>> = {
  sandboxControl: 'the control endpoint of the simulators',
  sandboxOkta: 'the Okta simulator',
  sandboxCloud: 'the Atlassian simulator',
  reader: 'the reader',
  workerHealth: "the worker's health endpoint",
  receiver: 'the receiver',
  temporal: 'Temporal',
  temporalUi: 'the Temporal UI',
  postgres: 'PostgreSQL',
};

/** The ports that follow from `LOCKSTEP_PORT_BASE`. */
export function portsFrom(base: string | undefined): Ports {
  const start = base === undefined || base === '' ? DEFAULT_PORT_BASE : Number(base);
  if (!Number.isInteger(start) || start < 1024 || start + portOffsets.postgres > 65_535) {
    throw new Error(
      `LOCKSTEP_PORT_BASE is "${base}"; it must be a whole number from 1024 to ${65_535 - portOffsets.postgres}.`,
    );
  }
  const entries = Object.entries(portOffsets).map(([name, offset]) => [name, start + offset]);
  return Object.fromEntries(entries) as Ports;
}

/** @throws one error that names every port that somebody else holds, and how to use others. */
export async function assertPortsFree(ports: Ports, names: readonly PortName[]): Promise<void> {
  const taken: string[] = [];
  for (const name of names) {
    if (!(await isPortFree(ports[name]))) taken.push(`port ${ports[name]}, wanted for ${purposes[name]}`);
  }
  if (taken.length === 0) return;
  throw new Error(
    `Another program already uses ${taken.join('; ')}.\n` +
      `  End it, or choose other ports: LOCKSTEP_PORT_BASE=${ports.sandboxControl + 1_000} npm start`,
  );
}

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}

/** True when something accepts connections there. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/**
 * Below what the system gives to outgoing connections (from 32768 on Linux, from 49152 elsewhere; RFC 6335): those come
 * and go by the thousand, and any of them could take a port between the look and its use.
 */
const FREE_PORTS = { from: 20_000, to: 32_767 };
const givenPorts = new Set<number>();

/**
 * A port that is free now. Another process may still take it first, so its user must be ready to try again.
 *
 * @throws when so many tries in a row found none that the ports cannot be the trouble
 */
export async function freePort(): Promise<number> {
  for (let looks = 0; looks < 1_000; looks++) {
    const port = randomInt(FREE_PORTS.from, FREE_PORTS.to + 1);
    if (givenPorts.has(port) || !(await isPortFree(port))) continue;
    givenPorts.add(port);
    return port;
  }
  throw new Error(`No port from ${FREE_PORTS.from} to ${FREE_PORTS.to} can be listened on at ${HOST}.`);
}

/** Starts something again, three times in all, where somebody else took its port between the look and its use. */
export function withPortTries<T>(start: () => Promise<T>, hasLostPort: (error: Error) => boolean): Promise<T> {
  return pRetry(start, { retries: 2, minTimeout: 0, shouldRetry: ({ error }) => hasLostPort(error) });
}
