/** Notices over real HTTP and real SMTP. */
import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dependencies } from '../../activities/dependencies.ts';
import { queueExpiringKeys, sendNotices } from '../../activities/notices.ts';
import { ConfigError } from '../../config/problems.ts';
import { Secret } from '../../config/secret.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { type Notice, queueNotice } from '../../store/notices.ts';
import { createNotify } from '../../worker/notify.ts';
import { bareDependencies, bareTarget } from '../support/bare-dependencies.ts';
import { type HookServer, startHookServer } from '../support/hook-server.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';
import { type SmtpServer, startSmtpServer } from '../support/smtp-server.ts';

const key = `whsec_${Buffer.from('a key of the signature, 32 bytes').toString('base64')}`;
const env = { env: 'UNUSED' };

let database: FreshDatabase;
let store: Store;
let hooks: HookServer;
let smtp: SmtpServer;
beforeAll(async () => {
  database = await freshDatabase();
  store = connectStore({ url: database.url, poolSize: 4 });
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});
beforeEach(async () => {
  await sql`truncate notice`.execute(store);
  [hooks, smtp] = [await startHookServer(), await startSmtpServer()];
});
afterEach(() => Promise.all([hooks.close(), smtp.close()]));

const mailTo = (to: readonly string[]) => ({ server: smtp.url, from: 'lockstep@example.com', to });
const telling = (ways: { readonly webhook?: boolean; readonly mail?: boolean }): Dependencies =>
  bareDependencies(store, {
    notify: createNotify(
      {
        ...(ways.webhook ? { webhook: { url: hooks.url, secret: env } } : {}),
        ...(ways.mail ? { mail: mailTo(['ops@example.com', 'identity@example.com']) } : {}),
      },
      { 'notify.webhook.secret': new Secret(key) },
      'https://lockstep.example.com/',
    ),
  });
const notices = () => store.selectFrom('notice').selectAll().orderBy('id').execute();
const isTimeAgain = () => sql`update notice set next_try_at = now()`.execute(store);

const waiting: Notice = {
  kind: 'approval-waiting',
  target: 'cloud',
  planId: 'plan-1',
  hash: 'abcdef0123456789',
  changes: 12,
  expiresAt: '2026-11-06T09:00:00.000Z',
};

describe('a webhook', () => {
  it('carries codes, ids and a link, under a signature that its receiver can verify', async () => {
    await queueNotice(store, waiting);
    expect(await sendNotices(telling({ webhook: true }))).toEqual({ told: 1, failed: 0 });
    const [hook] = hooks.hooks;
    const headers = hook?.headers as Record<string, string>;
    const verified = new Webhook(key).verify(hook?.body ?? '', headers);
    expect(verified).toMatchObject({
      type: 'lockstep.approval-waiting',
      timestamp: expect.stringMatching(/^\d{4}-.+Z$/),
      data: {
        target: 'cloud',
        planId: 'plan-1',
        hash: 'abcdef0123456789',
        changes: 12,
        expiresAt: '2026-11-06T09:00:00.000Z',
        link: 'https://lockstep.example.com/plans/plan-1',
      },
    });
    const other = `whsec_${Buffer.from('another key').toString('base64')}`;
    expect(() => new Webhook(other).verify(hook?.body ?? '', headers)).toThrow('No matching signature');
    expect(() => new Webhook(key).verify(hook?.body.replace('12', '13') ?? '', headers)).toThrow();
  });

  it('is sent again under the same id until it is taken, and never fails', async () => {
    await queueNotice(store, waiting);
    const deps = telling({ webhook: true });
    hooks.answerWith(503);
    expect(await sendNotices(deps)).toEqual({ told: 0, failed: 1 });
    expect(await notices()).toMatchObject([{ sent_at: null, tries: 1, problem: 'webhook: status 503' }]);
    expect(await sendNotices(deps)).toEqual({ told: 0, failed: 0 });
    await isTimeAgain();
    hooks.answerWith(204);
    expect(await sendNotices(deps)).toEqual({ told: 1, failed: 0 });
    await isTimeAgain();
    expect(await sendNotices(deps)).toEqual({ told: 0, failed: 0 });
    const ids = hooks.hooks.map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(new Set(hooks.hooks.map(({ body }) => body)).size).toBe(1);
  });

  it('whose receiver is away, or sends it elsewhere, is not taken', async () => {
    await queueNotice(store, waiting);
    const deps = telling({ webhook: true });
    hooks.answerWith(302);
    expect(await sendNotices(deps)).toEqual({ told: 0, failed: 1 });
    expect(hooks.hooks).toHaveLength(1);
    await hooks.close();
    await isTimeAgain();
    expect(await sendNotices(deps)).toEqual({ told: 0, failed: 1 });
    expect(await notices()).toMatchObject([{ tries: 2, problem: 'webhook: no answer' }]);
    hooks = await startHookServer();
  });

  it('whose receiver does not answer is asked for one notice of many, and tried again for each', async () => {
    for (const hash of ['one', 'two', 'three']) await queueNotice(store, { ...waiting, hash });
    let asked = 0;
    const deps = bareDependencies(store, {
      notify: {
        readerUrl: '',
        channels: [
          {
            name: 'webhook',
            async send() {
              asked += 1;
              return 'no answer';
            },
          },
        ],
      },
    });
    expect(await sendNotices(deps)).toEqual({ told: 0, failed: 3 });
    expect(asked).toBe(1);
    await isTimeAgain();
    expect(await sendNotices(telling({ webhook: true }))).toEqual({ told: 3, failed: 0 });
  });

  it('that refuses one notice is told the others all the same', async () => {
    for (const hash of ['one', 'two']) await queueNotice(store, { ...waiting, hash });
    hooks.answerWith(400);
    expect(await sendNotices(telling({ webhook: true }))).toEqual({ told: 0, failed: 2 });
    expect(hooks.hooks).toHaveLength(2);
  });

  it('with a key that is none is told when the worker starts', () => {
    const wrong = { 'notify.webhook.secret': new Secret('not base64 !') };
    const notify = () => createNotify({ webhook: { url: hooks.url, secret: env } }, wrong, 'http://127.0.0.1:9');
    expect(notify).toThrow(ConfigError);
    expect(notify).toThrow(/notify\.webhook\.secret/);
  });
});

