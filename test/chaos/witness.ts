/**
 * The database notes by itself when somebody is held and when somebody is claimed, whatever Lockstep says of it: by
 * triggers, into a schema that Lockstep does not know.
 */
import { type Kysely, sql } from 'kysely';
import type { ClaimNote, HoldNote } from './evidence.ts';

export async function setUpWitness<T>(store: Kysely<T>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(store);
}

const statements = [
  'create schema witness',
  'create table witness.hold (at timestamptz not null, person text not null, is_held boolean not null)',
  'create table witness.claim (at timestamptz not null, person text not null)',
  `create function witness.note_hold() returns trigger language plpgsql as $$ begin
     insert into witness.hold values (clock_timestamp(), new.person_id, new.hold is not null);
     return null;
   end $$`,
  `create function witness.note_claim() returns trigger language plpgsql as $$ begin
     insert into witness.claim values (clock_timestamp(), substr(new.subject, length('person:') + 1));
     return null;
   end $$`,
  `create trigger note_held after insert on subject for each row
     when (new.hold is not null) execute function witness.note_hold()`,
  `create trigger note_hold after update on subject for each row
     when (new.hold is distinct from old.hold) execute function witness.note_hold()`,
  `create trigger note_claim after insert or update on claim for each row
     when (new.subject like 'person:%') execute function witness.note_claim()`,
];

export async function forgetNotes<T>(store: Kysely<T>): Promise<void> {
  await sql`truncate witness.hold, witness.claim`.execute(store);
}

interface Note {
  readonly at: Date;
  readonly person: string;
  readonly is_held: boolean;
}

export async function holdNotes<T>(store: Kysely<T>): Promise<HoldNote[]> {
  const { rows } = await sql<Note>`select at, person, is_held from witness.hold order by at`.execute(store);
  return rows.map(({ at, person, is_held }) => ({ at: at.getTime(), person, isHeld: is_held }));
}

export async function claimNotes<T>(store: Kysely<T>): Promise<ClaimNote[]> {
  const { rows } = await sql<Note>`select at, person from witness.claim order by at`.execute(store);
  return rows.map(({ at, person }) => ({ at: at.getTime(), person }));
}
