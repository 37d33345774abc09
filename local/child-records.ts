import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Child, type ChildSpec, DEFAULT_GRACE_MS, killGroup } from './child.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';
import type { Report } from './progress.ts';

interface ChildRecord extends ProcessIdentity {
  readonly name: string;
  readonly stopSignal: NodeJS.Signals;
  readonly graceMs: number;
}

/**
 * Which children run, in a file: when this process is killed hard, its children go on, and the next one finds them here.
 * In order of their start.
 */
export class ChildRecords {
  readonly #file: string;
  #records: readonly ChildRecord[];

  constructor(file: string) {
    this.#file = file;
    this.#records = read(file);
  }

  add(spec: ChildSpec, child: Child): void {
    if (child.identity === undefined) return;
    const { name, stopSignal = 'SIGTERM', graceMs = DEFAULT_GRACE_MS } = spec;
    this.#write([...this.#records, { ...child.identity, name, stopSignal, graceMs }]);
  }

  remove(pid: number): void {
    this.#write(this.#records.filter((record) => record.pid !== pid));
  }

  /** Those of the recorded children that still run. */
  running(): readonly (ProcessIdentity & { readonly name: string })[] {
    return this.#records.filter(isRunning);
  }

  /** Ends what an earlier process left running, the last started first, each in its own clean way. */
  async endLeftOvers(report: Report): Promise<void> {
    for (const record of this.#records.filter(isRunning).toReversed()) {
      report(`Ending ${record.name} (pid ${record.pid}), which an earlier start left running`);
      await end(record);
    }
    this.#write([]);
  }

  #write(records: readonly ChildRecord[]): void {
    this.#records = records;
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(`${this.#file}.new`, JSON.stringify(records, null, 2));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

async function end(record: ChildRecord): Promise<void> {
  process.kill(record.pid, record.stopSignal);
  const deadline = performance.now() + record.graceMs;
  while (isRunning(record)) {
    if (performance.now() > deadline) killGroup(record.pid);
    await delay(50);
  }
}

function read(file: string): readonly ChildRecord[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as readonly ChildRecord[];
  } catch {
    return [];
  }
}
