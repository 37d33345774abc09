/**
 * Law 2: every request that writes first claims all its people and accounts, for as long as it takes. What was planned is
 * looked at once more under the claim: a hold, a newer version of the person, what another plan wrote of them since, or an
 * outcome by somebody else ends it.
 *
 * One holder per call of an activity. Its own requests may share a claim, since one plan does not contradict itself:
 * somebody is put into several groups at a time. Whoever else wants the person waits, or puts them off.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Deadline } from '../domain/directory.ts';
import type { AccountId, OktaUserId } from '../domain/ids.ts';
import {
  accountSubject,
  type ClaimSubject,
  claimSubjects,
  endClaims,
  personSubject,
  recheckClaimed,
  verifyLater,
} from '../store/claims.ts';
import type { Store } from '../store/connect.ts';

/** One change that is about to be written. */
export interface ClaimRequest {
  readonly seq: number;
  /** None for an account of nobody. */
  readonly person?: OktaUserId | undefined;
  readonly account?: AccountId | undefined;
  /** Whether it gives access, which a hold forbids; taking it is never forbidden. */
  readonly gives: boolean;
  /** Of the person, when the change was planned. */
  readonly version: string;
}

/** `busy`: somebody else writes them right now. `done`: the change has its outcome already. */
export type ClaimRefusal = 'busy' | 'held' | 'changed' | 'done';

export interface Claim {
  readonly person: OktaUserId | undefined;
  /** Nothing may be sent after it. */
  readonly sendBefore: Deadline;
  readonly shares: readonly Share[];
}

/** The claim of one person or account, which requests that are under way together share. */
interface Share {
  readonly subject: ClaimSubject;
  readonly token: string;
  readonly person: OktaUserId | undefined;
  readonly sendBefore: Deadline;
  /** Requests that need it and are not on record yet. */
  users: number;
  state: 'asked' | 'granted' | 'refused';
  isTakenOver: boolean;
}

interface Asked {
  readonly requests: readonly ClaimRequest[];
  readonly resolve: (answers: readonly (Claim | ClaimRefusal)[]) => void;
  readonly reject: (error: unknown) => void;
}

/** What is asked within so many milliseconds is claimed in one statement. */
const gatherMs = 2;
/** For all that is no request: answering, recording. */
const marginMs = 5_000;

export class Claims {
  readonly #store: Store;
  readonly #target: string;
  readonly #planId: string;
  readonly #requestTimeoutMs: number;
  readonly #granted = new Map<ClaimSubject, Share>();
  #asked: Asked[] = [];
  #isServing = false;

