import { sleep } from '@temporalio/workflow';

export async function oneDay(): Promise<string> {
  await sleep('1 day');
  return 'a day later';
}
