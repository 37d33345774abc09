/** Lockstep's workflows, and some that say in every place what nobody is to read. */
import { ApplicationFailure, condition, defineSignal, setHandler } from '@temporalio/workflow';
import { promptWork } from '../../../workflows/activity-options.ts';

export * from '../../../workflows/index.ts';

const wordSignal = defineSignal<[string]>('word');

/** Waits for a word, and returns it beside its own input. */
export async function listening(given: string): Promise<readonly string[]> {
  let heard: string | undefined;
  setHandler(wordSignal, (word) => {
    heard = word;
  });
  await condition(() => heard !== undefined);
  return [given, heard ?? ''];
}

/** Has an activity that fails, and fails with a message of its own. */
export async function failing(word: string): Promise<never> {
  const failure = await promptWork.checkSystems({}).catch((error: unknown) => error);
  const cause = failure instanceof Error ? failure : undefined;
  throw ApplicationFailure.create({
    message: `workflow failed: ${word}`,
    type: 'Rejected',
    ...(cause ? { cause } : {}),
  });
}
