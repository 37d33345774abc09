/** What was changed outside, in a line. */
import { type DriftItem, visibleText } from '../../reader/client.ts';
import { groupName, personName, quoted } from './words.ts';

/** `ada@example.com  title: "Engineer" → "Boss"` */
export const driftLine = (item: DriftItem): string => visibleText(`${subjectOf(item)}  ${whatOf(item)}`);

function subjectOf({ kind, person, account, group }: DriftItem): string {
  if (kind === 'group-renamed' || kind === 'group-gone') return group ? groupName(group) : '?';
  const who = person ? personName(person) : account ? (account.userName ?? account.id) : '?';
  const where = group ? groupName(group) : '?';
  if (kind === 'member-added') return `${who} → ${where}`;
  return kind === 'member-removed' ? `${who} ✕ ${where}` : who;
}

function whatOf({ kind, person, before = {}, after = {} }: DriftItem): string {
  switch (kind) {
    case 'account-changed':
      return Object.entries(after)
        .map(([name, value]) => attributeWords(name, before[name] ?? '', value))
        .join(', ');
    case 'account-gone':
      return 'the account is gone';
    case 'member-added':
      return person ? 'was put into the group' : 'was put into the group; nobody is linked to the account';
    case 'member-removed':
      return 'was taken out of the group';
    case 'group-renamed':
      return `was renamed: ${quoted(before['name'] ?? '')} → ${quoted(after['name'] ?? '')}`;
    case 'group-gone':
      return `the group is gone: ${quoted(before['name'] ?? '')}`;
    default:
      return kind satisfies never;
  }
}

function attributeWords(name: string, before: string, after: string): string {
  if (name === 'isActive') return after === 'true' ? 'was reactivated' : 'was deactivated';
  return `${name}: ${quoted(before)} → ${quoted(after)}`;
}
