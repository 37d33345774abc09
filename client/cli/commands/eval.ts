import type { Command } from 'commander';
import type { EvaluateView, MappedAttribute, TargetEvaluation } from '../../../reader/client.ts';
import { type Context, does, type Shell, type TargetOptions, withTargets } from '../command.ts';
import { findPerson } from '../find-person.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { targetsOf } from '../targets.ts';
import { columns, groupName, personName } from '../words.ts';

interface EvalOptions extends TargetOptions {
  readonly expression?: string;
}

export function addEval(program: Command, shell: Shell): void {
  const command = program
    .command('eval <person>')
    .description('Try scope and mapping of lockstep.yaml, as it is on disk now, on one person as Okta shows them.')
    .option('--expression <cel>', 'try this CEL expression as well');
  withTargets(command, 'try only this target');
  does(shell, command, `lockstep eval alice@example.com --expression 'user.department == "Engineering"'`, evaluate);
}

async function evaluate(context: Context, options: EvalOptions, person: string): Promise<ExitCode> {
  const { lockstep, out } = context;
  const oktaId = await findPerson(context, person);
  if (oktaId === undefined) return exitCodes.usage;
  const { expression } = options;
  const view = await lockstep.reader.evaluate({
    oktaId,
    ...(await targetsOf(context, options)),
    ...(expression === undefined ? {} : { expression }),
  });
  out.result(view, () => lines(view));
  if (view.configuration === 'file')
    out.note('lockstep.yaml has changed since the reader started; restart worker and reader to run with it.');
  return hasFailed(view) ? exitCodes.attention : exitCodes.done;
}

const hasFailed = ({ expression, targets }: EvaluateView): boolean =>
  (expression !== undefined && 'error' in expression) ||
  targets.some(({ problem, mapping }) => problem !== undefined || mapping.some(({ error }) => error !== undefined));

function* lines({ person, expression, targets }: EvaluateView): Generator<string> {
  yield `${personName(person)}  ${person.status}`;
  if (expression)
    yield `  ${expression.text}  =  ${'error' in expression ? `error: ${expression.error}` : expression.result}`;
  for (const target of targets) yield* targetLines(target);
}

function* targetLines({ target, problem, scope, desired, mapping, groups }: TargetEvaluation): Generator<string> {
  yield '';
  yield target;
  if (problem !== undefined) yield `  ${problem}`;
  if (scope) yield `  scope    ${scope.isIn === undefined ? 'unclear' : scope.isIn ? 'in' : 'out'}: ${scope.why}`;
  if (desired) yield `  desired  ${desired.state}: ${desired.why}`;
  if (groups.length > 0) yield `  groups   ${groups.map(groupName).join(', ')}`;
  if (mapping.length === 0) return;
  yield '  account';
  yield* columns(mapping.map(row)).map((line) => `    ${line}`);
}

function row({ attribute, value, from, skipped, error }: MappedAttribute): string[] {
  const source = error === undefined ? `from ${from}` : `${from} fails: ${error}`;
  const before = skipped.length === 0 ? '' : ` (${skipped.join(', ')}: empty)`;
  return [attribute, value === '' ? '-' : value, `${source}${before}`];
}