  constructor(store: Store, of: { readonly target: string; readonly planId: string }, requestTimeoutMs: number) {
    this.#store = store;
    this.#target = of.target;
    this.#planId = of.planId;
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  /** A request that is sent at the last moment has ended, answer and all, before somebody else may take over. */
  get leaseMs(): number {
    return 2 * this.#requestTimeoutMs + marginMs;
  }

  /** One answer per request, in their order: each is claimed as a whole or not at all. */
  claim(requests: readonly ClaimRequest[]): Promise<readonly (Claim | ClaimRefusal)[]> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ requests, resolve, reject });
      if (!this.#isServing) void this.#serve();
    });
  }

  /** One statement at a time: whoever asks meanwhile is served together by the next one. */
  async #serve(): Promise<void> {
    this.#isServing = true;
    while (this.#asked.length > 0) {
      await delay(gatherMs);
      const asked = this.#asked;
      this.#asked = [];
      try {
        const answers = await this.#claimAll(asked.flatMap(({ requests }) => requests));
        for (const { requests, resolve } of asked) resolve(answers.splice(0, requests.length));
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    this.#isServing = false;
  }

  async #claimAll(requests: readonly ClaimRequest[]): Promise<(Claim | ClaimRefusal)[]> {
    const drafts = this.#draft(requests);
    const shares = drafts.flatMap((draft) => draft.shares);
    try {
      await this.#ask([...new Set(shares)].filter(({ state }) => state === 'asked'));
      const claimed = drafts.filter((draft) => isClaimed(draft.shares)).map(({ request }) => request);
      const refuse = await this.#recheck(claimed);
      const answers = drafts.map((draft) => {
        const refusal = isClaimed(draft.shares) ? refuse(draft.request) : 'busy';
        return { ...draft, refusal };
      });
      await this.#drop(answers.flatMap(({ refusal, shares: own }) => (refusal === undefined ? [] : own)));
      return answers.map(({ request, refusal, shares: own }) => refusal ?? claimOf(request, own));
    } catch (error) {
      await this.#drop(shares);
      throw error;
    }
  }

  /** What each request needs: claims that this holder has already, as long as they can still be used, and new ones. */
  #draft(requests: readonly ClaimRequest[]): { request: ClaimRequest; shares: Share[] }[] {
    const token = randomUUID();
    const sendBefore = deadlineIn(this.#requestTimeoutMs);
    const fresh = new Map<ClaimSubject, Share>();
    const shareOf = (subject: ClaimSubject, person: OktaUserId | undefined): Share => {
      const own = this.#granted.get(subject) ?? fresh.get(subject);
      if (own && !own.sendBefore.hasPassed()) return own;
      const state = own ? 'refused' : 'asked';
      const share: Share = { subject, token, person, sendBefore, users: 0, state, isTakenOver: false };
      if (!own) fresh.set(subject, share);
      return share;
    };
    return requests.map((request) => {
      const { person, account } = request;
      const shares = [
        ...(person === undefined ? [] : [shareOf(personSubject(person), person)]),
        ...(account === undefined ? [] : [shareOf(accountSubject(account), person)]),
      ];
      for (const share of shares) share.users += 1;
      return { request, shares };
    });
  }

  async #ask(shares: readonly Share[]): Promise<void> {
    const [first] = shares;
    if (!first) return;
    const subjects = shares.map(({ subject }) => subject);
    const claimed = await claimSubjects(this.#store, this.#target, first.token, subjects, this.leaseMs);
    for (const share of shares) {
      const isTakenOver = claimed.get(share.subject);
      share.state = isTakenOver === undefined ? 'refused' : 'granted';
      share.isTakenOver = isTakenOver ?? false;
      if (share.state === 'granted') this.#granted.set(share.subject, share);
    }
  }

  /** Read after the claim is there for everybody to see: what was said before that is known, and what is said later waits. */
  async #recheck(requests: readonly ClaimRequest[]): Promise<(request: ClaimRequest) => ClaimRefusal | undefined> {
    if (requests.length === 0) return () => undefined;
    const ids = new Set(requests.flatMap(({ person }) => person ?? []));
    const seqs = requests.map(({ seq }) => seq);
    const { people, closed, written } = await recheckClaimed(this.#store, this.#planId, [...ids], seqs);
    return ({ seq, person, gives, version }) => {
      if (closed.has(seq)) return 'done';
      if (person === undefined) return undefined;
      const known = people.get(person) ?? { version: '0', hold: null };
      if (gives && known.hold !== null) return 'held';
      return known.version === version && !written.has(person) ? undefined : 'changed';
    };
  }

  /**
   * In the transaction that records what was done under these claims: gives back those that no other request needs.
   * It bears to be repeated until `settled` is called, after the transaction.
   *
   * @returns the claims that were lost, whose effects are not to be recorded
   */
  async settle(store: Store, claims: readonly Claim[]): Promise<ReadonlySet<Claim>> {
    const users = new Map<Share, number>();
    for (const { shares } of claims) for (const share of shares) users.set(share, (users.get(share) ?? 0) + 1);
    const [ended, kept]: [Share[], Share[]] = [[], []];
    for (const [share, count] of users) (count === share.users ? ended : kept).push(share);
    const lost = await this.#end(store, ended, kept);
    return new Set(claims.filter(({ shares }) => shares.some((share) => lost.has(share))));
  }

  settled(claims: readonly Claim[]): void {
    for (const { shares } of claims) for (const share of shares) share.users -= 1;
  }

  /** Gives back claims under which nothing was done that would have to be recorded. */
  async giveBack(claims: readonly Claim[]): Promise<void> {
    await this.#drop(claims.flatMap(({ shares }) => shares));
  }

  async #drop(shares: readonly Share[]): Promise<void> {
    for (const share of shares) share.users -= 1;
    const unused = new Set(shares.filter(({ users, state }) => users === 0 && state === 'granted'));
    try {
      await this.#end(this.#store, [...unused], []);
    } catch {
      // Without the database they cannot be given back; then they expire.
    }
  }

  async #end(store: Store, ended: readonly Share[], kept: readonly Share[]): Promise<ReadonlySet<Share>> {
    // From now on nobody shares them.
    for (const share of ended) this.#forget(share);
    const takenOver = ended.flatMap(({ isTakenOver, person }) => (isTakenOver ? (person ?? []) : []));
    await verifyLater(store, this.#target, takenOver, 2 * this.#requestTimeoutMs);
    const rows = await endClaims(store, this.#target, ended, kept);
    const names = new Set(rows.map(({ subject, token }) => `${subject} ${token}`));
    const lost = [...ended, ...kept].filter(({ subject, token }) => names.has(`${subject} ${token}`));
    for (const share of lost) this.#forget(share);
    return new Set(lost);
  }

  #forget(share: Share): void {
    if (this.#granted.get(share.subject) === share) this.#granted.delete(share.subject);
  }
}

const isClaimed = (shares: readonly Share[]): boolean => shares.every(({ state }) => state === 'granted');

const claimOf = ({ person }: ClaimRequest, shares: readonly Share[]): Claim => ({
  person,
  sendBefore: earliest(shares),
  shares,
});

export const earliest = (claims: readonly { readonly sendBefore: Deadline }[]): Deadline => {
  const deadlines = [...new Set(claims.map(({ sendBefore }) => sendBefore))];
  return { hasPassed: () => deadlines.some((deadline) => deadline.hasPassed()) };
};

/** By two clocks: the first goes on while the process is stopped, the second while the machine sleeps. */
export const deadlineIn = (ms: number): Deadline => {
  const [steady, wall] = [performance.now(), Date.now()];
  return { hasPassed: () => performance.now() - steady >= ms || Date.now() - wall >= ms };
};
