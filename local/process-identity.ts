import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process that cannot be confused with a later one that was given the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal only for the same process. */
  readonly startedAt: string;
}

/** The identity of the process that has this pid now; `undefined` when there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startElsewhere(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** True while exactly this process runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  const own = identify(process.pid);
  if (own === undefined) throw new Error('The start time of this process cannot be read (neither /proc nor ps works).');
  return own;
}

/** The command line of a process, as one text; empty when there is none. */
export function commandLineOf(pid: number): string {
  if (process.platform !== 'linux') return ps('args=', pid) ?? '';
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** The pid of the parent of a process. */
export function parentOf(pid: number): number | undefined {
  const parent = process.platform === 'linux' ? statOnLinux(pid)?.[1] : ps('ppid=', pid);
  return parent === undefined ? undefined : Number(parent);
}

/** Fields of proc(5) from the third, the state, on. */
function statOnLinux(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may hold anything, so count from the last one.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function startOnLinux(pid: number): string | undefined {
  const fields = statOnLinux(pid);
  const [state, startTicks] = [fields?.[0], fields?.[19]];
  if (startTicks === undefined || state === 'Z' || state === 'X') return undefined;
  // Ticks count from boot; the boot id keeps a record from before a reboot from fitting a process of today.
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${startTicks}`;
}

function startElsewhere(pid: number): string | undefined {
  const [state, ...start] = ps('stat=,lstart=', pid)?.split(/\s+/) ?? [];
  return state === undefined || state.startsWith('Z') ? undefined : start.join(' ');
}

function ps(format: string, pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', format, '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim();
    return line === '' ? undefined : line;
  } catch {
    return undefined;
  }
}
