/** Who pauses a target. */
export type PausedBy = 'operator' | 'failures' | 'credentials';

/** To follow "is paused since …". */
export const pausedTexts: Readonly<Record<PausedBy, string>> = {
  operator: 'by an operator',
  failures: 'by itself, since too many of its changes failed',
  credentials: 'by itself, since its credential is refused',
};
