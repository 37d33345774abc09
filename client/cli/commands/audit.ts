import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { number } from '../../../reader/client.ts';
import { parseHeads } from '../../audit-heads.ts';
import { ClientError } from '../../client-error.ts';
import { type AuditVerdict, verifyAudit } from '../../verify-audit.ts';
import { type Context, does, type Shell } from '../command.ts';
import { findPerson } from '../find-person.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { Output } from '../output.ts';
import { counted } from '../words.ts';

interface Span {
  /** ISO 8601. */
  readonly since?: string;
  readonly run?: string;
}

interface VerifyOptions extends Span {
  readonly heads?: string;
  readonly temporal?: boolean;
}

interface ExportOptions extends Span {
  readonly until?: string;
  readonly person?: string;
}

export function addAudit(program: Command, shell: Shell): void {
  const audit = program.command('audit').description('Verify and export the audit log.');
  const verifying = audit
    .command('verify')
    .description('Recompute the hash chains; ends with 1 when one is broken, 3 when there are entries without chain.')
    .option('--run <id>', 'only the chain of this run, or of this request of a command')
    .option('--since <date>', 'only chains that have something from then on (UTC)', instant)
    .option('--heads <file>', 'compare with heads that you kept: a line each with run id, hash and length')
    .option('--temporal', 'compare with the results of runs that Temporal still holds');
  does(shell, verifying, 'lockstep audit verify --heads heads.txt --temporal', verify);

  audit
    .command('export')
    .description('Write entries to stdout, a line of JSON each, oldest first.')
    .option('--since <date>', 'from then on (UTC)', instant)
    .option('--until <date>', 'before then (UTC)', instant)
    .option('--person <person>', 'only what concerns this person: e-mail address, login or Okta id')
    .option('--run <id>', 'only of this run, or of this request of a command')
    .addHelpText('after', '\nExample:\n  $ lockstep audit export --since 2026-11-01 > audit.jsonl')
    .action(async (options: ExportOptions) => shell.finish(await exportEntries(shell, options)));
}

/** A date alone is its beginning. */
function instant(text: string): string {
  const hasZone = /([zZ]|[+-]\d\d:?\d\d)$/.test(text);
  const date = new Date(/^\d{4}-\d\d-\d\d$/.test(text) || hasZone ? text : `${text}Z`);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('Write a date, or a date and a time: 2026-11-05, 2026-11-05T09:30Z.');
  return date.toISOString();
}

async function verify({ lockstep, out }: Context, options: VerifyOptions): Promise<ExitCode> {
  const { run, since } = options;
  const heads = [
    ...(options.heads === undefined ? [] : parseHeads(await textOf(options.heads))),
    ...(options.temporal ? await lockstep.auditHeads() : []),
  ];
  const verdict = await verifyAudit(lockstep.reader, {
    heads,
    ...(run === undefined ? {} : { run }),
    ...(since === undefined ? {} : { since }),
    onChain: ({ chains, entries }) => out.progress(`${counted(chains, 'chain')}, ${entriesOf(entries)}`),
  });
  out.result(verdict, () => verdictLines(verdict));
  if (verdict.problems.length > 0) return exitCodes.failed;
  return verdict.entries === 0 || verdict.unchained > 0 ? exitCodes.attention : exitCodes.done;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ClientError('bad-heads', `the file of heads ${path} cannot be read`, 'give its path with --heads', error);
  }
}

function* verdictLines(verdict: AuditVerdict): Generator<string> {
  const { chains, entries, withoutHead, unchained, headsCompared, problems } = verdict;
  for (const { runId, position, text } of problems)
    yield `run ${runId}${position === undefined ? '' : `, entry ${position}`}: ${text}`;
  const compared = headsCompared === 0 ? '' : `; ${counted(headsCompared, 'head')} compared`;
  yield `${counted(chains, 'chain')} with ${entriesOf(entries)} recomputed${compared}.`;
  if (withoutHead > 0)
    yield `${number(withoutHead)} of them without a head in the database: commands, and runs under way or long ago.`;
  if (unchained > 0) yield `${entriesOf(unchained)} from before the log was a chain cannot be verified.`;
  yield verdictOf(verdict);
}

const entriesOf = (count: number): string => counted(count, 'entry', 'entries');

function verdictOf({ entries, problems }: AuditVerdict): string {
  if (problems.length > 0) return 'BROKEN: docs/audit.md tells what that means.';
  return entries === 0 ? 'There is nothing to verify.' : 'Every chain holds.';
}

/** Stdout is for entries alone, which somebody keeps as a file. */
const wordsOnly = (io: Shell['io']): Output => new Output({ ...io, stdout: io.stderr }, 'text');

async function exportEntries({ io, client }: Shell, options: ExportOptions): Promise<ExitCode> {
  const lockstep = client();
  const { person: who, ...span } = options;
  const person = who === undefined ? undefined : await findPerson({ io, out: wordsOnly(io), lockstep }, who);
  if (who !== undefined && person === undefined) return exitCodes.usage;
  for await (const entry of lockstep.reader.auditLog({ ...span, ...(person === undefined ? {} : { person }) })) {
    if (io.interrupt.aborted) return exitCodes.interrupted;
    io.stdout(`${JSON.stringify(entry)}\n`);
  }
  return exitCodes.done;
}
