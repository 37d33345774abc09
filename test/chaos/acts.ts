/** What people do at Okta and at the target by their own hands. Who it happens to follows from what is there now. */
import type { Moment } from './evidence.ts';
import type { Act, ActName } from './script.ts';
import type { Stage } from './stage.ts';
import { isEntitled, isKept, protectedEmail, scopeGroup } from './world.ts';

/** Carries it out; tells what was done, or that there was nobody. */
export async function perform(stage: Stage, act: Act): Promise<string> {
  const now = stage.journal.org();
  try {
    const done = await deeds[act.act](new Scene(stage, now, act));
    return done ?? 'nobody to do it with';
  } catch (error) {
    // Lockstep may have taken a step of the same life a moment before.
    const isLater = (stage.journal.timeline.at(-1)?.at ?? 0) >= now.at;
    if (isLater && /\/lifecycle\/\w+: 40[03]/.test((error as Error).message)) return 'somebody else was faster';
    throw error;
  }
}

const password = 'Correct-Horse-7';
const many = 6;

/** Okta at this moment, as the draws see it. */
class Scene {
  readonly stage: Stage;
  readonly #now: Moment;
  readonly #act: Act;

  constructor(stage: Stage, now: Moment, act: Act) {
    this.stage = stage;
    this.#now = now;
    this.#act = act;
  }

  get okta() {
    return this.stage.okta;
  }

