/** How HR and sign-in name a person, and who that is: asked of the reader, since an address is an attribute and no key. */
import { z } from 'zod';
import { advice } from '../config/problems.ts';
import { isOktaUserId, type OktaUserId } from '../domain/ids.ts';
import { type PeopleFound, type PersonView, type ReaderClient, ReaderError } from '../reader/client.ts';
import { ReceiverProblem, unavailable } from './problems.ts';

const name = z
  .string()
  .min(1, advice('is empty', 'write it in full, as Okta has it'))
  .max(256, advice('is longer than 256 characters', 'write it as Okta has it'))
  .refine(
    (text) => text.trim() === text && !/\p{Cc}/u.test(text),
    advice('has blanks around it', 'write it as Okta has it'),
  );

const asOne = 'write { "oktaId": "00u…" }, { "email": "…" } or { "login": "…" }';
const isSeveral = (given: unknown): boolean =>
  given instanceof Object && ['oktaId', 'email', 'login'].filter((field) => Object.hasOwn(given, field)).length > 1;

export const personRef = z.union(
  [
    z.strictObject({
      oktaId: z
        .string()
        .refine(isOktaUserId, advice('is not the id of an Okta user', 'it has 20 characters and starts with 00u'))
        .meta({ pattern: '^00u[0-9A-Za-z]{17}$' })
        .describe('Id of the Okta user; nobody has to be asked who that is.'),
    }),
    z.strictObject({ email: name.describe('The primary e-mail address at Okta, without regard to case.') }),
    z.strictObject({ login: name.describe('The login at Okta, without regard to case.') }),
  ],
  { error: ({ input }) => advice(isSeveral(input) ? 'names more than one' : 'names nobody', asOne) },
);
export type PersonRef = z.output<typeof personRef>;

export interface KnownPerson {
  readonly person: OktaUserId;
  /** Who looked them up, when they were not named by their Okta id. */
  readonly foundBy?: 'okta' | 'mirror';
}

/** Okta's part of the two seconds; then the reader answers from its last reading. */
const oktaPatienceMs = 1_000;

/** @throws ReceiverProblem `not-found`, `ambiguous`, or `unavailable` when that cannot be told now */
export async function whoIs(ref: PersonRef, reader: Pick<ReaderClient, 'findPeople'>): Promise<KnownPerson> {
  if ('oktaId' in ref) return { person: ref.oktaId as OktaUserId };
  const [field, text] = 'email' in ref ? (['email', ref.email] as const) : (['login', ref.login] as const);
  const found = await asked(() => reader.findPeople(text, oktaPatienceMs));
  const isMeant = (person: PersonView): boolean => person[field].toLowerCase() === text.toLowerCase();
  // Who only once had the name may not be who is meant: the last reading counts only while Okta cannot be asked.
  const isNow = found.source === 'okta' || (found.source === 'mirror' && found.isOktaAway === true);
  const people = isNow ? found.people.filter(isMeant) : [];
  const [only] = people;
  if (people.length > 1) throw ambiguous(field);
  if (only === undefined) throw nobody(field, found);
  return { person: only.id as OktaUserId, foundBy: found.source === 'okta' ? 'okta' : 'mirror' };
}

async function asked(ask: () => Promise<PeopleFound>): Promise<PeopleFound> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ReaderError)) throw error;
    const hint = 'send the same again; or name the person by oktaId, for which the reader is not needed';
    throw unavailable('who is meant cannot be told now: the reader does not answer as it should', hint, error);
  }
}

const ambiguous = (field: string): ReceiverProblem =>
  new ReceiverProblem('ambiguous', `person.${field}: several people have it`, 'name the one that is meant by oktaId');

/** While Okta is away, somebody whom the last reading does not show may be there all the same. */
function nobody(field: string, { isOktaAway }: PeopleFound): ReceiverProblem {
  if (isOktaAway)
    return unavailable(
      `person.${field}: Okta cannot be asked now, and its last reading shows nobody`,
      'send the same again; or name the person by oktaId',
    );
  return new ReceiverProblem(
    'not-found',
    `person.${field}: nobody has it`,
    'write it as Okta has it now, or use oktaId',
  );
}
