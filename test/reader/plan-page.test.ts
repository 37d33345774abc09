/** The page of a plan in a real browser, opened from a file as somebody would who was sent one. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PlannedChange } from '../../reader/api.ts';
import { stopTexts, verdictText } from '../../reader/plan-guard-texts.ts';
import { launchBrowser, type Watched, watchedPage } from '../support/browser.ts';
import { aChange, pageOf, planOf } from './a-plan.ts';

let browser: Browser;
let dir: string;
const open: Watched[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  dir = mkdtempSync(join(tmpdir(), 'lockstep-page-'));
});
afterAll(async () => {
  await browser.close();
  rmSync(dir, { recursive: true });
});
afterEach(async () => {
  for (const { page } of open.splice(0)) await page.close();
});

async function shown(html: string): Promise<Watched & { readonly url: string }> {
  const file = join(dir, 'plan.html');
  writeFileSync(file, html);
  const url = pathToFileURL(file).href;
  const watched = await watchedPage(browser);
  open.push(watched);
  await watched.page.goto(url);
  return { ...watched, url };
}

const textOf = async (where: Locator): Promise<string> => (await where.allInnerTexts()).join('\n');
const rowTexts = (page: Page): Promise<string[]> => page.locator('#rows tbody tr').allInnerTexts();
const rowCount = (page: Page): Promise<number> => page.locator('#rows tbody tr').count();

const stopped: Partial<PlannedChange> = {
  kind: 'deactivate-account',
  reason: 'out-of-scope',
  why: "outside this target's scope",
  stoppedBy: 'deactivations',
  stoppedWhy: stopTexts.deactivations.why,
};
const few: readonly PlannedChange[] = [
  aChange(0, stopped),
  aChange(1, { after: { userName: 'zoë@example.com', displayName: 'Zoë Ångström' } }),
  aChange(2, {
    kind: 'update-account',
    why: 'Okta has other values',
    before: { title: 'Engineer', department: 'Platform' },
    after: { title: 'Senior Engineer', department: '' },
    outcome: 'parked',
    detail: 'Rejected:invalidValue',
  }),
  aChange(3, { kind: 'add-member', group: { id: '00g1', name: 'engineers' }, why: 'member of the group at Okta' }),
];

describe('the table of changes', () => {
  test('shows before and after, why, and what became of each', async () => {
    const { page } = await shown(await pageOf(few));
    const update = page.locator('#rows tbody tr').nth(2);
    expect(await update.locator('del').allInnerTexts()).toEqual(['Engineer', 'Platform']);
    expect(await update.locator('ins').allInnerTexts()).toEqual(['Senior Engineer', 'nothing']);
    expect(await textOf(update)).toContain('Okta has other values');
    expect(await textOf(update)).toMatch(/needs attention\s+Rejected:invalidValue/);
    expect((await rowTexts(page))[0]).toMatch(/account active → deactivated/);
    expect((await rowTexts(page))[3]).toMatch(/→ engineers/);
  });

  test('is filtered by words, whatever their case and accents, by kind and by standing', async () => {
    const { page } = await shown(await pageOf(few));
    expect(await rowCount(page)).toBe(4);
    await page.fill('#filter-text', 'angstrom ZOE');
    expect(await rowTexts(page)).toEqual([expect.stringContaining('Zoë Ångström')]);
    expect(await textOf(page.locator('#shown'))).toBe('1 of 4 changes match the filter');
    await page.fill('#filter-text', '');
    await page.selectOption('#filter-kind', 'add-member');
    expect(await rowTexts(page)).toEqual([expect.stringContaining('engineers')]);
    await page.selectOption('#filter-kind', '');
    await page.selectOption('#filter-standing', 'stopped');
    expect(await rowTexts(page)).toEqual([expect.stringContaining(stopTexts.deactivations.why)]);
    await page.selectOption('#filter-standing', 'free');
    expect(await rowCount(page)).toBe(2);
    await page.fill('#filter-text', 'nobody of this name');
    expect(await rowTexts(page)).toEqual(['No change matches the filter.']);
    await page.click('button[type=reset]');
    await expect.poll(() => rowCount(page)).toBe(4);
  });

  test('is filtered by a click on a bar, and by keyboard alone', async () => {
    const { page } = await shown(await pageOf(few));
    await page.locator('button[data-kind=update-account]').focus();
    await page.keyboard.press('Enter');
    expect(await rowTexts(page)).toEqual([expect.stringContaining('Senior Engineer')]);
    expect(await page.locator('#filter-kind').inputValue()).toBe('update-account');
  });

  test('of twenty thousand changes is turned over, searched and printed whole', async () => {
    const many = Array.from({ length: 20_000 }, (_, seq) => aChange(seq));
    const { page } = await shown(await pageOf(many));
    expect(await rowCount(page)).toBe(100);
    await page.click('[data-go=last]');
    expect(await textOf(page.locator('#position'))).toBe('19,901 to 20,000 of 20,000');
    await page.fill('#filter-text', 'p19999@');
    expect(await rowTexts(page)).toEqual([expect.stringContaining('Person 19999')]);
    await page.fill('#filter-text', 'p1999');
    await page.emulateMedia({ media: 'print' });
    await expect.poll(() => rowCount(page)).toBe(11);
  });

  test('says what it leaves out when there is more than a browser shows at ease', async () => {
    const plan = planOf([aChange(0)], { changes: 60_000 });
    const { page } = await shown(await pageOf([aChange(0)], { plan }));
    const note = await textOf(page.locator('.changes .note'));
    expect(note).toContain('10,000 more are in lockstep plan show');
    expect(note).toContain('--output csv');
  });
});

describe('what the page says beside the table', () => {
  const verdict = {
    guard: 'deactivations',
    count: 50,
    base: 200,
    usedToday: 3,
    allowedPerRun: 10,
    allowedPerDay: 20,
    trippedBy: 'run',
  } as const;
  const approve = 'lockstep approve p --hash 3f2a9c1b7e04 --reason CODE';
  const plan = planOf(few, {
    state: 'waiting',
    stateText: 'waits for approval',
    verdict: [{ ...verdict, ...stopTexts.deactivations, text: verdictText(verdict) }],
    stoppedBy: [{ rule: 'adoptedGroup', count: 7, ...stopTexts.adoptedGroup }],
    nextStep: { text: '1 of 4 changes waits for approval.', commands: [approve] },
  });

  test('is where the plan stands, by what hash, and the command to go on with', async () => {
    const { page } = await shown(await pageOf(few, { plan }));
    expect(await textOf(page.locator('h1'))).toBe('cloud: 4 changes');
    expect(await textOf(page.locator('.next'))).toMatch(/Waits for approval[\s\S]*1 of 4 changes waits/i);
    expect(await textOf(page.locator('.command code'))).toBe(approve);
    expect(await textOf(page.locator('.hash strong'))).toBe('3f2a9c1b7e04');
    expect(await page.locator('[data-expired]').isHidden()).toBe(true);
  });

  test('is what each guard counted against its limit, and what to look at where it tripped', async () => {
    const { page } = await shown(await pageOf(few, { plan }));
    const guards = await textOf(page.locator('.guards'));
    expect(guards).toMatch(/deactivations\s+50 of at most 10 in one run\s+waits/);
    expect(guards).toContain('25 % of 200; 3 more in the last 24 h');
    expect(guards).toContain(stopTexts.deactivations.advice);
    expect(guards).toMatch(/first removals from an adopted group\s+7\s+held back/);
    const bar = page.locator('.guards svg').first();
    const width = async (part: string) => (await bar.locator(part).boundingBox())?.x ?? Number.NaN;
    const count = await bar.locator('rect.stopped').boundingBox();
    expect(await width('.limit')).toBeLessThan((count?.x ?? 0) + (count?.width ?? 0));
  });

  test('tells when the time for approving has passed since it was made', async () => {
    const { page } = await shown(await pageOf(few, { plan: { ...plan, expiresAt: '2026-11-05T09:41:00.000Z' } }));
    expect(await textOf(page.locator('[data-expired]'))).toContain('has passed');
  });
});

describe('hostile values', () => {
  const strike = '</script><script>window.struck = 1</script><img src=x onerror="window.struck = 2">';
  const long = 'x'.repeat(20_000);
  const hostile = [
    aChange(0, { person: { id: '00u1', login: strike, email: strike }, after: { displayName: `"'&<!--${strike}` } }),
    aChange(1, { after: { displayName: 'alice\u202Emoc.live@\u0007\u200B' } }),
    aChange(2, { after: { displayName: long, title: 'שלום עולם' } }),
    aChange(3, { kind: 'add-member', group: { id: '00g1', name: `<b>${strike}</b>` } }),
  ];
  const finding = {
    code: 'unlinked-members',
    attention: true,
    text: 'Look.',
    advice: '',
    group: { id: '00g1', name: strike },
    subjects: [{ id: strike, isPerson: false }],
  } as const;
  const approval = {
    planId: 'p',
    hash: 'h',
    state: 'approved',
    openedAt: '2026-11-05T09:31:07.000Z',
    decidedAt: '2026-11-05T09:31:07.000Z',
    reason: strike,
    signers: [strike],
  } as const;

  test('are text and nothing else', async () => {
    const plan = planOf(hostile, { target: 'cloud', findingsByCode: { 'unlinked-members': 1 }, approval });
    const { page, complaints } = await shown(await pageOf(hostile, { plan, findings: [finding] }));
    expect(await page.evaluate('window.struck')).toBeUndefined();
    expect(await page.locator('img, b').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(3);
    expect(await textOf(page.locator('#rows .name').first())).toBe(strike);
    expect(await textOf(page.locator('#rows ins').first())).toBe(`"'&<!--${strike}`);
    expect(await textOf(page.locator('.finding'))).toContain(strike);
    expect(await textOf(page.locator('.decided'))).toContain(strike);
    expect(complaints).toEqual([]);
  });

  test('that would reverse or hide text are told by number', async () => {
    const { page } = await shown(await pageOf(hostile));
    const cell = await textOf(page.locator('#rows tbody tr').nth(1).locator('.values'));
    expect(cell).toContain('alice⟨U+202E⟩moc.live@⟨U+0007⟩⟨U+200B⟩');
  });

  test('however long leave the page as wide as the window, and are there in full', async () => {
    const { page } = await shown(await pageOf(hostile));
    const isTooWide = () =>
      page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
    expect(await isTooWide()).toBe(false);
    const row = page.locator('#rows tbody tr').nth(2);
    expect((await row.boundingBox())?.height).toBeLessThan(300);
    expect(await textOf(row)).toContain(long);
  });
});

test('what an approval listed and no run did while it was valid is told as not carried out', async () => {
  const { page } = await shown(await pageOf([aChange(0, { outcome: 'stale', detail: 'approval-over' })]));
  expect(await textOf(page.locator('#rows tbody .standing').first())).toMatch(/^not carried out\s*approval-over/);
});

test('the page asks nobody for anything, and its own policy forbids that it could', async () => {
  const { page, requested, complaints, url } = await shown(await pageOf(few));
  expect(requested.filter((one) => !one.startsWith('data:'))).toEqual([url]);
  expect(complaints).toEqual([]);
  const outcome = await page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'answered', (error) => String(error))");
  expect(outcome).toContain('Failed to fetch');
  expect(complaints.join()).toContain('Content Security Policy');
});

test('on paper there are all rows of the filter with all their values, and no controls', async () => {
  const values = {
    userName: 'a',
    email: 'b',
    displayName: 'c',
    givenName: 'd',
    familyName: 'e',
    title: 'the last one',
  };
  const many = Array.from({ length: 250 }, (_, seq) => aChange(seq, { after: values }));
  const { page } = await shown(await pageOf(many));
  const lastValue = page.locator('#rows tbody tr').first().getByText('the last one');
  expect(await rowCount(page)).toBe(100);
  expect(await lastValue.isVisible()).toBe(false);
  await page.emulateMedia({ media: 'print' });
  await expect.poll(() => rowCount(page)).toBe(250);
  expect(await lastValue.isVisible()).toBe(true);
  for (const control of ['#filters', '#pager', '[data-copy]', '.top nav'])
    expect(await page.locator(control).locator('visible=true').count(), control).toBe(0);
  await page.emulateMedia({ media: 'screen' });
  await expect.poll(() => rowCount(page)).toBe(100);
  const pdf = await page.pdf({ preferCSSPageSize: true });
  // So many rows do not fit on a few sheets.
  expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(8);
});

test('every control has a name for those who do not see it', async () => {
  const { page } = await shown(await pageOf(few));
  const tree = await page.locator('body').ariaSnapshot();
  const controls = tree.match(/^ *- (searchbox|combobox|button)\b.*$/gm) ?? [];
  expect(controls.length).toBeGreaterThan(6);
  expect(controls.filter((line) => !/^ *- \w+ ".+"/.test(line))).toEqual([]);
});

/** Ratios as WCAG 2.2 reckons them, of each ink on each ground that it is used on. */
test('text stands out from its ground, in the light, in the dark and on paper', () => {
  const css = readFileSync(new URL('../../reader/pages/page.css', import.meta.url), 'utf8');
  const [usual = [], ...others] = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, block = '']) =>
    [...block.matchAll(/--([\w-]+): (#\w{6})/g)].map(([, name = '', hex = '']) => [name, hex] as const),
  );
  expect(others).toHaveLength(2);
  for (const scheme of [usual, ...others].map((own) => new Map([...usual, ...own])))
    for (const [ink, ground] of used) {
      const [light = 0, dark = 0] = [ink, ground]
        .map((name) => luminance(scheme.get(name) ?? ''))
        .sort((a, b) => b - a);
      expect((light + 0.05) / (dark + 0.05), `${ink} on ${ground}`).toBeGreaterThan(4.5);
    }
});

const used: readonly (readonly [ink: string, ground: string])[] = [
  ...['ink', 'soft', 'link', 'del', 'ins'].flatMap((ink) => [[ink, 'card'] as const, [ink, 'paper'] as const]),
  ...['look', 'good', 'bad', 'calm'].map((tone) => [`${tone}-ink`, `${tone}-paper`] as const),
  ['soft', 'calm-paper'],
  ['ink', 'calm-paper'],
];

function luminance(hex: string): number {
  const [r = Number.NaN, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
