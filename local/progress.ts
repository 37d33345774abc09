/** One line of words for whoever watches; goes to stderr, never mixed with data. */
export type Report = (line: string) => void;

const REMIND_EVERY_MS = 5_000;

/** Runs `work`, and says every few seconds that `title` is still going on, so that a long step never looks hung. */
export async function withProgress<T>(report: Report, title: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const reminder = setInterval(() => {
    report(`${title} … ${Math.round((performance.now() - startedAt) / 1000)} s`);
  }, REMIND_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(reminder);
  }
}
