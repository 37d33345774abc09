/** For each oracle what it is there to catch, as the evidence would look like then. */
import type { Call, Effect, Evidence } from './evidence.ts';
import { isWanted } from './history.ts';
import type { oracles } from './oracles/index.ts';
import { isOffboarded } from './order-history.ts';
import { plantedInTime } from './planted-in-time.ts';
import { protectedEmail } from './world.ts';

/** An alteration of the evidence, and what the oracle says of it. */
export type Planted = Readonly<Record<string, readonly [(evidence: Evidence) => Evidence, RegExp]>>;

const now = ({ timeline }: Evidence) => timeline.at(-1)!;
const wanted = (evidence: Evidence): string =>
  Object.keys(now(evidence).people).find(
    (id) =>
      isWanted(now(evidence), id) && !isOffboarded(evidence, id) && now(evidence).people[id]?.login !== protectedEmail,
  )!;
const accountOf = ({ directory }: Evidence, person: string) =>
  directory.accounts.find((account) => account.person === person)!;
const done = <K extends Effect['kind']>({ calls }: Evidence, kind: K): { call: Call; effect: Effect & { kind: K } } =>
  calls.flatMap((call) =>
    call.effects.flatMap((effect) =>
      call.by === 'lockstep' && effect.kind === kind ? [{ call, effect: effect as Effect & { kind: K } }] : [],
    ),
  )[0]!;
/** One more call of Lockstep's, made when the given one was, right after Okta was asked about whom it is about. */
function and(evidence: Evidence, like: Call, change: Partial<Call>): Evidence {
  const call = { ...like, n: evidence.restsAfter, fault: undefined, ...change };
  const asked = call.effects.flatMap((effect) =>
    'person' in effect && effect.person !== undefined ? [{ at: call.at, person: effect.person }] : [],
  );
  return { ...evidence, calls: [...evidence.calls, call], liveReads: [...evidence.liveReads, ...asked] };
}
const robot = (evidence: Evidence) => evidence.before.accounts.find(({ person }) => person === undefined)!.id;

