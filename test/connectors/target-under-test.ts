/** What the contract suite needs of a target: its connector, its simulator, and a look at its state past both. */
import { expect } from 'vitest';
import type { Account, AccountAttribute, AccountAttributes, TargetGroup } from '../../domain/account.ts';
import type { AccountDraft, Pacer, Pages, RateAnswer, TargetDirectory } from '../../domain/directory.ts';
import { Failure } from '../../domain/failure.ts';
import type { AccountId, OktaUserId, TargetGroupId } from '../../domain/ids.ts';
import type { FaultMatch, FaultRule } from '../../sandbox/kit/faults.ts';
import type { Simulator } from '../../sandbox/kit/simulator.ts';

export interface ConnectOptions {
  readonly pageSize?: number;
  readonly memberBatch?: number;
  readonly timeoutMs?: number;
  /** Instead of the right one. */
  readonly secret?: string;
  readonly pacer?: Pacer;
}

export type TargetRequest =
  | 'list accounts'
  | 'list groups'
  | 'read account'
  | 'create account'
  | 'write account'
  | 'create group'
  | 'delete group'
  | 'write members';

export interface TargetUnderTest {
  readonly simulator: Simulator;
  /** The right credential; it must never show. */
  readonly secret: string;
  /** Which HTTP requests carry which operation, so that faults can strike them. */
  readonly routes: Readonly<Record<TargetRequest, FaultMatch>>;
  connect(options?: ConnectOptions): TargetDirectory;
  /** The state as the simulator keeps it, translated by the test's own hands. */
  accounts(): readonly Account[];
  groups(): readonly Required<TargetGroup>[];
}

export type StartTarget = () => Promise<TargetUnderTest>;

/** Runs a test on a target of its own. */
export const withTarget = (start: StartTarget, test: (target: TargetUnderTest) => Promise<void>) => async () => {
  const target = await start();
  try {
    await test(target);
  } finally {
    await target.simulator.close();
  }
};

export interface OpenPacer extends Pacer {
  acquired: number;
  readonly learned: RateAnswer[];
}
/** Lets everything pass and remembers it. */
export const anOpenPacer = (): OpenPacer => ({
  acquired: 0,
  learned: [],
  async acquire() {
    this.acquired += 1;
  },
  learn(_bucket, answer) {
    this.learned.push(answer);
  },
});

const ofName = (name: string): Record<AccountAttribute, string> => ({
  userName: `${name}@example.com`,
  email: `${name}@example.com`,
  displayName: `${name} Display`,
  givenName: `${name} Given`,
  familyName: `${name} Family`,
  nickname: `${name} Nick`,
  title: 'Engineer',
  department: 'Bridges & "Tunnels"',
  organization: 'Ünïted Works',
  preferredLanguage: 'en-GB',
  timezone: 'Europe/London',
  location: 'Leeds',
});

/** Everything that the product keeps. */
export const fullAttributes = ({ capabilities }: TargetDirectory, name: string): AccountAttributes =>
  Object.fromEntries(capabilities.attributes.map((attribute) => [attribute, ofName(name)[attribute]]));

export const aDraft = (directory: TargetDirectory, name: string): AccountDraft => ({
  externalId: `00u-${name}` as OktaUserId,
  attributes: fullAttributes(directory, name),
});

export const createAccounts = async (directory: TargetDirectory, names: readonly string[]): Promise<AccountId[]> => {
  const ids: AccountId[] = [];
  for (const name of names) ids.push((await directory.createAccount(aDraft(directory, name))).value.id);
  return ids;
};

export const createGroup = async (directory: TargetDirectory, name: string): Promise<TargetGroupId> =>
  (await directory.createGroup(name)).value.id;

export const collect = async <T>(pages: Pages<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
};

/** The failure that a call ends with, which must name neither an e-mail address nor the credential anywhere. */
export const failureOf = async (target: TargetUnderTest, call: Promise<unknown>): Promise<Failure> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Failure)) throw new Error(`expected a Failure, got ${String(error)}`, { cause: error });
  for (let told: unknown = error; told instanceof Error; told = told.cause) {
    const text = `${told.stack} ${JSON.stringify({ ...told })}`.replaceAll(/file:\S+|\(\S+\)/g, '');
    expect(text).not.toMatch(/\w@\w/);
    expect(text).not.toContain(target.secret);
  }
  return error;
};

/** Sets one fault; the returned check fails the test if it never struck. */
export const strike = (
  { simulator, routes }: TargetUnderTest,
  request: TargetRequest,
  action: FaultRule['action'],
  more: Partial<FaultRule> & { readonly attempt?: number } = {},
) => {
  const { attempt, ...rule } = more;
  const match = { ...routes[request], ...(attempt !== undefined && { attempt }) };
  simulator.faults.set([{ id: 'fault', match, action, ...rule }]);
  return { mustHaveStruck: () => expect(simulator.faults.fired('fault')).toBeGreaterThan(0) };
};
