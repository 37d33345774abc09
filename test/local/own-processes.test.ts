import { expect, it } from 'vitest';
import type { ChildSpec } from '../../local/child.ts';
import { startReceiver, startWorker } from '../../local/own-processes.ts';
import { settingsFrom } from '../../local/settings.ts';
import { scratchFolder } from './scratch.ts';

/** What a process would be started with, by a launcher that starts nothing. */
async function specOf(start: typeof startWorker, env: NodeJS.ProcessEnv): Promise<ChildSpec | undefined> {
  const settings = settingsFrom({ LOCKSTEP_STATE_DIR: scratchFolder(), ...env });
  let launched: ChildSpec | undefined;
  const launch = async (spec: ChildSpec) => {
    launched = spec;
    return { pid: 0, stop: async () => {} };
  };
  await start({ settings, env, launch });
  return launched;
}

it.each([
  ['the reader of this start', { LOCKSTEP_PORT_BASE: '21000' }, 'http://127.0.0.1:21010'],
  [
    'the reader that the environment names',
    { LOCKSTEP_PORT_BASE: '21000', LOCKSTEP_READER_URL: 'https://lockstep.example.com' },
    'https://lockstep.example.com',
  ],
])('the links of the worker lead to %s', async (_, env, url) => {
  expect((await specOf(startWorker, env))?.env).toMatchObject({ LOCKSTEP_READER_URL: url });
});

it('the receiver listens on its port and asks the reader of this start', async () => {
  const env = { LOCKSTEP_PORT_BASE: '21000', LOCKSTEP_READER_URL: 'https://lockstep.example.com' };
  expect((await specOf(startReceiver, env))?.env).toMatchObject({
    LOCKSTEP_RECEIVER_PORT: '21013',
    LOCKSTEP_READER_URL: 'http://127.0.0.1:21010',
  });
});
