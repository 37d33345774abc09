/** When the evidence of offboardings was complete: the one thing that the simulators cannot tell, so the database is asked. */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const patienceMs = 120_000;

/**
 * Waits until all of them have it.
 * @returns Okta id → epoch milliseconds by the clock of the database, which is this machine's
 * @throws Error when somebody's is not complete after two minutes
 */
export async function evidenceOf(databaseUrl: string, people: readonly string[]): Promise<Map<string, number>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const until = Date.now() + patienceMs; ; ) {
      const { rows } = await client.query<{ person_id: string; completed_at: Date }>(
        'select person_id, completed_at from offboarding where person_id = any($1) and completed_at is not null',
        [people],
      );
      const completeAt = new Map(rows.map(({ person_id, completed_at }) => [person_id, completed_at.getTime()]));
      const left = people.find((person) => !completeAt.has(person));
      if (left === undefined) return completeAt;
      if (Date.now() > until) throw new Error(`the evidence of ${left} is not complete after ${patienceMs} ms`);
      await delay(1_000);
    }
  } finally {
    await client.end();
  }
}
