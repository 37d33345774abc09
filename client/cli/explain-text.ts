/** An explanation as text: who, then target by target what should be, what is and what comes next, then the past. */
import {
  type AttributeComparison,
  type AuditView,
  type ExplainView,
  type GroupComparison,
  type OffboardingSummary,
  outcomeWords,
  type PersonView,
  type TargetExplanation,
} from '../../reader/client.ts';
import { effectiveText } from './offboarding-text.ts';
import type { Output } from './output.ts';
import {
  changeLine,
  columns,
  findingLines,
  groupName,
  moment,
  ownChangeLine,
  personName,
  standingOf,
  whenAgo,
} from './words.ts';

type Paint = Output['paint'];

const timelineShown = 15;

export function* explainLines(view: ExplainView, paint: Paint): Generator<string> {
  yield* personLines(view, paint);
  for (const target of view.targets) {
    yield '';
    yield* targetLines(target, view.hasChangedSince, paint);
  }
  yield '';
  yield* timelineLines(view.timeline, paint);
}

function* personLines(
  { person, mirrored, live, liveProblem, oktaReadAt, hasChangedSince, held, offboarding }: ExplainView,
  paint: Paint,
): Generator<string> {
  const { displayName, login, email, id } = person;
  yield paint('bold', displayName === undefined ? personName(person) : `${displayName} <${personName(person)}>`);
  yield `  Okta id    ${id}`;
  if (login !== undefined && login !== email) yield `  login      ${login}`;
  if (live) yield `  Okta now   ${statusText(live)}`;
  else yield `  Okta now   ${liveProblem ?? 'has no such user'}`;
  const read = oktaReadAt === undefined ? 'never read yet' : `read ${whenAgo(oktaReadAt)}`;
  if (!mirrored) yield `  mirror     not there (${read})`;
  else if (live && !hasChangedSince) yield `  mirror     the same (${read})`;
  else {
    const name = mirrored.email === email ? '' : `${mirrored.email}, `;
    yield `  mirror     ${name}${statusText(mirrored)} (${read}); what follows is from there`;
  }
  if (held) {
    const what = offboarding ? `${held.by} ${offboarding.id} (${whyOf(offboarding)})` : held.by;
    yield `  held       ${paint('yellow', `since ${moment(held.since)} by ${what}: nothing gives them access until \`lockstep release ${id} --reason CODE\``)}`;
  } else if (offboarding?.standing === 'unconfirmed') {
    yield `  offboarded ${paint('yellow', `not before somebody confirms it: \`lockstep offboarding show ${id}\` (${whyOf(offboarding)})`)}`;
  } else if (offboarding) {
    yield `  offboarded ${paint('yellow', `at ${effectiveText(offboarding)} (${whyOf(offboarding)}), until which it can be withdrawn: \`lockstep cancel-offboard ${id} --reason CODE\``)}`;
  }
}

const whyOf = ({ reason, ticket }: OffboardingSummary): string =>
  ticket === undefined ? reason : `${reason}, ${ticket}`;

const entitlementTexts: Readonly<Record<PersonView['entitlement'], string>> = {
  entitled: 'may have accounts',
  pending: 'has no access yet',
  suspended: 'has no access for now',
  left: 'has left',
  unclear: 'unclear, nothing is decided',
};

const statusText = ({ status, isTransitioning, entitlement }: PersonView): string =>
  `${status}${isTransitioning ? ' (changing)' : ''}: ${entitlementTexts[entitlement]}`;

function* targetLines(view: TargetExplanation, hasChangedSince: boolean, paint: Paint): Generator<string> {
  const { target, problem, readAt, scope, desired, link, account } = view;
  yield `${paint('bold', target)}${readAt === undefined ? '' : paint('dim', `  read ${whenAgo(readAt)}`)}`;
  if (problem !== undefined) yield `  ${paint('yellow', problem)}`;
  if (scope) yield `  scope      ${scope.isIn === undefined ? 'unclear' : scope.isIn ? 'in' : 'out'}: ${scope.why}`;
  if (desired) yield `  desired    ${desiredTexts[desired.state]}: ${desired.why}`;
  if (desired) yield `  actual     ${accountText(view)}`;
  if (link) yield `  link       account ${link.account}, ${link.origin} ${whenAgo(link.since)}`;
  else if (desired) yield '  link       none';
  if (account?.externalId !== undefined && !link) yield `  carries    ${account.externalId}`;
  yield* attributeLines(view.attributes, paint);
  yield* groupLines(view.groups, paint);
  if (desired && hasChangedSince) yield `  next sync  ${paint('yellow', changedSince)}`;
  else if (desired) yield* nextLines(view, paint);
  yield* lastLines(view);
}

const desiredTexts = { active: 'active account', inactive: 'no access', keep: 'left as it is' } as const;

function accountText({ account, link }: TargetExplanation): string {
  if (account) return account.isActive ? 'active account' : 'deactivated account';
  return link ? 'the linked account is no longer there' : 'no account that is known to be theirs';
}

function* attributeLines(attributes: readonly AttributeComparison[], paint: Paint): Generator<string> {
  if (attributes.length === 0) return;
  yield '  attributes';
  const rows = attributes.map(({ attribute, actual, desired }) => [
    attribute,
    actual || '-',
    desired === undefined ? 'left as it is' : desired || '(cleared)',
  ]);
  const [head = '', ...lines] = columns([['', 'ACTUAL', 'DESIRED'], ...rows]);
  yield `    ${paint('dim', head)}`;
  for (const [index, line] of lines.entries())
    yield attributes[index]?.isSame ? `    ${line}` : `    ${paint('yellow', `${line}  ← differs`)}`;
}

function* groupLines(groups: readonly GroupComparison[], paint: Paint): Generator<string> {
  if (groups.length === 0) return;
  yield '  groups';
  for (const { group, isDesired, isMember } of groups) {
    const name = groupName(group);
    if (isDesired && isMember) yield `    ${name}`;
    else yield `    ${paint('yellow', isDesired ? `${name}  ← to be added` : `${name}  ← member, though not at Okta`)}`;
  }
}

const changedSince = 'not known: Okta has changed since the last reading; `lockstep plan` reads it afresh';

function* nextLines({ target, changes = [], findings = [] }: TargetExplanation, paint: Paint): Generator<string> {
  if (changes.length === 0 && findings.length === 0) {
    yield `  next sync  ${paint('green', 'changes nothing')}, by the last reading`;
    return;
  }
  yield `  next sync  ${changes.length === 0 ? 'changes nothing' : 'would'}`;
  yield* changes.map((change) => `    ${changeLine(change)}`);
  yield* findings.flatMap((finding) => findingLines(finding, target).map((line) => `    ${line}`));
}

/** What was applied stands in the timeline; here is what was not. */
function* lastLines({ lastChanges }: TargetExplanation): Generator<string> {
  const open = lastChanges.filter(({ outcome }) => outcome === 'parked' || outcome === 'waiting');
  if (open.length === 0) return;
  yield '  not settled';
  for (const change of open) yield `    ${ownChangeLine(change)}  [${standingOf(change)}]`;
}

function* timelineLines(timeline: readonly AuditView[], paint: Paint): Generator<string> {
  yield paint('bold', 'what happened');
  if (timeline.length === 0) yield '  nothing yet';
  for (const { at, target, change, outcome, detail } of timeline.slice(0, timelineShown)) {
    const more = detail === undefined ? '' : `: ${detail}`;
    yield `  ${whenAgo(at)}  ${target}  ${ownChangeLine(change)}  [${outcomeWords[outcome]}${more}]`;
  }
  if (timeline.length > timelineShown) yield `  … and ${timeline.length - timelineShown} before (--output json)`;
}
