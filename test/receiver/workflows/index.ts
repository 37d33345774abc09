/** Stands for the real one: says at once, or never, how somebody stands. */
import { condition, setHandler } from '@temporalio/workflow';
import {
  changedSignal,
  noOutcomes,
  type PersonInput,
  type PersonResult,
  syncNowUpdate,
} from '../../../workflows/contract.ts';

const slow = 'S';

/** Only there to be signalled. */
export const groupSync = (): Promise<void> => condition(() => false);
export const deltaSync = (): Promise<void> => condition(() => false);

/** @param person whose id ends with S: the outcome never comes; with P: parked at one target */
export async function personLifecycle({ person }: PersonInput): Promise<void> {
  setHandler(changedSignal, () => {});
  setHandler(syncNowUpdate, async ({ requestId }): Promise<PersonResult> => {
    await condition(() => requestId !== '' && !person.endsWith(slow));
    const state = person.endsWith('P') ? 'parked' : 'in-step';
    return { person, targets: [{ target: 'cloud', state, outcomes: noOutcomes }] };
  });
  await condition(() => false);
}
