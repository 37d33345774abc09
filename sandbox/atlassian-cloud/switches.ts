/**
 * Every behaviour of the SCIM directory that Atlassian's documents leave open is a switch here, with the documented or likeliest
 * answer as its default. A client that claims to be robust must pass with each of them turned.
 */
export const defaultSwitches = {
  // ── Access ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** The directory's key was regenerated or has run out (keys made since January 2025 live one year): every call answers 401. */
  isApiKeyExpired: false,
  /** Keys that are valid for another directory of the organisation: they answer 403 here. */
  foreignApiKeys: [] as string[],
  /** False: the organisation has lost its Atlassian Guard subscription. */
  hasGuardSubscription: true,
  /** What calls answer without Atlassian Guard; reports name both. */
  withoutGuardStatus: 403 as 403 | 404,

  // ── Throttling: no quota, body or header is published for SCIM ────────────────────────────────────────────────────────────
  /** Requests answered per window; 0 means no limit. */
  rateLimitRequests: 0,
  rateLimitWindowMs: 60_000,
  /** `x-ratelimit`: the sibling organisation API's X-RateLimit-Limit/-Remaining/-Reset (ISO 8601), then on every answer. */
  rateLimitHeaders: 'none' as 'none' | 'retry-after-seconds' | 'retry-after-date' | 'x-ratelimit',
  rateLimitBody: 'failure' as 'failure' | 'scim-error' | 'empty',

  // ── Size limits (newest published maxima); 0 means no limit ───────────────────────────────────────────────────────────────
  maxUsersPerDirectory: 1_000_000,
  maxUsersPerGroup: 290_000,
  maxGroups: 250_000,
  maxMemberships: 8_000_000,
  /** Beyond a maximum: the call succeeds and products never see the surplus, or it fails with 400 `tooMany`. */
  beyondLimit: 'not-synced' as 'not-synced' | 'error',
  /** Members one group request may name; no number is published. */
  maxMembersPerRequest: 0,
  tooManyMembersStatus: 413 as 413 | 400,
  /**
   * Members that any answer shows at most per group; truncation of large groups is not documented. Each PATCH of a group of
   * 100,000 answers 25 MB otherwise, which is what a measurement then measures.
   */
  maxMembersReturned: 0,

  // ── Answers ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Both media types are documented for every operation; which one answers which Accept is not. */
  mediaType: 'negotiated' as 'negotiated' | 'application/json' | 'application/scim+json',
  /** The OpenAPI document leaks a Java `BadRequestException` for some 400 answers. */
  badRequestShape: 'scim-error' as 'scim-error' | 'java-exception',
  /** `vague` proves that a client decides on status and scimType, never on the words. */
  errorDetail: 'documented' as 'documented' | 'vague',
  /** `meta.resourceType` is `User` or `Group` in every captured answer, and `USER` or `GROUP` in the OpenAPI document. */
  resourceType: 'as-captured' as 'as-captured' | 'as-specified',
  /** A group without members answers `members: []`, or leaves the attribute out. */
  emptyMembers: 'empty-list' as 'empty-list' | 'omitted',

  // ── Lists ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
  defaultCount: 100,
  /** A larger `count` is cut to this; raise it to honour larger pages (ServiceProviderConfig names 10,000). */
  maxCount: 100,
  /** Captured lists repeat the requested count although fewer resources were returned. */
  itemsPerPage: 'requested' as 'requested' | 'returned',
  startIndexZero: 'as-one' as 'as-one' | 'bad-request',
  /** `newest-first` makes records move to later pages while others are created: pages then repeat entries. */
  listOrder: 'oldest-first' as 'oldest-first' | 'newest-first',
  /** A new record appears in lists and filters this much later; 0 is read-your-writes. */
  listDelayMs: 0,
  isFilterCaseInsensitive: true,
  acceptsSingleQuotedFilter: true,
  badFilterScimType: 'invalidFilter' as 'invalidFilter' | 'none',
  /** `attributes` and `excludedAttributes` are mutually exclusive; the answer to both at once is not documented. */
  attributesWithExcluded: 'bad-request' as 'bad-request' | 'attributes-win',

  // ── Payload dialect ───────────────────────────────────────────────────────────────────────────────────────────────────────
  /** The OpenAPI schema says `operations`, the official example `Operations`. */
  patchOperationsKey: 'any-case' as 'any-case' | 'Operations' | 'operations',
  /** True: a body without `schemas` is refused. */
  requiresSchemas: false,
  /** Entra sends `Add`, `Replace`, `Remove`. */
  patchOpCase: 'any-case' as 'any-case' | 'lower-case',
  acceptsPathlessPatch: true,
  acceptsValueFilterPaths: true,
  acceptsUrnPaths: true,
  /** Entra sends `"True"` and `"False"`. */
  acceptsStringBooleans: true,

  // ── Users ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
  userNameChange: 'accepted' as 'accepted' | 'refused',
  userNameCase: 'as-sent' as 'as-sent' | 'lower-cased',
  externalIdUniqueness: 'enforced' as 'enforced' | 'not-enforced',
  putWithoutActive: 'reactivates' as 'reactivates' | 'keeps',
  /** The link to the Atlassian account shows this long after the user was created. */
  linkDelayMs: 0,
  /** How `urn:scim:schemas:extension:atlassian-external:1.0` looks until then. */
  externalExtensionBeforeLink: 'absent' as 'absent' | 'empty',
  /** True: `name.*` also reaches the Atlassian profile, not only the display name. */
  nameReachesProfile: false,
  /** A new e-mail changes the linked account, or (an e-mail mapped differently for SSO and SCIM) makes a second account. */
  emailChange: 'updates-account' as 'updates-account' | 'second-account',
  deletedUserInGroups: 'dropped' as 'dropped' | 'kept',
  deleteOfUnmanaged: 'unlinks' as 'unlinks' | 'deactivates',
  deactivationOfUnmanaged: 'keeps-working' as 'keeps-working' | 'blocked',
  /** POST for an e-mail whose account is inactive. */
  createForInactiveAccount: 'reactivates' as 'reactivates' | 'stays-inactive',
  /** POST for an e-mail that has an account links that one, or a new account takes the address over. */
  createForKnownEmail: 'same-account' as 'same-account' | 'new-account',

  // ── Groups ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** displayName is immutable: another one answers 400 `mutability`, or is ignored. */
  groupRename: 'refused' as 'refused' | 'ignored',
  /** In the OpenAPI document, but in no sample. */
  groupExternalId: 'ignored' as 'ignored' | 'stored',
  /** `members[value eq "id"]` (RFC, Okta) and `members` with a value list (Entra); neither is in Atlassian's text. */
  memberRemoval: 'both-forms' as 'both-forms' | 'filter-only' | 'list-only',
  /** PATCH answers 404 for an unknown member; whether that holds for removals too is not said. */
  removalOfUnknownMember: 'not-found' as 'not-found' | 'ignored',
  acceptsMembersReplace: true,
  putWithoutMembers: 'empties' as 'empties' | 'keeps',
  /** Names of Atlassian's built-in groups: accepted by the API, never pushed to a site. Compared without case. */
  builtInGroupNames: ['site-admins', 'system-administrators', 'administrators', 'jira-administrators', 'org-admins'],

  // ── Sites ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** From a change in the directory until products see it; no bound is published. */
  siteDelayMs: 2_000,
};

/** The switches of one simulated directory; a test or the control endpoint may turn them at any time. */
export type Switches = typeof defaultSwitches;
