/** What was done about one offboarding at Okta and at each target, and what a vendor cannot do. */
import type { Capabilities } from '../domain/directory.ts';
import type { Store } from '../store/connect.ts';
import type { OffboardingRow } from '../store/offboarding-requests.ts';
import type { StepRow } from '../store/offboarding-steps.ts';
import { namesOf } from '../store/reading-people.ts';
import { latestSnapshot } from '../store/snapshots.ts';
import type { ReaderDependencies } from './dependencies.ts';
import type { OffboardedSystem, StepView } from './offboarding-api.ts';
import { isConfirmedAt } from './offboarding-standing.ts';
import { stepDetailText, stepNames, stepStateText } from './offboarding-words.ts';
import { accountRef } from './views.ts';

/** Okta first, then every target that is configured or was asked. */
export async function offboardedSystems(
  { store, config }: Pick<ReaderDependencies, 'store' | 'config'>,
  row: OffboardingRow,
  steps: readonly StepRow[],
): Promise<OffboardedSystem[]> {
  const asked = steps.map(({ system }) => system);
  const configured = config.targets.map(({ settings }) => settings.name);
  const systems = new Set(['okta', ...(row.completed_at === null ? configured : []), ...asked]);
  if (row.in_effect_at === null) return [];
  return Promise.all([...systems].map((system) => systemView(store, row, system, steps)));
}

async function systemView(
  store: Store,
  row: OffboardingRow,
  system: string,
  all: readonly StepRow[],
): Promise<OffboardedSystem> {
  const steps = all.filter((step) => step.system === system);
  const confirm = isConfirmedAt(system, steps) ? steps.find(({ step }) => step === 'confirm') : undefined;
  const others = steps.flatMap(({ step, state, detail }) =>
    step === 'find-others' && state === 'done' && detail !== null ? detail.split(' ') : [],
  );
  const names = await namesOf(store, system, { accounts: others });
  return {
    system,
    ...(confirm && confirm.state !== 'not-possible' ? { confirmedAt: confirm.at.toISOString() } : {}),
    steps: steps.map((step) => stepView(step, row.in_effect_at)),
    cannot: system === 'okta' ? [] : cannotOf((await latestSnapshot(store, system))?.capabilities),
    others: others.map((id) => accountRef(id, names)),
  };
}

function stepView(row: StepRow, inEffectAt: Date | null): StepView {
  const detailText = stepDetailText(row);
  const afterMs = inEffectAt === null ? -1 : row.at.getTime() - inEffectAt.getTime();
  return {
    step: row.step,
    name: stepNames[row.step],
    state: row.state,
    stateText: stepStateText(row),
    at: row.at.toISOString(),
    ...(afterMs < 0 ? {} : { afterMs }),
    ...(row.detail === null ? {} : { detail: row.detail }),
    ...(detailText === undefined ? {} : { detailText }),
    ...(row.vendor_request_id === null ? {} : { vendorRequestId: row.vendor_request_id }),
  };
}

function cannotOf(capabilities: Capabilities | undefined): string[] {
  return [
    ...(capabilities?.deactivate === false ? ['Accounts cannot be deactivated.'] : []),
    ...(capabilities?.deleteAccounts === false
      ? ['Accounts cannot be deleted or anonymised: the account stays, deactivated.']
      : []),
    'Sessions and API tokens cannot be ended one by one: nothing was done about them beyond the deactivation.',
  ];
}
