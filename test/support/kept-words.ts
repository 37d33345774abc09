/** Finds personal data where none may be: in workflow histories and in logs. */
import type { Lab } from './fault-lab.ts';

/** What tells a person: addresses, logins and whole names; a first name alone occurs in any text. */
export const wordsOf = ({ org }: Pick<Lab, 'org'>): string[] =>
  org().users.flatMap(({ profile }) => {
    const { login, email, displayName, firstName, lastName } = profile as Record<string, string | undefined>;
    const names = [displayName, lastName && `${firstName} ${lastName}`];
    return [login, email, ...names].filter((word): word is string => word !== undefined && word.length > 3);
  });

/** Each history and log that holds one of the words, told by the workflow's id. */
export async function whereWordsAre({ system }: Pick<Lab, 'system'>, words: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const look = (where: string, text: string): void => {
    const word = words.find((one) => text.includes(one));
    if (word !== undefined) found.push(`${where} holds "${word}"`);
  };
  let histories = 0;
  for await (const { workflowId, runId } of system.client.workflow.list()) {
    look(workflowId, textOf(await system.client.workflow.getHandle(workflowId, runId).fetchHistory()));
    histories += 1;
  }
  if (histories === 0) found.push('there was no history to look into');
  look("the worker's log", system.worker.log());
  return found;
}

/** Readable text of all that a history holds, the bytes of payloads decoded. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, part) => {
    if (part instanceof Uint8Array) return Buffer.from(part).toString('utf8');
    if (part?.type === 'Buffer' && Array.isArray(part.data)) return Buffer.from(part.data).toString('utf8');
    return typeof part === 'bigint' ? String(part) : part;
  });
