/** Runs commands in this process, over a client whose answers a test gives. */
import type { Lockstep } from '../../client/cli/command.ts';
import { run } from '../../client/cli/run.ts';
import { ReaderClient } from '../../reader/client.ts';

const unexpected = (what: string) => (): never => {
  throw new Error(`the test does not expect the command to ask for: ${what}`);
};

const nothingExpected: Omit<Lockstep, 'reader' | 'close'> = {
  startSync: unexpected('startSync'),
  sync: unexpected('sync'),
  waitForSync: unexpected('waitForSync'),
  waitForTarget: unexpected('waitForTarget'),
  decide: unexpected('decide'),
  plan: unexpected('plan'),
  check: unexpected('check'),
  command: unexpected('command'),
  sendOrder: unexpected('sendOrder'),
  waitForOrder: unexpected('waitForOrder'),
  syncPerson: unexpected('syncPerson'),
  startPersonSync: unexpected('startPersonSync'),
  auditHeads: unexpected('auditHeads'),
  startGroupSync: unexpected('startGroupSync'),
  syncGroup: unexpected('syncGroup'),
  applySchedule: unexpected('applySchedule'),
  showSchedule: unexpected('showSchedule'),
  pauseSchedule: unexpected('pauseSchedule'),
  unpauseSchedule: unexpected('unpauseSchedule'),
  triggerSchedule: unexpected('triggerSchedule'),
};

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** `stdout` as JSON. */
  json(): unknown;
}

export interface Terminal {
  readonly env?: NodeJS.ProcessEnv;
  readonly isTty?: boolean;
  readonly interrupt?: AbortSignal;
}

export type Answers = Partial<Omit<Lockstep, 'close'>>;

/** Runs one command with these answers. */
export const runWith = (answers: Answers, args: readonly string[], terminal: Terminal = {}): Promise<Ran> =>
  runCommand(args, terminal, () => ({
    ...nothingExpected,
    reader: new ReaderClient({ url: 'http://127.0.0.1:9' }),
    close: async () => {},
    ...answers,
  }));

/** Runs one command with the real client, made from the environment. */
export async function runCommand(
  args: readonly string[],
  { env = {}, isTty = false, interrupt = new AbortController().signal }: Terminal = {},
  connect?: () => Lockstep,
): Promise<Ran> {
  const printed = { stdout: '', stderr: '' };
  const io = {
    stdout: (text: string) => {
      printed.stdout += text;
    },
    stderr: (text: string) => {
      printed.stderr += text;
    },
    env,
    isStdoutTty: isTty,
    isStderrTty: isTty,
    interrupt,
  };
  const code = await (connect ? run(args, io, connect) : run(args, io));
  return { code, ...printed, json: () => JSON.parse(printed.stdout) as unknown };
}
