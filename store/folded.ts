import { type RawBuilder, sql } from 'kysely';
import { caseless } from '../domain/account.ts';

/** The value of an account's attribute as it is compared: `sameValue` of the domain for a whole table. */
export const folded = (name: RawBuilder<unknown>, value: RawBuilder<unknown>): RawBuilder<string> => sql`
  case when ${name} = any(${[...caseless]}::text[]) then lower(${value}) else ${value} end`;
