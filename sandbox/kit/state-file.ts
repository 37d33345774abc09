import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SandboxError } from './vendor.ts';

const QUIET_MS = 150;
// Serialising a large population blocks the simulator, so that it may take one part in twenty of its time at most.
const WRITE_SHARE = 20;

/** A state kept in one file: written to a temporary name and renamed, so that a crash leaves the old or the new state. */
export class StateFile {
  readonly #path: string;
  readonly #snapshot: () => unknown;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #notBefore = 0;

  constructor(path: string, snapshot: () => unknown) {
    this.#path = path;
    this.#snapshot = snapshot;
    mkdirSync(dirname(path), { recursive: true });
  }

  /** @throws SandboxError when the file is there but cannot be read as JSON. */
  read(): unknown {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new SandboxError(`not JSON (${(error as Error).message}); remove it to start empty`, this.#path, 500);
    }
  }

  /** Writes soon, once for many changes. */
  changed(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => this.#writeInBackground(), Math.max(QUIET_MS, this.#notBefore - Date.now()));
  }

  /** Writes now and returns when the state is on disk. */
  async save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    const temporary = `${this.#path}.${process.pid}.tmp`;
    writeFileSync(temporary, JSON.stringify(this.#snapshot()), { mode: 0o600 });
    renameSync(temporary, this.#path);
  }

  #writeInBackground(): void {
    this.#timer = undefined;
    this.#writing = this.#writing.then(async () => {
      const started = performance.now();
      const text = JSON.stringify(this.#snapshot());
      this.#notBefore = Date.now() + (performance.now() - started) * WRITE_SHARE;
      const temporary = `${this.#path}.${process.pid}.tmp`;
      await writeFile(temporary, text, { mode: 0o600 });
      await rename(temporary, this.#path);
    });
    this.#writing.catch((error) => console.error(`sandbox: cannot write ${this.#path}: ${error.message}`));
  }
}
