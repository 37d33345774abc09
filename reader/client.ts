/** Typed client of the reader. Knows its addresses and turns everything that can go wrong into one error. */
import type { ListedStanding } from '../domain/offboarding.ts';
import type {
  ErrorBody,
  EvaluateInput,
  EvaluateView,
  ExplainView,
  FindingView,
  GroupsFound,
  OffboardingCommandView,
  OffboardingSummary,
  OffboardingView,
  Page,
  ParkedView,
  PeopleFound,
  PlanKind,
  PlannedChange,
  PlanSummary,
  PlanView,
  ReportView,
  RequestView,
  RunView,
  TargetRef,
} from './api.ts';
import type { AuditChains, AuditFilter, AuditRecord } from './audit-api.ts';
import type { DriftView } from './drift-api.ts';

export type * from './api.ts';
export type * from './audit-api.ts';
export { kindWords, outcomeWords } from './change-words.ts';
export { codeOfDetail, detailWords, isKnownDetail, reasonInWords } from './detail-words.ts';
export type * from './drift-api.ts';
export { listedState } from './listed-state.ts';
export { number } from './number.ts';
export { orderedByTexts, orderedText } from './order-words.ts';
export { visibleText } from './visible-text.ts';

export type ReaderErrorCode = ErrorBody['error']['code'] | 'unreachable' | 'unexpected-answer';

/** `message` says what went wrong, `hint` what to do about it. */
export class ReaderError extends Error {
  override readonly name = 'ReaderError';
  readonly code: ReaderErrorCode;
  readonly hint: string;

  constructor(code: ReaderErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
  }
}

export interface ReaderClientOptions {
  /** `http://127.0.0.1:14010` */
  readonly url: string;
  readonly token?: string;
  /** For one answer. Default 30 s: explaining and evaluating ask Okta. */
  readonly timeoutMs?: number;
}

export interface ListOptions {
  readonly target?: string;
  readonly limit?: number;
}

export interface PlanListOptions extends ListOptions {
  readonly kind?: PlanKind;
  /** Also those for a single person that changed nothing. */
  readonly all?: boolean;
  /** Id of a plan: only older ones. */
  readonly before?: string;
}

export interface OffboardingListOptions {
  readonly state?: ListedStanding;
  /** Okta id. */
  readonly person?: string;
  readonly limit?: number;
}

export interface PageOptions {
  readonly after?: number;
  readonly limit?: number;
}

