/** Everybody to whom something happens in the full sync's story, and the few groups that only they are in. */
import { type BothSides, scopeGroup } from './both-sides.ts';

export const teams = ['team-red', 'team-blue', 'team-closed', 'team-renamed'] as const;
export type Team = (typeof teams)[number];

/** Who is in which team on the first day; all are ACTIVE and in scope. */
const roles = {
  renamed: ['team-red'],
  moved: ['team-red'],
  retitled: [],
  leaver: ['team-red', 'team-blue'],
  paused: ['team-red'],
  unscoped: ['team-red'],
  deleted: ['team-blue'],
  joiner: [],
  goer: ['team-blue'],
  stayer: ['team-red', 'team-blue', 'team-closed', 'team-renamed'],
  suspendedBefore: ['team-red'],
  knownById: ['team-red'],
  knownByMail: ['team-blue'],
} as const satisfies Record<string, readonly Team[]>;
export type Role = keyof typeof roles;

export interface Cast {
  /** Okta id of whoever plays the role. */
  readonly person: Readonly<Record<Role, string>>;
  readonly team: Readonly<Record<Team, string>>;
  /** What the directory held before Lockstep came, by account id. */
  readonly byHand: { readonly knownById: string; readonly knownByMail: string; readonly stranger: string };
  /** By Okta id and account id; tests add who comes later. */
  readonly labels: Map<string, string>;
}

export const emailOf = (role: string): string => `${role.toLowerCase()}@example.com`;
export const profileOf = (role: string) => {
  const firstName = `First${role}`;
  const lastName = `Last${role}`;
  return { login: emailOf(role), email: emailOf(role), firstName, lastName, displayName: `${firstName} ${lastName}` };
};

export async function hire({ okta, scim, groupId }: Pick<BothSides, 'okta' | 'scim' | 'groupId'>): Promise<Cast> {
  const team = {} as Record<Team, string>;
  for (const name of teams) team[name] = (await okta.createGroup(name)).id;
  const scope = await groupId(scopeGroup);
  const person = {} as Record<Role, string>;
  for (const [role, inTeams] of Object.entries(roles) as [Role, readonly Team[]][]) {
    const groupIds = [scope, ...inTeams.map((name) => team[name])];
    person[role] = (await okta.createUser(profileOf(role), { password: 'Correct-Horse-7', groupIds })).id;
  }
  await okta.lifecycle(person.suspendedBefore, 'suspend');

  // Made by an administrator long ago: one account carries the Okta id and outdated values, one only the address.
  const knownById = await scim.createAccount('outdated@example.com', {
    externalId: person.knownById,
    displayName: 'Outdated Surname',
  });
  const { displayName, firstName: givenName, lastName: familyName } = profileOf('knownByMail');
  const known = { displayName, name: { givenName, familyName } };
  const knownByMail = await scim.createAccount(emailOf('knownByMail'), known);
  const stranger = await scim.createAccount('stranger@example.com', { displayName: 'Total Stranger' });
  await scim.createGroup('team-blue', [knownById.id, knownByMail.id, stranger.id]);

  const labels = new Map<string, string>(Object.entries(person).map(([role, id]) => [id, role]));
  labels.set(knownById.id, 'knownById').set(knownByMail.id, 'knownByMail').set(stranger.id, 'stranger');
  return {
    person,
    team,
    byHand: { knownById: knownById.id, knownByMail: knownByMail.id, stranger: stranger.id },
    labels,
  };
}
