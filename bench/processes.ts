/** What processes used, as Linux counts it; elsewhere nothing is measured. */
import { readdirSync, readFileSync } from 'node:fs';

/** By which the kernel tells CPU time to programs; 100 on every usual architecture (`getconf CLK_TCK`). */
const ticksPerSecond = 100;

/** Pids by the names that the table shows. */
export type Watched = Readonly<Record<string, number>>;

/** CPU seconds since boot or start: of each watched process with its children, and of the whole machine. */
export interface CpuReading {
  readonly byProcess: Readonly<Record<string, number>>;
  readonly machine: number;
}

export function readCpu(watched: Watched): CpuReading {
  const stats = allStats();
  const children = Map.groupBy(stats.values(), ({ parent }) => parent);
  const secondsOf = (pid: number): number =>
    (stats.get(pid)?.seconds ?? 0) + (children.get(pid) ?? []).reduce((sum, child) => sum + secondsOf(child.pid), 0);
  const { user, system } = process.cpuUsage();
  return {
    byProcess: {
      ...Object.fromEntries(Object.entries(watched).map(([name, pid]) => [name, secondsOf(pid)])),
      // Everything watched is a child of this process, which counts alone.
      bench: (user + system) / 1e6,
    },
    machine: machineSeconds(),
  };
}

/** What was used between two readings; `others`: by processes that are not ours. */
export function cpuBetween(before: CpuReading, after: CpuReading): Record<string, number> {
  const used: Record<string, number> = {};
  for (const [name, seconds] of Object.entries(after.byProcess)) used[name] = seconds - (before.byProcess[name] ?? 0);
  const ours = Object.values(used).reduce((sum, seconds) => sum + seconds, 0);
  return { ...used, others: Math.max(0, after.machine - before.machine - ours) };
}

/** The most memory that a process ever had in use, in bytes; undefined where the kernel does not tell. */
export function peakMemory(pid: number): number | undefined {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`))?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Its own, and that of children that have ended. */
  readonly seconds: number;
}

function allStats(): Map<number, Stat> {
  const pids = process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return new Map(pids.flatMap((pid) => statOf(Number(pid)) ?? []).map((stat) => [stat.pid, stat]));
}

function statOf(pid: number): Stat | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  if (text === '') return undefined;
  // proc(5): the second field may hold blanks; from the third on: state, parent, ..., utime, stime, cutime, cstime.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid, parent: Number(fields[1]), seconds: ticks / ticksPerSecond };
}

function machineSeconds(): number {
  const [, user, nice, system, , , irq, softirq] = textOf('/proc/stat').split('\n', 1).join().split(/\s+/).map(Number);
  return [user, nice, system, irq, softirq].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) / ticksPerSecond;
}

/** Empty when there is no such file: not Linux, or the process has just ended. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
