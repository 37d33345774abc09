import { failed } from './answer.ts';

/**
 * Ids are 20 characters whose first three tell the kind. The refused text is not told: it may be somebody's login.
 * @throws Failure `Rejected`
 */
export const oktaId = (prefix: '00u' | '00g' | '0oa', id: string): string => {
  if (id.startsWith(prefix) && /^[\dA-Za-z]{20}$/.test(id)) return id;
  throw failed('Rejected', { operation: 'look up by id' }, `not an Okta id that starts with ${prefix}`);
};
