/** Microseconds since the epoch: the directory's timestamps are that fine. */
export type Micros = number;

let sequence = 0;

/** Turns the simulator's clock into a timestamp; the microseconds only tell one request from the next. */
export function stamp(nowMs: number): Micros {
  sequence = (sequence + 1) % 1000;
  return Math.trunc(nowMs) * 1000 + sequence;
}

/** UTC with up to six digits and no trailing zeros, as captured: `2021-04-20T04:54:27.04421Z`. */
export function formatTimestamp(micros: Micros): string {
  const seconds = new Date(Math.floor(micros / 1_000_000) * 1000).toISOString().slice(0, 19);
  const fraction = String(micros % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}
