/** What each finding means and what to do about it, in words. */
import type { FindingCode } from '../domain/change.ts';

interface FindingText {
  /** A sentence about the person or group, which is named beside it. */
  readonly text: string;
  /** What to do; empty when all is as configured. */
  readonly advice: string;
}

export const findingTexts: Readonly<Record<FindingCode, FindingText>> = {
  'status-unclear': {
    text: 'Okta gives a status that says nothing certain, so everything stays as it is.',
    advice: 'Nothing to do: the next sync reads it again.',
  },
  'missing-at-okta': {
    text: 'Okta no longer shows this linked person, and nothing proves that the user was deleted.',
    advice:
      'See whether the credential can still see the user. If the user is really gone, deactivate the account by hand.',
  },
  'scope-unclear': {
    text: 'This linked person is in no group of the scope, but Okta no longer shows a group that the scope matched before.',
    advice:
      'See whether the credential still sees that group. If it was deleted, name the groups of the scope without it.',
  },
  'removal-unproven': {
    text: 'Okta was not read whole, so nothing is removed here for not being seen: it may be there all the same.',
    advice: 'See why the reading was not complete, as told with the plan; the next complete one decides.',
  },
  'account-missing': {
    text: 'The linked account is no longer at the target.',
    advice: 'Find out who removed it there. Lockstep makes no second account for somebody who had one.',
  },
  'two-people-one-name': {
    text: 'Several people in scope would have the same user name or e-mail at this target.',
    advice: 'Give each of them a name of their own in Okta, or take all but one out of scope.',
  },
  'several-candidates': {
    text: 'Several existing accounts could belong to this person.',
    advice: 'Leave one account with this user name and e-mail address; Lockstep does not guess.',
  },
  'candidate-inactive': {
    text: 'The account that could belong to this person is deactivated.',
    advice:
      'See why it was deactivated. Activate it at the target, and the next sync adopts it; or link it, and the next sync activates it: `lockstep link <person> <account> --target <name> --reason CODE`.',
  },
  'candidate-carries-other-id': {
    text: 'The account that could belong to this person carries the id of another Okta user.',
    advice:
      'If it is the same human under a new Okta user: `lockstep link <person> <account> --target <name> --reason CODE --force`.',
  },
  'kept-apart': {
    text: 'An operator unlinked this person from the account that bears their Okta id, user name or e-mail.',
    advice: 'Say whose account it is with `lockstep link`, or change the name of one of the two.',
  },
  'name-taken': {
    text: 'The wanted user name or e-mail belongs to an account that is linked to somebody else, or is to be ignored.',
    advice: 'Change the name of one of the two, or take the account off the ignore list.',
  },
  'user-name-empty': {
    text: 'The mapping yields no user name.',
    advice: 'Fill the attribute in Okta, or give the mapping of userName a further source; `lockstep eval` shows it.',
  },
  'expression-failed': {
    text: 'An expression of the configuration failed for this person, so everything stays as it is.',
    advice: 'Try it with `lockstep eval <person>`; guard attributes that may be missing with has(...).',
  },
  'rename-impossible': {
    text: 'The user name should change, but the target cannot rename accounts.',
    advice: 'Rename it by hand, or map userName from something that does not change.',
  },
  'leaver-not-linked': {
    text: 'Somebody who left may still get in: an active account bears their name, but is not linked.',
    advice: 'Look at the account; deactivate it by hand if it is theirs.',
  },
  'deactivate-impossible': {
    text: 'The account should be deactivated, but the target cannot do that.',
    advice: 'Take the access away by hand.',
  },
  'last-administrator': {
    text: 'This would take away the last active member of a privileged group, so it is not done.',
    advice: 'Give somebody else the power first, or take it away by hand; the next sync goes on.',
  },
  protected: { text: 'Protected by the configuration, so nothing is changed.', advice: '' },
  'switched-off': {
    text: 'Something should change, but this operation is switched off or impossible here.',
    advice: '`lockstep check` names the operations that are switched off under `operations` of the target.',
  },
  'leaver-kept': { text: 'Left, but the configuration says to keep the account.', advice: '' },
  'group-name-kept': {
    text: 'The group is called otherwise in Okta by now; the old name stays at the target.',
    advice: '',
  },
  'group-name-shared': {
    text: 'Several groups share the name that this one should have at the target.',
    advice: 'Rename one of them, or tell them apart with `groups.rename`.',
  },
  'group-missing-at-target': {
    text: 'The linked group is no longer at the target.',
    advice: 'Find out who removed it there. Its members are left alone meanwhile.',
  },
  'group-gone-at-okta': {
    text: 'Okta no longer shows the group, or a part of the merge; at the target nobody is taken out of it.',
    advice:
      'See whether it was deleted at Okta or is hidden from this credential. Remove the target group by hand, or take the group out of the configuration.',
  },
  'group-deleted-at-okta': {
    text: 'The group was deleted at Okta; at the target linked people are taken out of it.',
    advice: 'Remove it at the target if it is not needed any more, or set `groups.deletedAtOkta: delete`.',
  },
  'group-protected': {
    text: 'The group is protected or ignored by the configuration, so nothing is changed.',
    advice: '',
  },
  'unlinked-members': {
    text: 'The group has members at the target to whom no person is linked; they stay.',
    advice: 'Set `membershipAuthority: exact` to have such members removed.',
  },
};
