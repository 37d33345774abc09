/** Who is behind an e-mail address, a login or an Okta id. Several is an answer, nobody as well. */
import type { SourceDirectory } from '../domain/directory.ts';
import { isFailure } from '../domain/failure.ts';
import { isOktaUserId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { Store } from '../store/connect.ts';
import { mirroredPeopleNamed, mirroredPerson } from '../store/reading-people.ts';
import type { PeopleFound } from './api.ts';
import { personView } from './views.ts';

const mostPeople = 50;
/** Somebody waits for the answer; the mirror has one at once. */
export const oktaPatienceMs = 8_000;

/** Asks Okta; the mirror only when Okta cannot be asked, or knows nobody (any more). */
export async function findPeople(store: Store, okta: SourceDirectory, text: string): Promise<PeopleFound> {
  const asked = await askOkta(okta, text);
  if (Array.isArray(asked) && asked.length > 0)
    return { people: asked.slice(0, mostPeople).map(personView), source: 'okta' };
  const mirrored = await askMirror(store, text);
  if (Array.isArray(asked)) {
    if (mirrored.length === 0) return { people: [], source: 'okta' };
    const note = 'Okta shows nobody by that name any more; this is from its last reading';
    return { people: mirrored.map(personView), source: 'mirror', note };
  }
  return { people: mirrored.map(personView), source: 'mirror', note: asked };
}

/** @returns why not, when Okta cannot be asked */
async function askOkta(okta: SourceDirectory, text: string): Promise<Person[] | string> {
  const options = { signal: AbortSignal.timeout(oktaPatienceMs) };
  try {
    if (!isOktaUserId(text)) return [...(await okta.findPeople(text, options))];
    const person = await okta.person(text, options);
    return person ? [person] : [];
  } catch (error) {
    return whyNot(error);
  }
}

/** Why Okta could not be asked, without personal data; anything but an outside fault is raised again. */
export function whyNot(error: unknown): string {
  if (isFailure(error)) return `Okta could not be asked (${error.message}); this is from its last reading`;
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError'))
    return `Okta did not answer within ${oktaPatienceMs / 1000} s; this is from its last reading`;
  throw error;
}

async function askMirror(store: Store, text: string): Promise<Person[]> {
  if (!isOktaUserId(text)) return mirroredPeopleNamed(store, text, mostPeople);
  const found = await mirroredPerson(store, text);
  return found ? [found.person] : [];
}