  get scope(): string {
    const found = Object.entries(this.#now.groups).find(([, { name }]) => name === scopeGroup);
    if (!found) throw new Error('the scope group is gone');
    return found[0];
  }

  isInScope(person: string): boolean {
    return this.members(this.scope).includes(person);
  }

  members(group: string): readonly string[] {
    return this.#now.groups[group]?.members ?? [];
  }

  /** Ids of those who are not protected, in order; without those who are to be left alone for now. */
  people(isWanted: (id: string, status: string) => boolean): string[] {
    const { spared } = this.stage.hr;
    return Object.entries(this.#now.people)
      .filter(([id, { status, login }]) => login !== protectedEmail && !spared.has(id) && isWanted(id, status))
      .map(([id]) => id)
      .sort();
  }

  get workers(): string[] {
    return this.people((id, status) => status === 'ACTIVE' && this.isInScope(id));
  }

  /** Whether HR has their access taken, by now or later: what changes at Okta then changes nothing at the target. */
  isOrdered(person: string): boolean {
    return this.stage.hr.isOpen(person);
  }

  get keptGroups(): string[] {
    const kept = Object.entries(this.#now.groups).filter(([, { name }]) => isKept(name));
    return kept.map(([id]) => id).sort();
  }

  nameOf(group: string): string {
    return this.#now.groups[group]?.name ?? '';
  }

  statusOf(person: string): string | undefined {
    return this.#now.people[person]?.status;
  }

  who(ids: readonly string[]): string | undefined {
    return ids[this.#act.who % Math.max(1, ids.length)];
  }

  where(ids: readonly string[]): string | undefined {
    return ids[this.#act.where % Math.max(1, ids.length)];
  }

  /** A name that nobody has yet. */
  fresh(prefix: string): string {
    return `${prefix}${Object.keys(this.#now.people).length}${this.stage.journal.timeline.length}`;
  }

  /** Linked accounts of the target that are active, of whoever is in scope and keeps their access. */
  get accounts() {
    const workers = new Set(this.workers.filter((person) => !this.isOrdered(person)));
    return this.stage.journal
      .directory()
      .accounts.filter(({ person, isActive }) => isActive && person !== undefined && workers.has(person));
  }

  /** Kept groups at the target, by the names that Okta's groups have. */
  get targetGroups() {
    const names = new Set(this.keptGroups.map((id) => this.nameOf(id)));
    return this.stage.journal.directory().groups.filter(({ name }) => names.has(name));
  }
}

type Deed = (scene: Scene) => Promise<string | undefined>;

/** For deeds to somebody. */
const to =
  (choose: (scene: Scene) => readonly string[], deed: (scene: Scene, person: string) => Promise<unknown>): Deed =>
  async (scene) => {
    const person = scene.who(choose(scene));
    if (person === undefined) return undefined;
    await deed(scene, person);
    return person;
  };

const byStatus =
  (...statuses: string[]) =>
  (scene: Scene): readonly string[] =>
    scene.people((_, status) => statuses.includes(status));

const deeds: Readonly<Record<ActName, Deed>> = {
  async join(scene) {
    const name = scene.fresh('joiner');
    const email = `${name}@example.com`;
    const group = scene.where(scene.keptGroups);
    const profile = { firstName: 'New', lastName: name, email, login: email, title: 'Newcomer' };
    const groupIds = [scene.scope, ...(group ? [group] : [])];
    return (await scene.okta.createUser(profile, { password, groupIds })).id;
  },
  leave: to(
    ({ workers }) => workers,
    ({ okta }, person) => okta.lifecycle(person, 'deactivate'),
  ),
  return: to(byStatus('DEPROVISIONED'), ({ okta }, person) => okta.lifecycle(person, 'activate')),
  suspend: to(
    ({ workers }) => workers,
    ({ okta }, person) => okta.lifecycle(person, 'suspend'),
  ),
  unsuspend: to(byStatus('SUSPENDED'), ({ okta }, person) => okta.lifecycle(person, 'unsuspend')),
  lock: to(
    ({ workers }) => workers,
    ({ stage }, person) => setStatus(stage, person, 'LOCKED_OUT'),
  ),
  'leave-scope': to(
    ({ workers }) => workers,
    ({ okta, scope }, person) => okta.leave(scope, person),
  ),
  'enter-scope': to(
    (scene) => scene.people((id, status) => isEntitled(status) && !scene.isInScope(id)),
    ({ okta, scope }, person) => okta.join(scope, person),
  ),
  async 'join-group'(scene) {
    // The largest first, whose members certainly have to be read in full.
    const groups = scene.keptGroups.sort((a, b) => scene.members(b).length - scene.members(a).length);
    for (const group of groups) {
      const linked = new Set(scene.accounts.map(({ person }) => person));
      const others = scene.workers.filter((id) => !scene.members(group).includes(id));
      const person = scene.who(others.some((id) => linked.has(id)) ? others.filter((id) => linked.has(id)) : others);
      if (person === undefined || scene.members(group).length < 2) continue;
      await scene.okta.join(group, person);
      return `${person} in ${group}`;
    }
    return undefined;
  },
  async 'leave-group'(scene) {
    const groups = scene.keptGroups.filter((id) => scene.members(id).length > 0);
    const group = scene.where(groups);
    const members = new Set(group && scene.members(group));
    const person = scene.who(scene.workers.filter((id) => members.has(id) && !scene.isOrdered(id)));
    if (!group || !person) return undefined;
    await scene.okta.leave(group, person);
    return `${person} in ${group}`;
  },
  retitle: to(
    ({ accounts, workers }) => (accounts.length > 0 ? accounts.map(({ person = '' }) => person).sort() : workers),
    (scene, person) => scene.okta.updateUser(person, { title: scene.fresh('Title ') }),
  ),
  'rename-person': to(
    ({ workers }) => workers,
    (scene, person) => {
      const email = `${scene.fresh('renamed')}@example.com`;
      return scene.okta.updateUser(person, { email, login: email, lastName: scene.fresh('Renamed') });
    },
  ),
  async 'rename-group'(scene) {
    const group = scene.where(scene.keptGroups);
    if (group) await scene.okta.renameGroup(group, scene.fresh('renamed-group-'));
    return group;
  },
  async 'create-group'(scene) {
    const { id } = await scene.okta.createGroup(scene.fresh('team-new-'));
    for (const person of scene.workers.slice(0, 2)) await scene.okta.join(id, person);
    return id;
  },
  async 'delete-group'(scene) {
    const groups = scene.keptGroups;
    const group = groups.length > 3 ? scene.where(groups) : undefined;
    if (group) await scene.okta.deleteGroup(group);
    return group;
  },
  'delete-person': to(byStatus('DEPROVISIONED'), ({ okta }, person) => okta.deleteUser(person)),
  async 'many-leave'(scene) {
    const { workers } = scene;
    if (workers.length < 3 * many) return undefined;
    for (const person of workers.slice(0, many)) await scene.okta.lifecycle(person, 'deactivate');
    return `${many} people`;
  },
  async 'empty-group'(scene) {
    const group = scene.where(scene.keptGroups);
    if (!group) return undefined;
    for (const person of scene.members(group)) await scene.okta.leave(group, person);
    return group;
  },
  /** Somebody whose access HR has taken is let in again at Okta. */
  'let-in': to(
    (scene) => scene.people((id, status) => scene.isOrdered(id) && ['SUSPENDED', 'DEPROVISIONED'].includes(status)),
    (scene, person) => scene.okta.lifecycle(person, scene.statusOf(person) === 'SUSPENDED' ? 'unsuspend' : 'activate'),
  ),
  async 'join-group-held'(scene) {
    const group = scene.where(scene.keptGroups);
    const members = new Set(group && scene.members(group));
    const isThere = (status: string): boolean => status === 'ACTIVE' || status === 'SUSPENDED';
    const person = scene.who(scene.people((id, status) => isThere(status) && scene.isOrdered(id) && !members.has(id)));
    if (!group || !person) return undefined;
    await scene.okta.join(group, person);
    return `${person} in ${group}`;
  },
  async 'kick-member'(scene) {
    const ours = new Set(scene.accounts.map(({ id }) => id));
    const group = scene.targetGroups.filter(({ members }) => members.some((id) => ours.has(id)))[0];
    const account = group?.members.find((id) => ours.has(id));
    if (!group || !account) return undefined;
    // Which way to remove one the directory understands is its own affair.
    const rest = group.members.filter((id) => id !== account).map((value) => ({ value }));
    await patch(scene, `/Groups/${group.id}`, [{ op: 'replace', path: 'members', value: rest }]);
    return `${account} of ${group.name}`;
  },
  async 'add-member'(scene) {
    const [group] = scene.targetGroups;
    const account = scene.accounts.find(({ id }) => !group?.members.includes(id));
    if (!group || !account) return undefined;
    await patch(scene, `/Groups/${group.id}`, [{ op: 'add', path: 'members', value: [{ value: account.id }] }]);
    return `${account.id} to ${group.name}`;
  },
  async 'retitle-account'(scene) {
    return changeAccount(scene, 'title', 'By hand');
  },
  async 'deactivate-account'(scene) {
    return changeAccount(scene, 'active', false);
  },
  async 'reactivate-account'(scene) {
    const ids = scene.stage.journal
      .directory()
      .accounts.flatMap(({ id, person, isActive }) => (isActive || person === undefined ? [] : [id]));
    const id = scene.who(ids.sort());
    if (id) await patch(scene, `/Users/${id}`, [{ op: 'replace', path: 'active', value: true }]);
    return id;
  },
  async 'make-account'(scene) {
    const email = `${scene.fresh('by-hand-')}@example.com`;
    await scene.stage.atTarget('POST', '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: email,
      displayName: 'Made by hand',
      emails: [{ value: email, type: 'work', primary: true }],
      active: true,
    });
    const account = scene.stage.journal.directory().accounts.find(({ userName }) => userName === email);
    const [group] = scene.targetGroups;
    if (account && group)
      await patch(scene, `/Groups/${group.id}`, [{ op: 'add', path: 'members', value: [{ value: account.id }] }]);
    return email;
  },
};

const changeAccount = async (scene: Scene, path: string, value: unknown): Promise<string | undefined> => {
  const id = scene.who(scene.accounts.map((account) => account.id).sort());
  if (id) await patch(scene, `/Users/${id}`, [{ op: 'replace', path, value }]);
  return id;
};

const patch = ({ stage }: Scene, path: string, operations: readonly unknown[]): Promise<void> =>
  stage.atTarget('PATCH', path, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: operations,
  });

/** What no administrator but a sign-in brings about. */
async function setStatus({ lab, journal }: Stage, person: string, status: string): Promise<void> {
  const { okta, control } = lab.system.sandbox;
  const response = await fetch(`${control.origin}/okta/users/${person}/status`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ status }),
  });
  if (!response.ok) throw new Error(`status of ${person}: ${response.status} ${await response.text()}`);
  journal.timeline.push({ ...journal.org(), at: okta.now() });
}
