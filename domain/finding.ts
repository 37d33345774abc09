import type { Finding, FindingCode } from './change.ts';

/** Subjects are put in order, so that the same facts read in another order make the same plan. */
export const finding = (
  about: Pick<Finding, 'person' | 'group'>,
  code: FindingCode,
  subjects: readonly string[] = [],
): Finding => ({ code, ...about, ...(subjects.length > 0 ? { subjects: [...subjects].sort() } : {}) });
