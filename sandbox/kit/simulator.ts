import { createHmac } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createExchange, type TransportSettings } from './exchange.ts';
import { Faults } from './faults.ts';
import { RequestLog } from './request-log.ts';
import { StateFile } from './state-file.ts';
import { SandboxError, type Vendor } from './vendor.ts';

export interface SimulatorOptions {
  /** 0 or absent: a free one. */
  port?: number;
  /** Shared with whoever wants proof that this is a sandbox and not a vendor. */
  secret: string;
  /** Where the state is kept, so that ids survive a restart; absent: in memory only. */
  stateFile?: string;
  /** Default true. */
  chunked?: boolean;
  /** Default: as `chunked`. */
  gzip?: boolean;
  latencyMs?: number;
}

export interface Simulator {
  readonly name: string;
  readonly origin: string;
  readonly vendor: Vendor;
  readonly requests: RequestLog;
  readonly faults: Faults;
  readonly transport: TransportSettings;
  /** Whether a state file was found at the start. */
  readonly restored: boolean;
  /** The simulator's clock, epoch milliseconds. */
  now(): number;
  advanceClock(ms: number): void;
  /** Replaces the population; see the vendor for options. */
  seed(options: Record<string, unknown>): Promise<unknown>;
  /** To be called after the state was changed from outside HTTP. */
  changed(): void;
  save(): Promise<void>;
  /** Ends all connections, hanging ones included, and saves the state. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * Serves a vendor over HTTP with request log, faults, latency, clock and state file.
 * @throws SandboxError when the state file is damaged.
 */
export async function startSimulator(vendor: Vendor, options: SimulatorOptions): Promise<Simulator> {
  const clock = { offsetMs: 0 };
  const now = () => Date.now() + clock.offsetMs;
  const file = options.stateFile
    ? new StateFile(options.stateFile, () => ({
        vendor: vendor.name,
        clockOffsetMs: clock.offsetMs,
        state: vendor.dump(),
      }))
    : undefined;
  const restored = restore(vendor, file?.read(), clock, options.stateFile ?? '');
  const chunked = options.chunked ?? true;
  const transport: TransportSettings = { latencyMs: options.latencyMs ?? 0, chunked, gzip: options.gzip ?? chunked };
  const requests = new RequestLog();
  const faults = new Faults(vendor.faultActions);
  const address = { origin: '' };
  const changed = () => file?.changed();
  const exchange = createExchange({ vendor, requests, faults, transport, address, now, changed });
  const server = http.createServer((incoming, out) => {
    if (incoming.url?.startsWith('/_sandbox/proof')) answerProof(incoming.url, out, options.secret, address.origin);
    else exchange(incoming, out);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, HOST, resolve);
  });
  address.origin = `http://${HOST}:${(server.address() as AddressInfo).port}`;

  return {
    name: vendor.name,
    origin: address.origin,
    vendor,
    requests,
    faults,
    transport,
    restored,
    now,
    changed,
    advanceClock(ms) {
      clock.offsetMs += ms;
      changed();
    },
    async seed(seedOptions) {
      const summary = vendor.seed(seedOptions, now());
      await file?.save();
      return summary;
    },
    save: async () => file?.save(),
    async close() {
      vendor.close?.();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await file?.save();
    },
  };
}

function restore(vendor: Vendor, saved: unknown, clock: { offsetMs: number }, where: string): boolean {
  if (saved === undefined) return false;
  const file = saved as { vendor?: unknown; clockOffsetMs?: unknown; state?: unknown };
  if (file.vendor !== vendor.name) throw new SandboxError(`not a state of the ${vendor.name} simulator`, where, 500);
  clock.offsetMs = Number(file.clockOffsetMs ?? 0);
  vendor.restore(file.state);
  return true;
}

/** Only who knows the secret can answer, and the answer is bound to this very address. */
function answerProof(url: string, out: http.ServerResponse, secret: string, origin: string): void {
  const nonce = new URL(url, origin).searchParams.get('nonce');
  const status = nonce ? 200 : 400;
  const proof = createHmac('sha256', secret)
    .update(`${nonce}\n${new URL(origin).host}`)
    .digest('hex');
  out.writeHead(status, { 'content-type': 'application/json' });
  out.end(JSON.stringify(nonce ? { proof } : { error: 'a nonce is needed', where: 'query.nonce' }));
}
