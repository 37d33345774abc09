/** People by a name that they have or had, in whatever letters. */
import { sql } from 'kysely';
import { beforeAll, expect, it } from 'vitest';
import { savePeople } from '../../store/okta-mirror.ts';
import { mirroredPeopleNamed, peopleFormerlyNamed } from '../../store/reading-people.ts';
import { beginSnapshot, oktaSide } from '../../store/snapshots.ts';
import { aPerson, userId } from '../support/domain-builders.ts';
import { useStore } from '../support/store.ts';

const store = useStore();
const names = ['ada@example.com', 'ODOS@example.com', 'ΟΔΟΣ', 'İnci@example.com', 'STRASSE', 'Straße'];
const person = (index: number) => userId(`00u${String(index).padStart(17, '0')}`);
beforeAll(async () => {
  const people = names.map((login, index) => aPerson({ id: person(index), login, email: `${index}@example.com` }));
  await savePeople(store(), await beginSnapshot(store(), oktaSide), people);
  for (const [seq, userName] of names.entries())
    await sql`
      insert into audit (run_id, plan_id, seq, target, kind, person_id, before, reason, outcome, position, hash)
      values ('r', 'p', ${seq}, 'cloud', 'update-account', ${person(seq)}, ${JSON.stringify({ userName })}, 'x', 'applied',
        ${seq}, 'h')`.execute(store());
});

it.each(names)('by %s, as it stands there', async (name) => {
  const now = await mirroredPeopleNamed(store(), name, 10);
  expect(now.map(({ person: { id } }) => id)).toEqual([person(names.indexOf(name))]);
  expect(await peopleFormerlyNamed(store(), name, 10)).toEqual([person(names.indexOf(name))]);
});

it('without regard to case', async () => {
  expect(await mirroredPeopleNamed(store(), 'ADA@Example.com', 10)).toMatchObject([{ person: { login: names[0] } }]);
  expect(await mirroredPeopleNamed(store(), 'ada@example', 10)).toEqual([]);
});