export interface AuditChainsQuery {
  /** Only this one, also when there is nothing of it. */
  readonly run?: string;
  /** ISO 8601: only chains that have something from then on. */
  readonly since?: string;
  readonly after?: string;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export class ReaderClient {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #timeoutMs: number;

  constructor({ url, token, timeoutMs = 30_000 }: ReaderClientOptions) {
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
    this.#timeoutMs = timeoutMs;
  }

  /** All that are configured. */
  targets(): Promise<Page<TargetRef>> {
    return this.#get('/v1/targets');
  }

  /** What failed and is tried again, paused targets, and conflicts that only a human can solve. */
  parked({ target, limit }: ListOptions = {}): Promise<ParkedView> {
    return this.#get('/v1/parked', { target, limit });
  }

  /** What was changed at targets by somebody else and still is so, by the last reading. */
  drift({ target, limit }: ListOptions = {}): Promise<DriftView> {
    return this.#get('/v1/drift', { target, limit });
  }

  /** Newest first. */
  plans({ target, kind, all, before, limit }: PlanListOptions = {}): Promise<Page<PlanSummary>> {
    return this.#get('/v1/plans', { target, kind, all, before, limit });
  }

  plan(id: string): Promise<PlanView> {
    return this.#get(`/v1/plans/${encodeURIComponent(id)}`);
  }

  /** The plan as a page that stands for itself, piece by piece. @throws ReaderError */
  async *planPage(id: string): AsyncGenerator<string> {
    // Refusals are told by the JSON; the page's own are for people.
    await this.plan(id);
    yield* this.#page(`/plans/${encodeURIComponent(id)}?as=file`);
  }

  async *#page(path: string): AsyncGenerator<string> {
    const answer = await this.#reach(() => this.#fetch(path, { method: 'GET' }));
    if (!answer.ok || answer.body === null) throw this.#unexpected(answer.status);
    const pieces = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await this.#reach(() => pieces.read());
      if (done) return;
      yield value;
    }
  }

  changesPage(planId: string, { after, limit }: PageOptions = {}): Promise<Page<PlannedChange>> {
    return this.#get(`/v1/plans/${encodeURIComponent(planId)}/changes`, { after, limit });
  }

  findingsPage(planId: string, { after, limit }: PageOptions = {}): Promise<Page<FindingView>> {
    return this.#get(`/v1/plans/${encodeURIComponent(planId)}/findings`, { after, limit });
  }

  /** All changes of a plan in its order, a page in memory at a time. */
  changes(planId: string): AsyncGenerator<PlannedChange> {
    return everyItem((after) => this.changesPage(planId, after));
  }

  findings(planId: string): AsyncGenerator<FindingView> {
    return everyItem((after) => this.findingsPage(planId, after));
  }

  /** Newest first. */
  runs({ target, limit }: ListOptions = {}): Promise<Page<RunView>> {
    return this.#get('/v1/runs', { target, limit });
  }

  run(id: string): Promise<RunView> {
    return this.#get(`/v1/runs/${encodeURIComponent(id)}`);
  }

  /** The runs that answer a request; none as long as no worker has taken it up. */
  request(id: string): Promise<RequestView> {
    return this.#get(`/v1/requests/${encodeURIComponent(id)}`);
  }

  report(runId: string): Promise<ReportView> {
    return this.#get(`/v1/report/${encodeURIComponent(runId)}`);
  }

  /** What there is to verify, by run id. */
  auditChains(query: AuditChainsQuery = {}): Promise<AuditChains> {
    return this.#get('/v1/audit/chains', { ...query });
  }

  /** The entries of a run that have a place in its chain, by it. */
  auditChain(runId: string): AsyncGenerator<AuditRecord> {
    return everyItem(({ after, limit }) =>
      this.#get(`/v1/audit/chains/${encodeURIComponent(runId)}`, { after, limit }),
    );
  }

  /** Newest first. */
  offboardings({ state, person, limit }: OffboardingListOptions = {}): Promise<Page<OffboardingSummary>> {
    return this.#get('/v1/offboardings', { state, person, limit });
  }

  /** All orders about one person's offboardings, in the order in which they were taken. */
  offboardingCommands(oktaId: string): Promise<Page<OffboardingCommandView>> {
    return this.#get(`/v1/people/${encodeURIComponent(oktaId)}/offboarding-commands`);
  }

  /** @param id its own, or an Okta id: then the newest of that person */
  offboarding(id: string): Promise<OffboardingView> {
    return this.#get(`/v1/offboardings/${encodeURIComponent(id)}`);
  }

  /** The evidence as a page that stands for itself. @throws ReaderError */
  async *offboardingPage(id: string): AsyncGenerator<string> {
    await this.offboarding(id);
    yield* this.#page(`/offboardings/${encodeURIComponent(id)}`);
  }

  /** In the order in which entries were written. */
  auditLog(filter: AuditFilter = {}): AsyncGenerator<AuditRecord> {
    return everyItem(({ after, limit }) => this.#get('/v1/audit', { ...filter, after, limit }));
  }

  /**
   * `text` travels in the body, since addresses end up in logs and e-mail addresses must not.
   *
   * @param oktaPatienceMs how long Okta may take before the mirror answers, 100 to 8,000; the reader's own unless given
   */
  findPeople(text: string, oktaPatienceMs?: number): Promise<PeopleFound> {
    return this.#post('/v1/people/search', { text, ...(oktaPatienceMs === undefined ? {} : { oktaPatienceMs }) });
  }

  /** By whole name, as of Okta's last reading. */
  findGroups(text: string): Promise<GroupsFound> {
    return this.#post('/v1/groups/search', { text });
  }

  explain(oktaId: string): Promise<ExplainView> {
    return this.#get(`/v1/people/${encodeURIComponent(oktaId)}/explain`);
  }

  evaluate(input: EvaluateInput): Promise<EvaluateView> {
    return this.#post('/v1/eval', input);
  }

  #get<T>(path: string, query: Query = {}): Promise<T> {
    const given = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    );
    const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
    return this.#ask(`${path}${search}`, { method: 'GET' });
  }

  #post<T>(path: string, body: unknown): Promise<T> {
    return this.#ask(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  }

  async #ask<T>(path: string, init: RequestInit): Promise<T> {
    const { status, text } = await this.#reach(async (signal) => {
      const answer = await this.#fetch(path, { ...init, signal });
      return { status: answer.status, text: await answer.text() };
    });
    const body = parseJson(text);
    if (status >= 200 && status < 300 && body !== undefined) return body as T;
    throw isErrorBody(body)
      ? new ReaderError(body.error.code, body.error.message, body.error.hint)
      : this.#unexpected(status);
  }

  #fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#token !== undefined) headers.set('authorization', `Bearer ${this.#token}`);
    return fetch(`${this.#url}${path}`, { ...init, headers });
  }

  /** Whatever keeps the reader from answering, in words. */
  async #reach<T>(asking: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await asking(AbortSignal.timeout(this.#timeoutMs));
    } catch (error) {
      const isTimeout = error instanceof Error && error.name === 'TimeoutError';
      const what = isTimeout ? `did not answer within ${this.#timeoutMs / 1000} s` : 'cannot be reached';
      const hint =
        'start it (`npm start` starts everything on this machine), or set LOCKSTEP_READER_URL to its address';
      throw new ReaderError('unreachable', `the reader at ${this.#url} ${what}`, hint, error);
    }
  }

  #unexpected(status: number): ReaderError {
    const hint =
      'see that LOCKSTEP_READER_URL names the reader of this version of Lockstep, and no proxy stands in front';
    return new ReaderError('unexpected-answer', `${this.#url} answered ${status}, and not as the reader does`, hint);
  }
}

async function* everyItem<T>(pageAfter: (options: PageOptions) => Promise<Page<T>>): AsyncGenerator<T> {
  let after: number | undefined;
  do {
    const page: Page<T> = await pageAfter({ ...(after === undefined ? {} : { after }), limit: 500 });
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isErrorBody = (body: unknown): body is ErrorBody => {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error && 'hint' in error;
};