describe('a mail', () => {
  it('says in words what happened and what to do, to everybody who is to be told', async () => {
    await queueNotice(store, waiting);
    expect(await sendNotices(telling({ mail: true }))).toEqual({ told: 1, failed: 0 });
    const [mail] = smtp.mails;
    expect(mail).toMatchObject({ from: 'lockstep@example.com', to: ['ops@example.com', 'identity@example.com'] });
    const text = mail?.data.replaceAll('=\r\n', '') ?? '';
    expect(text).toMatch(/^Subject: \[Lockstep\] cloud: 12 changes wait for approval$/m);
    expect(text).toMatch(/^Message-ID: <lockstep-notice-\d+@example\.com>$/m);
    expect(text).toContain('12 changes of cloud wait, until');
    expect(text).toContain('lockstep approve plan-1 --hash');
    expect(text).toContain('--key with your SSH key');
    expect(text).toContain('https://lockstep.example.com/plans/plan-1');
  });

  it('that was sent is not sent again because the webhook is down', async () => {
    await queueNotice(store, waiting);
    const deps = telling({ mail: true, webhook: true });
    hooks.answerWith(500);
    for (let tries = 0; tries < 3; tries += 1) {
      expect(await sendNotices(deps)).toEqual({ told: 0, failed: 1 });
      await isTimeAgain();
    }
    hooks.answerWith(200);
    expect(await sendNotices(deps)).toEqual({ told: 1, failed: 0 });
    expect([smtp.mails.length, hooks.hooks.length]).toEqual([1, 4]);
  });

  it('that a server refuses is tried again, and what the server said stays out of the record', async () => {
    await queueNotice(store, waiting);
    smtp.answerRecipientsWith('550 no such user ops@example.com');
    expect(await sendNotices(telling({ mail: true }))).toEqual({ told: 0, failed: 1 });
    expect(await notices()).toMatchObject([{ problem: 'mail: EENVELOPE' }]);
  });
});

describe('without a way to tell anybody', () => {
  it('notices stand in the log, and are not kept for whoever is named later', async () => {
    await queueNotice(store, waiting);
    const logged: string[] = [];
    const log = { info() {}, error() {}, warn: (_: object, message: string) => logged.push(message) };
    await sendNotices({ ...telling({}), log });
    await isTimeAgain();
    await sendNotices({ ...telling({ mail: true }), log });
    expect(logged).toEqual(['[Lockstep] cloud: 12 changes wait for approval']);
    expect(smtp.mails).toEqual([]);
  });
});

describe('a key that ends', () => {
  const targets = new Map([
    ['cloud', bareTarget({ apiKeyExpires: '2027-03-31' })],
    ['jira', bareTarget()],
  ]);
  const told = async (days: readonly string[]) => {
    await sql`truncate notice`.execute(store);
    for (const at of days) await queueExpiringKeys(bareDependencies(store, { targets }), new Date(at));
    return (await notices()).map(({ target, details }) => [target, details['days']]);
  };

  it('is told 30, 7 and 1 days before, and once it has ended', async () => {
    const everyDay = Array.from({ length: 60 }, (_, index) => new Date(Date.UTC(2027, 1, 10 + index, 9)).toISOString());
    expect(await told(everyDay)).toEqual([
      ['cloud', 30],
      ['cloud', 7],
      ['cloud', 1],
      ['cloud', 0],
    ]);
  });

  it('is told once to whoever begins late', async () => {
    expect(await told(['2027-03-28T09:00:00Z', '2027-03-28T09:01:00Z'])).toEqual([['cloud', 7]]);
    expect(await told(['2027-01-28T09:00:00Z'])).toEqual([]);
  });

  it('is told in words', async () => {
    await queueNotice(store, { kind: 'key-expires', target: 'cloud', on: '2027-03-31', days: 7 });
    await queueNotice(store, { kind: 'removals-failed', target: 'cloud', planId: 'p', count: 1 });
    await queueNotice(store, {
      kind: 'target-paused',
      target: 'cloud',
      by: 'credentials',
      reason: 'credentials',
      since: '2026-11-06T09:00:00.000Z',
    });
    await sendNotices(telling({ mail: true }));
    const subjects = smtp.mails.map(({ data }) =>
      /^Subject: (.*(?:\r\n .*)*)$/m.exec(data)?.[1]?.replaceAll('\r\n ', ' '),
    );
    expect(subjects).toEqual([
      '[Lockstep] cloud: the API key ends 2027-03-31, within 7 days',
      '[Lockstep] cloud: 1 removal failed',
      '[Lockstep] cloud is paused (credentials)',
    ]);
  });
});
