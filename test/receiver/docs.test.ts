/** What docs/offboarding.md tells the authors of HR's side to write works as it stands there. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventTypes } from '../../domain/okta-event.ts';
import { hrOrder } from '../../receiver/hr-order.ts';
import { newKey, type ReceiverUnderTest, receiverUnderTest } from './receiver-under-test.ts';

const root = new URL('../../', import.meta.url).pathname;
const page = (name: string): string => readFileSync(`${root}docs/${name}.md`, 'utf8');
const [, fromHr = ''] = page('offboarding').split('## From HR');
const block = (language: string, text = fromHr): string =>
  new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, 's').exec(text)?.[1] ?? '';

const nobody = { people: [], source: 'okta' as const };
let receiver: ReceiverUnderTest;
let dir: string;
beforeAll(async () => {
  receiver = await receiverUnderTest({ reader: { findPeople: async () => nobody } });
  dir = mkdtempSync(join(tmpdir(), 'lockstep-docs-'));
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
});
afterAll(async () => {
  await receiver?.close();
  rmSync(dir, { recursive: true });
});

/** A signature that fits gets as far as that nobody has the address. */
it.each([
  ['js', process.execPath, 'sign.mjs'],
  ['sh', 'sh', 'sign.sh'],
])('signs in %s as the receiver checks it', async (language, command, name) => {
  const [, signing = ''] = fromHr.split('### Sign it');
  const file = join(dir, name);
  writeFileSync(file, block(language, signing));
  const env = { PATH: process.env.PATH, RECEIVER: receiver.url, HR_SECRET: newKey };
  const { stdout } = await promisify(execFile)(command, [file], { env });
  expect(stdout).toContain('person.email: nobody has it');
});

it('shows an order that is one', () => {
  expect(hrOrder.safeParse(JSON.parse(block('json'))).error).toBeUndefined();
});

it('subscribes the event hook to types that are listened to', () => {
  const [, items = ''] = /"items": \[(.*?)\]/s.exec(page('events')) ?? [];
  const subscribed = [...items.matchAll(/"([^"]+)"/g)].map(([, type = '']) => type);
  expect(subscribed).toHaveLength(12);
  expect(subscribed.filter((type) => !Object.hasOwn(eventTypes, type))).toEqual([]);
});
