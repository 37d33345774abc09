/** The secrets of the hooks: what proves one sender must not prove another. */
import { describe, expect, it } from 'vitest';
import type { ReceiverConfig } from '../../config/config.ts';
import { receiverSecrets } from '../../config/receiver-secrets.ts';
import { errorOf } from './a-config.ts';

const hook = (...names: string[]) => ({ secrets: names.map((env) => ({ env })) });
const env = {
  ONE: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  ONE_BARE: Buffer.alloc(32, 1).toString('base64'),
  TWO: 'the second secret, long enough',
  THREE: 'the third secret, long enough',
};
const problemsOf = (hooks: Omit<ReceiverConfig, 'trustedProxies'>) =>
  errorOf(() => receiverSecrets({ ...hooks, trustedProxies: [] }, env)).problems;

describe('one secret for two hooks is refused', () => {
  it('naming both, so that whoever signs people in is not HR', () => {
    expect(problemsOf({ okta: hook('TWO'), hr: hook('ONE'), login: hook('THREE', 'ONE') })).toEqual([
      {
        path: 'receiver.login.secrets[1]',
        message: 'is the secret of receiver.hr.secrets[0] as well',
        hint: 'give each hook a secret of its own: whoever has it could call both',
      },
    ]);
  });

  it('for all three, and never tells it', () => {
    const error = errorOf(() =>
      receiverSecrets({ okta: hook('TWO'), hr: hook('TWO'), login: hook('TWO'), trustedProxies: [] }, env),
    );
    expect(error.problems.map(({ path, message }) => `${path} ${message}`)).toEqual([
      'receiver.hr.secrets[0] is the secret of receiver.okta.secrets[0] as well',
      'receiver.login.secrets[0] is the secret of receiver.okta.secrets[0] as well',
    ]);
    expect(error.message).not.toContain(env.TWO);
  });

  it("also where HR's key is written with its prefix and the other without", () => {
    expect(problemsOf({ hr: hook('ONE'), login: hook('ONE_BARE') })).toHaveLength(1);
  });
});

it('several secrets of one hook, and one secret named twice there, are no question', () => {
  const { hr, login } = receiverSecrets(
    { hr: hook('ONE', 'TWO', 'ONE'), login: hook('THREE'), trustedProxies: [] },
    env,
  );
  expect([hr?.length, login?.length]).toEqual([3, 1]);
});
