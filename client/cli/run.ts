/** The command line as a function: arguments and a process to talk to in, exit code out. */
import { Command, CommanderError } from 'commander';
import { encryptionKeysIfConfigured } from '../../config/encryption-keys.ts';
import { readEnvironment } from '../../config/environment.ts';
import { ConfigError } from '../../config/problems.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { ReaderError } from '../../reader/client.ts';
import { temporalConnection } from '../../temporal/connection.ts';
import { ClientError } from '../client-error.ts';
import { LockstepClient } from '../lockstep-client.ts';
import type { Lockstep, Shell } from './command.ts';
import { addAcceptReading } from './commands/accept-reading.ts';
import { addApprove } from './commands/approve.ts';
import { addAudit } from './commands/audit.ts';
import { addCheck } from './commands/check.ts';
import { addConfirmOffboarding } from './commands/confirm-offboarding.ts';
import { addDrift } from './commands/drift.ts';
import { addEval } from './commands/eval.ts';
import { addExplain } from './commands/explain.ts';
import { addLink } from './commands/link.ts';
import { addCancelOffboard, addOffboard, addRelease } from './commands/offboard.ts';
import { addOffboarding, addOffboardings } from './commands/offboardings.ts';
import { addParked } from './commands/parked.ts';
import { addPause } from './commands/pause.ts';
import { addPlan } from './commands/plan.ts';
import { addPlans } from './commands/plans.ts';
import { addReport } from './commands/report.ts';
import { addResume } from './commands/resume.ts';
import { addRetry } from './commands/retry.ts';
import { addRuns } from './commands/runs.ts';
import { addSchedule } from './commands/schedule.ts';
import { addSync } from './commands/sync.ts';
import { addUnlink } from './commands/unlink.ts';
import { addUp } from './commands/up.ts';
import { type ExitCode, exitCodes, type Io } from './io.ts';

/** @param connect makes the client from the environment; opens no connection yet */
export async function run(
  args: readonly string[],
  io: Io,
  connect: (env: NodeJS.ProcessEnv) => Lockstep = clientFrom,
): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  let client: Lockstep | undefined;
  const shell: Shell = {
    io,
    client: () => {
      client ??= connect(io.env);
      return client;
    },
    finish: (given) => {
      code = given;
    },
  };
  try {
    await programFor(shell).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return explained(error, io);
  } finally {
    await client?.close();
  }
}

function programFor(shell: Shell): Command {
  const { io } = shell;
  const program = new Command('lockstep')
    .description("Keeps Atlassian products' people and groups in step with Okta.")
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr, outputError: (text, write) => write(text) })
    .showHelpAfterError('Run it with --help to see what it takes.')
    .addHelpText(
      'after',
      `
Data goes to stdout, words and progress to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration,
3 finished, but something needs attention.

Addresses come from the environment (.env.example lists all): TEMPORAL_ADDRESS, LOCKSTEP_READER_URL.`,
    );
  addUp(program, shell);
  for (const add of [
    addCheck,
    addPlan,
    addPlans,
    addApprove,
    addSync,
    addDrift,
    addExplain,
    addEval,
    addRuns,
    addReport,
    addParked,
    addRetry,
    addPause,
    addResume,
    addLink,
    addUnlink,
    addAcceptReading,
    addOffboard,
    addCancelOffboard,
    addRelease,
    addConfirmOffboarding,
    addOffboardings,
    addOffboarding,
    addAudit,
    addSchedule,
  ])
    add(program, shell);
  return program;
}

function clientFrom(env: NodeJS.ProcessEnv): LockstepClient {
  const own = readEnvironment(['LOCKSTEP_READER_URL', 'LOCKSTEP_READER_TOKEN'], env);
  const token = own.LOCKSTEP_READER_TOKEN?.reveal();
  return new LockstepClient({
    temporal: temporalConnection(env),
    encryptionKeys: () => encryptionKeysIfConfigured(env),
    reader: { url: own.LOCKSTEP_READER_URL, ...(token === undefined ? {} : { token }) },
  });
}

/** What went wrong, and below it what to do. */
function explained(error: unknown, io: Io): ExitCode {
  // Commander has already said what is wrong; its code is 0 after --help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof ConfigError) {
    io.stderr(`${error.message}\n`);
    return exitCodes.usage;
  }
  if (error instanceof ClientError || error instanceof ReaderError) {
    io.stderr(`${error.message}\n    → ${error.hint}\n`);
    return codeOf(error);
  }
  throw error;
}

const usageErrors: ReadonlySet<string> = new Set([
  'bad-request',
  'misconfigured',
  'unknown-target',
  'unknown-parked',
  'bad-heads',
  'wrong-options',
]);

function codeOf({ code }: ClientError | ReaderError): ExitCode {
  if (code === 'interrupted') return exitCodes.interrupted;
  return usageErrors.has(code) ? exitCodes.usage : exitCodes.failed;
}
