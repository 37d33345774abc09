/** Which events prove that somebody is gone: taken for one that does not, it would end a person's access by mistake. */
import { expect, it } from 'vitest';
import { provesDeletion } from '../../domain/okta-event.ts';

it.each([
  ['user.lifecycle.delete.completed', 'SUCCESS', true],
  ['user.lifecycle.delete.completed', 'FAILURE', false],
  ['user.lifecycle.delete.completed', undefined, false],
  ['user.lifecycle.delete.initiated', 'SUCCESS', false],
  ['user.lifecycle.deactivate', 'SUCCESS', false],
  ['group.lifecycle.delete', 'SUCCESS', false],
])('%s with outcome %s: %s', (type, outcome, isProof) => {
  expect(provesDeletion({ type, ...(outcome === undefined ? {} : { outcome }) })).toBe(isProof);
});
