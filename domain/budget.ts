/**
 * How many requests an API bucket may take. Pure rules on one state per bucket that all processes share; `store/` keeps
 * it and tells the time. Instants are epoch milliseconds of the database's clock.
 */
import {
  type AdaptiveRate,
  counted,
  resumed,
  slowed,
  type Throughput,
  takeFrom,
  throughputOf,
} from './adaptive-rate.ts';
import {
  type Allowance,
  afterTold,
  type Lane,
  openTo,
  type RequestWindow,
  rolled,
  rolledMinute,
  type ToldLimit,
  waitFor,
} from './request-window.ts';

export interface Budget {
  /** The vendor's window, once a header told it. */
  readonly window?: RequestWindow;
  /** The configured limit's. */
  readonly minute?: RequestWindow;
  /** Set by a refusal. */
  readonly block?: Block;
  /** Where no header tells a limit, after the first refusal. */
  readonly rate?: AdaptiveRate;
  readonly throughput?: Throughput;
}

interface Block {
  readonly until: number;
  readonly pauseMs: number;
  /** Whether one request must go well before others follow, since nobody told how long to wait. */
  readonly needsProbe: boolean;
  readonly isProbing: boolean;
}

export interface SliceRequest {
  /** About as many as the caller needs in a second. */
  readonly want: number;
  readonly allowance: Allowance;
  readonly lane: Lane;
}

export interface Slice {
  /** Requests that may go; more than wanted where there is no limit. */
  readonly granted: number;
  /** When `granted` is 0 although some were wanted: when to ask again. */
  readonly waitMs: number;
  /** Slices of the past second count no longer. */
  readonly isBlocked: boolean;
  /** The one request granted decides whether others may follow: report its answer at once. */
  readonly isProbe: boolean;
  /** What is unspent by then is void. Absent: no window. */
  readonly endsInMs?: number;
  /** Time to leave between two requests, so that a refusal meets few of them. */
  readonly intervalMs: number;
}

/** What a process learnt from its answers since its last report. */
export interface AnswerReport {
  /** Answers that were not refusals. */
  readonly answered: number;
  /** From answers' headers: of the newest window, the lowest remaining. */
  readonly told?: ToldLimit;
  readonly refusal?: Refusal;
}

export interface Refusal {
  /** How long to wait, by the vendor's word. */
  readonly holdMs?: number;
  /** Too many at the same time, which says nothing of the bucket: wait briefly. */
  readonly isConcurrency: boolean;
  /** A 503 asks for a pause, but not for a lower rate. */
  readonly isOverload: boolean;
}

const unlimitedSlice = 200;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** How long others wait for the answer to the probe. */
const probeMs = 1_000;

const blocked = (waitMs: number): Slice => ({ granted: 0, waitMs, isBlocked: true, isProbe: false, intervalMs: 0 });

/** A slice for now, and the budget without it. */
export const draw = (
  budget: Budget,
  now: number,
  { want, allowance, lane }: SliceRequest,
): { readonly budget: Budget; readonly slice: Slice } => {
  const { block, ...rest } = budget;
  if (block && now < block.until) return { budget, slice: blocked(block.until - now) };
  if (block?.needsProbe && want === 0) return { budget, slice: blocked(1) };

  const windows = windowsOf(budget, now, allowance);
  const rate = budget.rate && takeFrom(budget.rate, now, want, lane);
  const limits = Object.values(windows).map((window) => ({
    open: openTo(window, now, lane),
    waitMs: waitFor(window, now),
  }));
  if (rate) limits.push({ open: rate.granted, waitMs: rate.waitMs });

  // Before the first answer nobody knows of a limit, so no more than needed at once.
  const isUnlimited = limits.length === 0 && budget.throughput !== undefined;
  const most = isUnlimited ? Math.max(want, unlimitedSlice) : want;
  const granted = Math.min(block?.needsProbe ? 1 : most, ...limits.map(({ open }) => open));
  const isProbe = block?.needsProbe === true && granted > 0;
  const waits = limits.map(({ open, waitMs }) => (open === 0 ? waitMs : 0));
  const ends = Object.values(windows).map(({ endsAt }) => endsAt - now);
  return {
    budget: {
      ...rest,
      ...(windows.window && { window: without(windows.window, granted) }),
      ...(windows.minute && { minute: without(windows.minute, granted) }),
      ...(rate && { rate: rate.take(granted) }),
      ...(block?.needsProbe && { block: isProbe ? { ...block, until: now + probeMs, isProbing: true } : block }),
    },
    slice: {
      granted,
      waitMs: granted === 0 && want > 0 ? Math.max(1, ...waits) : 0,
      isBlocked: false,
      isProbe,
      intervalMs: rate?.intervalMs ?? 0,
      ...(ends.length > 0 && { endsInMs: Math.min(...ends) }),
    },
  };
};

const windowsOf = ({ window, minute }: Budget, now: number, allowance: Allowance) => ({
  ...(window && { window: rolled(window, now, allowance) }),
  ...(allowance.requestsPerMinute !== undefined && { minute: rolledMinute(minute, now, allowance.requestsPerMinute) }),
});

const without = (window: RequestWindow, granted: number): RequestWindow => ({ ...window, left: window.left - granted });

/** The budget after a process told what it learnt. */
export const record = (budget: Budget, now: number, report: AnswerReport, allowance: Allowance): Budget => {
  const { rate, ...rest } = budget;
  const window = report.told ? afterTold(budget.window, now, report.told, allowance) : budget.window;
  const known: Budget = {
    ...rest,
    throughput: counted(budget.throughput, now, report.answered, budget.block !== undefined),
    ...(window && { window }),
    // Whoever is told the limit need not try for it.
    ...(rate && !window && { rate }),
  };
  if (report.refusal) return refused(known, now, report.refusal);
  return budget.block?.isProbing && report.answered > 0 ? unblocked(known, now) : known;
};

const refused = (budget: Budget, now: number, { holdMs, isConcurrency, isOverload }: Refusal): Budget => {
  const { block, rate, throughput, window } = budget;
  const hold = holdMs ?? (isConcurrency ? firstPauseMs : undefined);
  // Refusals come in packs: those that were under way with the first say nothing more.
  if (block && now < block.until && !block.isProbing) {
    return { ...budget, block: { ...block, until: Math.max(block.until, now + (hold ?? 0)) } };
  }
  const mustTry = !window && !isConcurrency && !isOverload;
  const pauseMs = block?.needsProbe ? Math.min(longestPauseMs, block.pauseMs * 2) : firstPauseMs;
  const nextBlock = {
    until: now + (hold ?? pauseMs),
    pauseMs,
    needsProbe: hold === undefined || mustTry,
    isProbing: false,
  };
  if (!mustTry) return { ...budget, block: nextBlock };
  const isAgain = block?.needsProbe === true;
  return { ...budget, block: nextBlock, rate: slowed(rate, now, measuredBy(throughput, now), isAgain) };
};

const unblocked = ({ block: _, rate, ...rest }: Budget, now: number): Budget => ({
  ...rest,
  ...(rate && { rate: resumed(rate, now, measuredBy(rest.throughput, now)) }),
});

const measuredBy = (throughput: Throughput | undefined, now: number): number =>
  throughput ? throughputOf(throughput, now) : 0;
