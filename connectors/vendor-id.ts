import { z } from 'zod';

/**
 * An id as a vendor tells it. Names are mended where they are kept; an id that the database cannot hold as it is (NUL,
 * half a surrogate pair) would become somebody else's, so the answer that has it is refused.
 */
export const vendorId = z.string().regex(/^[^\0\p{Surrogate}]+$/u);
