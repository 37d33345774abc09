import { type Command, Option } from 'commander';
import { hashPrefix } from '../../../domain/approval-commands.ts';
import { listedState, number, type PlanKind, type PlanSummary } from '../../../reader/client.ts';
import { type Context, does, type Shell, wholeNumber } from '../command.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { knownWhereEmpty } from '../targets.ts';
import { columns, moment } from '../words.ts';

interface PlansOptions {
  readonly target?: string;
  readonly kind?: PlanKind;
  readonly all?: boolean;
  readonly limit: number;
}

export function addPlans(program: Command, shell: Shell): void {
  const command = program
    .command('plans')
    .description('List the latest plans, newest first, with what waits for approval.')
    .option('--target <name>', 'only plans for this target')
    .addOption(
      new Option('--kind <kind>', 'run: of a run; preview: only shown; revision: what waits').choices([
        'run',
        'preview',
        'revision',
      ]),
    )
    .option('--all', 'also plans for a single person that changed nothing, of which each event makes some')
    .option('--limit <count>', 'how many', wholeNumber, 20);
  does(shell, command, 'lockstep plans --target cloud --kind revision', plans);
}

async function plans({ lockstep, out }: Context, { target, kind, all, limit }: PlansOptions): Promise<ExitCode> {
  const { items } = await lockstep.reader.plans({
    limit,
    ...(target === undefined ? {} : { target }),
    ...(kind === undefined ? {} : { kind }),
    ...(all === undefined ? {} : { all }),
  });
  await knownWhereEmpty({ lockstep }, target, items.length);
  out.result(items, () => (items.length === 0 ? ['no plans yet'] : columns([heading, ...items.map(row)])));
  return exitCodes.done;
}

const heading = ['MADE', 'TARGET', 'KIND', 'CHANGES', 'WAITING', 'HASH', 'STATE', 'PLAN'];

const row = (plan: PlanSummary): string[] => [
  moment(plan.createdAt),
  plan.target,
  plan.revision === undefined ? plan.kind : `${plan.kind} ${plan.revision}`,
  number(plan.changes),
  plan.waiting === 0 ? '-' : number(plan.waiting),
  plan.hash === undefined ? '-' : hashPrefix(plan.hash),
  listedState(plan),
  plan.id,
];