export const planted: Readonly<Record<keyof typeof oracles, Planted>> = {
  state: {
    'an account is not active': [
      (evidence) => ({
        ...evidence,
        directory: {
          ...evidence.directory,
          accounts: evidence.directory.accounts.map((one) =>
            one.person === wanted(evidence) ? { ...one, isActive: false } : one,
          ),
        },
      }),
      /should be active/,
    ],
    'a leaver was overlooked': [
      (evidence) => ({
        ...evidence,
        directory: {
          ...evidence.directory,
          accounts: evidence.directory.accounts.map((one) => ({ ...one, isActive: true })),
        },
      }),
      /should not have the active account/,
    ],
    'an account is missing': [
      (evidence) => ({
        ...evidence,
        directory: {
          ...evidence.directory,
          accounts: evidence.directory.accounts.filter(({ person }) => person !== wanted(evidence)),
        },
      }),
      /has 0 accounts/,
    ],
    'a title is an old one': [
      (evidence) => ({
        ...evidence,
        directory: {
          ...evidence.directory,
          accounts: evidence.directory.accounts.map((one) =>
            one.person === wanted(evidence) ? { ...one, title: 'Old' } : one,
          ),
        },
      }),
      /title is Old/,
    ],
    'a group lost everybody': [
      (evidence) => ({
        ...evidence,
        directory: {
          ...evidence.directory,
          groups: evidence.directory.groups.map((group) => ({ ...group, members: [] })),
        },
      }),
      /lacks/,
    ],
    'somebody is in every group': [
      (evidence) => ({
        ...evidence,
        directory: {
          ...evidence.directory,
          groups: evidence.directory.groups.map((group) => ({
            ...group,
            members: evidence.directory.accounts.map(({ id }) => id),
          })),
        },
      }),
      /too many/,
    ],
    'a group nobody asked for': [
      (evidence) => ({
        ...evidence,
        directory: {
          ...evidence.directory,
          groups: [...evidence.directory.groups, { id: 'g', name: 'a-b', members: [] }],
        },
      }),
      /should not exist/,
    ],
  },
  'side effects': {
    'an account is made a second time': [
      (evidence) => {
        const { call, effect } = done(evidence, 'create');
        return and(evidence, call, { effects: [{ ...effect, account: 'another' }] });
      },
      /makes the account of/,
    ],
    'somebody has two accounts': [
      (evidence) => ({
        ...evidence,
        directory: {
          ...evidence.directory,
          accounts: [...evidence.directory.accounts, { ...accountOf(evidence, wanted(evidence)), id: 'another' }],
        },
      }),
      /exists twice/,
    ],
    "somebody else's account is changed": [
      (evidence) =>
        and(evidence, done(evidence, 'create').call, {
          effects: [{ kind: 'deactivate', account: robot(evidence) }],
        }),
      /touches the unlinked account/,
    ],
    'a protected person is changed': [
      (evidence) => {
        const person = Object.entries(now(evidence).people).find(([, { login }]) => login === protectedEmail)![0];
        const { id: account } = accountOf(evidence, person);
        return and(evidence, done(evidence, 'create').call, {
          effects: [{ kind: 'update', account, person, attributes: ['title'], isLink: false }],
        });
      },
      /touches the protected/,
    ],
    'a group that is not kept is changed': [
      (evidence) => {
        const { call, effect } = done(evidence, 'join');
        return and(evidence, call, { effects: [{ ...effect, groupName: 'site-admins'.replace('-', '') }] });
      },
      /touches the group siteadmins/,
    ],
    'an account is deleted': [
      (evidence) => {
        const { call, effect } = done(evidence, 'deactivate');
        return and(evidence, call, { effects: [{ ...effect, kind: 'delete' }] });
      },
      /deletes/,
    ],
  },
  cause: {
    'somebody is deactivated whom Okta calls active': [
      (evidence) => {
        const person = wanted(evidence);
        const { id: account } = accountOf(evidence, person);
        return and(evidence, done(evidence, 'deactivate').call, { effects: [{ kind: 'deactivate', account, person }] });
      },
      /although Okta said all the time that they should have access/,
    ],
    'a member is taken out who belongs there': [
      (evidence) => {
        const { call, effect } = done(evidence, 'join');
        return and(evidence, call, { effects: [{ ...effect, kind: 'leave' }] });
      },
      /although they belonged there all the time/,
    ],
    'a member is added who does not belong there': [
      (evidence) => {
        const { effect } = done(evidence, 'leave');
        const { call } = done(evidence, 'deactivate');
        const late = evidence.runs.at(-1)!.startedAt + 1;
        return and(evidence, call, { at: late, effects: [{ ...effect, kind: 'join' }] });
      },
      /although they never belonged there/,
    ],
    'somebody who left gets access again': [
      (evidence) => {
        const { effect } = done(evidence, 'deactivate');
        const late = evidence.runs.at(-1)!.startedAt + 1;
        return and(evidence, done(evidence, 'create').call, { at: late, effects: [{ ...effect, kind: 'activate' }] });
      },
      /although Okta never said that they should have access/,
    ],
    'somebody is deactivated of whom Okta was not asked': [
      (evidence) => ({ ...evidence, liveReads: [] }),
      /although Okta was not asked about/,
    ],
    'something is written before any run': [
      (evidence) => and(evidence, done(evidence, 'create').call, { at: 0 }),
      /belongs to no run/,
    ],
  },
  'approved only': {
    'nobody approved the first plan': [
      (evidence) => ({ ...evidence, approvals: evidence.approvals.slice(1) }),
      /before the first plan was approved/,
    ],
    'nobody approved that many leave': [
      (evidence) => ({ ...evidence, approvals: evidence.approvals.slice(0, 1) }),
      /deactivations of .* without approval/,
    ],
    'the approval lists somebody else': [
      (evidence) => ({
        ...evidence,
        approvals: evidence.approvals.map((one, index) =>
          index === 0 ? one : { ...one, lines: one.lines.map((line) => ({ ...line, person: 'x', account: 'y' })) },
        ),
      }),
      /without approval/,
    ],
    'it was approved afterwards': [
      (evidence) => ({
        ...evidence,
        approvals: evidence.approvals.map((one, index) => (index === 0 ? one : { ...one, at: Date.now() + 1e9 })),
      }),
      /without approval/,
    ],
  },
  ...plantedInTime,
  'needless writes': {
    'a run with nothing to do writes': [
      (evidence) => and(evidence, done(evidence, 'create').call, { n: evidence.restsAfter + 1 }),
      /although there was nothing to do/,
    ],
    'an address is sent that is there already': [
      (evidence) => and(evidence, done(evidence, 'update').call, { sameNames: ['email'] }),
      /sends the email that is there already/,
    ],
    'a write changes nothing': [
      (evidence) => and(evidence, done(evidence, 'update').call, { path: '/fresh', effects: [] }),
      /changes nothing/,
    ],
  },
  'audit chain': {
    'an entry is altered': [
      (evidence) => ({
        ...evidence,
        audit: evidence.audit.map((row, index) => (index === 1 ? { ...row, reason: 'other' } : row)),
      }),
      /its hash is not that of its text/,
    ],
    'an entry is gone': [
      (evidence) => ({ ...evidence, audit: evidence.audit.filter((_, index) => index !== 1) }),
      /should be entry/,
    ],
    'the last entries are gone': [
      (evidence) => ({
        ...evidence,
        audit: evidence.audit.filter(
          ({ run_id, position }) => run_id !== evidence.heads[0]?.runId || position < evidence.heads[0].length,
        ),
      }),
      /its head is not the end of its chain/,
    ],
  },
  'audit coverage': {
    'something was done of which nothing is told': [
      (evidence) => ({
        ...evidence,
        audit: evidence.audit.filter(
          ({ kind, person_id }) =>
            kind !== 'deactivate-account' || person_id !== done(evidence, 'deactivate').effect.person,
        ),
      }),
      /done 1 times, 0 times in the audit log/,
    ],
    'something is told that was not done': [
      (evidence) => ({
        ...evidence,
        calls: evidence.calls.filter((call) => call !== done(evidence, 'deactivate').call),
      }),
      /1 times in the audit log, done 0 times/,
    ],
  },
  liveness: {
    'a claim was left': [(evidence) => ({ ...evidence, open: ['a claim on person:x is held'] }), /claim/],
  },
  'kept words': {
    'a name is in a history': [(evidence) => ({ ...evidence, words: ['target-sync/cloud holds "a"'] }), /holds/],
  },
  'faults fired': {
    'a fault did not strike': [(evidence) => ({ ...evidence, unfired: ['okta-people:html'] }), /did not strike/],
  },
};
