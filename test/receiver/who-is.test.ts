/** People who are not named by their Okta id: asked of a real reader, with Okta there, silent or away. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ReaderClient } from '../../reader/client.ts';
import { readerTimeoutMs } from '../../receiver/dependencies.ts';
import { savePeople } from '../../store/okta-mirror.ts';
import { beginSnapshot, oktaSide } from '../../store/snapshots.ts';
import { workflowIds } from '../../workflows/contract.ts';
import { alice, people, type ReaderUnderTest, readerUnderTest } from '../reader/reader-under-test.ts';
import { aPerson, userId } from '../support/domain-builders.ts';
import { relayTo, type TcpRelay } from '../support/tcp-relay.ts';
import { answerWithin, type ReceiverUnderTest, receiverUnderTest, refusalOf, somebody } from './receiver-under-test.ts';

const twin = aPerson({ id: userId(somebody()), login: 'twin', email: 'twins@example.com' });
const otherTwin = aPerson({ id: userId(somebody()), login: 'other-twin', email: 'Twins@example.com' });
/** Has somebody else's e-mail address for a login. */
const odd = aPerson({ id: userId(somebody()), login: 'carol@example.com', email: 'odd@example.com' });
const gone = aPerson({ id: userId(somebody()), login: 'gone', email: 'gone@example.com' });
const deleted = aPerson({ id: userId(somebody()), login: 'deleted', email: 'deleted@example.com' });
const everybody = [...people, twin, otherTwin, odd, gone, deleted];

let reader: ReaderUnderTest;
let line: TcpRelay;
let receiver: ReceiverUnderTest;
beforeAll(async () => {
  reader = await readerUnderTest();
  const address = new URL(await reader.app.listen({ port: 0, host: '127.0.0.1' }));
  line = await relayTo('127.0.0.1', Number(address.port));
  await savePeople(reader.store, await beginSnapshot(reader.store, oktaSide), everybody);
  await reader.store.updateTable('okta_user').set({ is_deleted: true }).where('id', '=', deleted.id).execute();
  const url = `http://127.0.0.1:${line.port}`;
  receiver = await receiverUnderTest({ reader: new ReaderClient({ url, token: 'right', timeoutMs: readerTimeoutMs }) });
});
beforeEach(() => {
  reader.okta.people = everybody;
});
afterEach(() => {
  reader.okta.isSilent = false;
});
afterAll(async () => {
  await receiver?.close();
  await line?.cut().catch(() => undefined);
  await reader?.close();
});

const offboard = (person: object) => receiver.hr({ kind: 'offboard', person, reason: 'last-day' });
const lastToldAbout = async (person: string) => (await receiver.signalsOf(workflowIds.offboarding(person))).at(-1);

describe('somebody named by address or login', () => {
  it.each([{ email: 'Alice@Example.com' }, { login: 'alice@example.com' }])('is found at Okta: %j', async (person) => {
    const answer = await offboard(person);
    expect([answer.status, await answer.json()]).toMatchObject([202, { person: alice, foundBy: 'okta' }]);
    expect(await lastToldAbout(alice)).toMatchObject({ args: [{ foundBy: 'okta' }] });
  });

  it('is who has the address, not who has it for a login', async () => {
    const answer = await offboard({ email: 'carol@example.com' });
    expect(await answer.json()).toMatchObject({ person: people[2]?.id });
  });

  it('that nobody has is 404, and nothing of it is repeated', async () => {
    const answer = await offboard({ email: 'nobody@example.com' });
    expect(answer.status).toBe(404);
    expect(JSON.stringify(await refusalOf(answer))).not.toContain('nobody@');
  });

  it('that Okta shows nobody to have is 404, although its last reading had somebody', async () => {
    reader.okta.people = everybody.filter(({ id }) => id !== gone.id);
    expect((await offboard({ email: gone.email })).status).toBe(404);
    expect((await receiver.login({ person: { email: gone.email } })).status).toBe(404);
    expect(await receiver.signalsOf(workflowIds.offboarding(gone.id))).toEqual([]);
    expect((await offboard({ oktaId: gone.id })).status).toBe(202);
  });

  it('that several have is 409', async () => {
    const answer = await offboard({ email: 'twins@example.com' });
    expect(answer.status).toBe(409);
    expect(await receiver.signalsOf(workflowIds.offboarding(twin.id))).toEqual([]);
  });
});

describe('while Okta is away', () => {
  it.each(['away', 'silent'])('(%s) the one of its last reading is taken, and the evidence says so', async (how) => {
    if (how === 'away') reader.okta.people = undefined;
    else reader.okta.isSilent = true;
    const answer = await answerWithin(2_000, () => offboard({ login: 'alice@example.com' }));
    expect([answer.status, await answer.json()]).toMatchObject([202, { person: alice, foundBy: 'mirror' }]);
    expect(await lastToldAbout(alice)).toMatchObject({ args: [{ foundBy: 'mirror' }] });
  });

  it('several are 409 all the same', async () => {
    reader.okta.people = undefined;
    expect((await offboard({ email: 'twins@example.com' })).status).toBe(409);
  });

  it.each(['nobody@example.com', deleted.email])('nobody is 503, %s: somebody new may be there', async (email) => {
    reader.okta.people = undefined;
    const answer = await offboard({ email });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  });
});

describe('while the reader is away', () => {
  it('a name is 503, and an Okta id goes through', async () => {
    await line.cut();
    const answer = await offboard({ email: 'alice@example.com' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await refusalOf(answer)).message).toContain('the reader');
    expect((await offboard({ oktaId: somebody() })).status).toBe(202);
    await line.mend();
    expect((await offboard({ email: 'alice@example.com' })).status).toBe(202);
  });
});
