/** Why a reading is not complete, in words for administrators: ids only, unless the caller knows names. */
import type { ReadList, Shortfall, ShortfallCode } from './completeness.ts';

export interface ShortfallText {
  /** A sentence or two: what came, and what is left alone because of it. */
  readonly text: string;
  /** What to do about it. */
  readonly advice: string;
}

/** The name of a group, app or person; the id where there is none. */
type NameOf = (id: string) => string;

const idsShown = 5;

/** One text for all that fell short in the same way, however many groups it was. */
export function shortfallTexts(shortfalls: readonly Shortfall[], nameOf: NameOf = (id) => id): ShortfallText[] {
  const alike = Map.groupBy(shortfalls, ({ code, list }) => `${code} ${list}`);
  return [...alike.values()].flatMap((those) => {
    const [first] = those;
    if (!first) return [];
    const subjects = those.flatMap(({ subject }) => subject ?? []);
    const text = subjects.length > 0 ? textOfSome(first, subjects, nameOf) : textOfList(first, nameOf);
    return [{ text, advice: advice[first.code] }];
  });
}

/** The same as lines, for results and details that workflows show. */
export const shortfallLines = (shortfalls: readonly Shortfall[]): string[] =>
  shortfallTexts(shortfalls).map(({ text, advice: todo }) => `${text} ${todo}`);

interface ListWords {
  /** After "Okta's" or "the target's". */
  readonly list: string;
  readonly many: string;
  readonly kept: string;
}

const fromOkta = 'Nothing is removed because of who is not in it; what Okta says of each person by id still counts.';
const fromTarget = 'What was known before still counts, so nothing is made a second time.';

const lists: Readonly<Record<ReadList, ListWords>> = {
  people: { list: "Okta's list of people", many: 'people', kept: fromOkta },
  groups: { list: "Okta's list of groups", many: 'groups', kept: fromOkta },
  members: { list: "Okta's list of members", many: 'groups', kept: 'Nobody is removed for not being in it.' },
  assignments: {
    list: "Okta's list of app assignments",
    many: 'apps',
    kept: 'Nobody is deactivated for not being assigned.',
  },
  accounts: { list: "The target's list of accounts", many: 'accounts', kept: fromTarget },
  'target-groups': { list: "The target's list of groups", many: 'groups', kept: fromTarget },
};

function textOfList({ code, list, expected = 0, found = 0, missing = [] }: Shortfall, nameOf: NameOf): string {
  const { list: words, many, kept } = lists[list];
  switch (code) {
    case 'empty':
      return `${words} came back empty${expected > 0 ? `; ${expected} were known before` : ''}. ${kept}`;
    case 'halved':
      return `${words} had ${found} entries, less than half of the ${expected} known before. ${kept}`;
    case 'broken-chain':
      return `${words} broke off or did not add up, also when it was read again from the start. ${kept}`;
    case 'count-mismatch':
      return `${words} had ${found} entries instead of the ${expected} that are counted there. ${kept}`;
    case 'canary-missing':
      return `${words} left out ${some(expected, many)} of whom nothing says that they are gone (${listed(missing, nameOf)}). ${kept}`;
    case 'sees-less':
      return `${words} no longer shows ${expected - found} of the ${expected} groups that matter (${listed(missing, nameOf)}), and nothing says that they were deleted. ${kept}`;
    default:
      return code satisfies never;
  }
}

function textOfSome(first: Shortfall, subjects: readonly string[], nameOf: NameOf): string {
  const { list: words, many, kept } = lists[first.list];
  const which = `${some(subjects.length, many)} (${listed(subjects, nameOf)})`;
  const numbers =
    subjects.length === 1 && first.expected !== undefined ? `: ${first.found ?? 0} instead of ${first.expected}` : '';
  return `${words} ${happened[first.code]} for ${which}${numbers}. ${kept}`;
}

const happened: Readonly<Record<ShortfallCode, string>> = {
  empty: 'came back empty',
  halved: 'had less than half of those known before',
  'broken-chain': 'broke off or did not add up twice',
  'count-mismatch': "did not agree with Okta's own count, also when both were read again,",
  'canary-missing': 'left out somebody who is there',
  'sees-less': 'was refused although the group is listed',
};

const readAgain = 'The next sync reads it again; if it stays so, see whether the vendor has an incident.';
const whenSmaller =
  'See whether the credential still has its rights (`lockstep check`); the next sync reads it again. If so many have really gone: `lockstep accept-reading --found NUMBER`.';
const advice: Readonly<Record<ShortfallCode, string>> = {
  empty: whenSmaller,
  halved: whenSmaller,
  'broken-chain': readAgain,
  'count-mismatch': readAgain,
  'canary-missing':
    'See whether the credential may still see them. Of somebody who is really gone, take the link away (`lockstep unlink`) or the entry in `canaries`.',
  'sees-less':
    'See whether the credential may still see them. If they were deleted, take them out of the scope or exclude them.',
};

const some = (count: number, many: string): string => `${count} ${count === 1 ? one[many] : many}`;
const one: Readonly<Record<string, string>> = {
  people: 'person',
  groups: 'group',
  apps: 'app',
  accounts: 'account',
};

const listed = (ids: readonly string[], nameOf: NameOf): string => {
  const names = ids.slice(0, idsShown).map(nameOf).join(', ');
  return ids.length > idsShown ? `${names}, …` : names;
};
