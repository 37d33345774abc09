/** Why a chain of pages was given up, as the stable code in the details of an `UnexpectedResponse`. */
import { Failure, isFailure } from '../domain/failure.ts';

export const pageCodes = {
  /** A page with the very items of an earlier one. */
  repeated: 'page-repeated',
  /** The next link is one that was followed before. */
  loop: 'page-loop',
  /** The next link leads to another server. */
  elsewhere: 'page-elsewhere',
  /** Empty pages without end. */
  endless: 'page-endless',
  /** A page, or an item of it, is not what it should be. */
  unreadable: 'page-unreadable',
  /** The vendor's own total is not what was listed, or fell by half in the middle. */
  countMismatch: 'count-mismatch',
} as const;
export type PageCode = (typeof pageCodes)[keyof typeof pageCodes];

/** The page; a failure of it that says no more than that it was unexpected gets the code `page-unreadable`. */
export const readablePage = async <T>(page: Promise<T>): Promise<T> => {
  try {
    return await page;
  } catch (error) {
    if (!isFailure(error, 'UnexpectedResponse') || error.details.code !== undefined) throw error;
    throw new Failure(error.kind, error.message, { ...error.details, code: pageCodes.unreadable });
  }
};
