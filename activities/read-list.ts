/** Lists that may fall short: read again once when their pages do not add up, and told from those that are whole. */
import type { ListReading } from '../domain/completeness.ts';
import type { Pages } from '../domain/directory.ts';
import { isFailure } from '../domain/failure.ts';
import type { Log } from './dependencies.ts';

/**
 * Reads to the end; when the chain of pages breaks, once more from the start. Broken twice, what was read is what was
 * taken, and the reading says so. What is only unavailable for now, or refused, is thrown: asking again can help there.
 *
 * @param take gets each page, those of the second reading again
 * @throws Failure `UnexpectedResponse` too when nothing is known from before that the reading could go on with
 */
export async function readList<T>(
  log: Log,
  about: Pick<ListReading, 'list' | 'subject' | 'before'>,
  pages: () => Pages<T>,
  take: (page: readonly T[], found: number) => Promise<void>,
): Promise<ListReading> {
  for (let pass = 1; ; pass += 1) {
    let found = 0;
    try {
      for await (const page of pages()) {
        found += page.length;
        await take(page, found);
      }
      return { ...about, found };
    } catch (error) {
      if (!isFailure(error, 'UnexpectedResponse')) throw error;
      const { list, subject } = about;
      log.warn({ list, subject, pass, code: error.details.code }, `a list did not add up: ${error.message}`);
      if (pass === 1) continue;
      if (about.before === 0 && subject === undefined) throw error;
      return { ...about, found, isBroken: true };
    }
  }
}
