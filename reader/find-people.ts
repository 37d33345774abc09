/** Who is behind an e-mail address, a login or an Okta id. Several is an answer, nobody as well. */
import type { SourceDirectory } from '../domain/directory.ts';
import { isFailure } from '../domain/failure.ts';
import { isOktaUserId, type OktaUserId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Store } from '../store/connect.ts';
import { storableText } from '../store/json-text.ts';
import {
  type MirroredPerson,
  mirroredPeopleNamed,
  mirroredPerson,
  peopleFormerlyNamed,
} from '../store/reading-people.ts';
import { candidatesFor } from '../store/wanted-names.ts';
import type { AccountFound, PeopleFound, PersonView } from './api.ts';
import { personView } from './views.ts';

const mostPeople = 50;
/** Each of them is asked for at Okta. */
const mostFormerPeople = 5;
/** Somebody waits for the answer; the mirror has one at once. */
export const oktaPatienceMs = 8_000;

/**
 * Asks Okta; the mirror in its stead only when Okta cannot be asked. When nobody has the name now, those who had it: in the
 * mirror, or else by the audit log.
 */
export async function findPeople(
  store: Store,
  okta: SourceDirectory,
  targets: readonly string[],
  text: string,
  patienceMs: number = oktaPatienceMs,
): Promise<PeopleFound> {
  const found = await searchPeople(store, okta, text, patienceMs);
  if (found.people.length > 0) return found;
  const accounts = (await Promise.all(targets.map((target) => accountsNamed(store, target, text)))).flat();
  return accounts.length === 0 ? found : { ...found, accounts };
}

/** Accounts that bear the text as user name or e-mail address, or carry it as Okta id. */
async function accountsNamed(store: Store, target: string, text: string): Promise<AccountFound[]> {
  const name = storableText(text);
  const wanted = { person: name as OktaUserId, userName: name, email: name };
  const found = [...(await candidatesFor(store, target, [wanted])).values()].flat();
  return found.map(({ account: { id, isActive, externalId, attributes }, linkedTo }) => ({
    target,
    id,
    isActive,
    ...(attributes.userName === undefined ? {} : { userName: attributes.userName }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(linkedTo === undefined ? {} : { linkedTo }),
  }));
}

async function searchPeople(
  store: Store,
  okta: SourceDirectory,
  text: string,
  patienceMs: number,
): Promise<PeopleFound> {
  const asked = await askOkta(okta, text, patienceMs);
  if (Array.isArray(asked) && asked.length > 0)
    return { people: asked.slice(0, mostPeople).map(personView), source: 'okta' };
  const mirrored = await askMirror(store, text);
  const before =
    mirrored.length === 0 ? await formerly(store, Array.isArray(asked) ? okta : undefined, text, patienceMs) : [];
  return Array.isArray(asked) ? nobodyNow(mirrored, before) : fromMirror(mirrored, before, asked);
}

const auditLogNote = 'nobody is known to have this name now; the audit log shows who formerly had it';

/** Okta was asked: whoever the mirror has by that name was renamed or deleted since, or is not shown any more. */
function nobodyNow(mirrored: readonly MirroredPerson[], before: readonly Person[]): PeopleFound {
  if (mirrored.length > 0) {
    const note = 'Okta shows nobody by that name any more; this is from its last reading';
    return { people: viewsOf(mirrored), source: 'history', note };
  }
  if (before.length > 0) return { people: before.map(personView), source: 'history', note: auditLogNote };
  return { people: [], source: 'okta' };
}

/** @param whyNotOkta Okta could not be asked: its last reading answers for it, by whom it showed */
function fromMirror(mirrored: readonly MirroredPerson[], before: readonly Person[], whyNotOkta: string): PeopleFound {
  const shown = mirrored.filter(({ isMissing, isDeleted }) => !isMissing && !isDeleted);
  if (shown.length > 0 || (mirrored.length === 0 && before.length === 0))
    return { people: viewsOf(shown), source: 'mirror', note: whyNotOkta, isOktaAway: true };
  const [people, why] =
    mirrored.length > 0
      ? [viewsOf(mirrored), 'which does not show them any more']
      : [before.map(personView), auditLogNote];
  return { people, source: 'history', note: `${whyNotOkta}; ${why}`, isOktaAway: true };
}

const viewsOf = (mirrored: readonly MirroredPerson[]): PersonView[] => mirrored.map(({ person }) => personView(person));

/** @returns why not, when Okta cannot be asked */
async function askOkta(okta: SourceDirectory, text: string, patienceMs: number): Promise<Person[] | string> {
  const options = { signal: AbortSignal.timeout(patienceMs) };
  try {
    if (!isOktaUserId(text)) return [...(await okta.findPeople(text, options))];
    const person = await okta.person(text, options);
    return person ? [person] : [];
  } catch (error) {
    return whyNot(error, patienceMs);
  }
}

/** Why Okta could not be asked, without personal data; anything but an outside fault is raised again. */
export function whyNot(error: unknown, patienceMs: number = oktaPatienceMs): string {
  if (isFailure(error)) return `Okta could not be asked (${error.message}); this is from its last reading`;
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError'))
    return `Okta did not answer within ${patienceMs / 1000} s; this is from its last reading`;
  throw error;
}

/** As they are now: from Okta where it answers, else as last read. */
async function formerly(
  store: Store,
  okta: SourceDirectory | undefined,
  text: string,
  patienceMs: number,
): Promise<Person[]> {
  if (isOktaUserId(text)) return [];
  const ids = await peopleFormerlyNamed(store, text, mostFormerPeople);
  const found = ids.map(async (id) => {
    const live = okta && (await askOkta(okta, id, patienceMs));
    return Array.isArray(live) && live.length > 0 ? live : (await askMirror(store, id)).map(({ person }) => person);
  });
  return (await Promise.all(found)).flat();
}

async function askMirror(store: Store, text: string): Promise<MirroredPerson[]> {
  if (!isOktaUserId(text)) return mirroredPeopleNamed(store, text, mostPeople);
  const found = await mirroredPerson(store, text);
  return found ? [found] : [];
}
