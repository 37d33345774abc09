/** Branded ids say whose they are. Links pair them; e-mail, login and names are attributes and never keys. */
export type OktaUserId = string & { readonly brand: 'OktaUserId' };
/** Okta ids have 20 characters and begin with their kind; logins and e-mail addresses never look like that. */
export const isOktaUserId = (text: string): text is OktaUserId => /^00u[0-9A-Za-z]{17}$/.test(text);
export type OktaGroupId = string & { readonly brand: 'OktaGroupId' };
export const isOktaGroupId = (text: string): text is OktaGroupId => /^00g[0-9A-Za-z]{17}$/.test(text);
export type OktaAppId = string & { readonly brand: 'OktaAppId' };
/** A target's immutable id of an account (SCIM user id, Jira user key, ...). */
export type AccountId = string & { readonly brand: 'AccountId' };
/** A target's immutable id of a group; where a product has none, its name stands in. */
export type TargetGroupId = string & { readonly brand: 'TargetGroupId' };
/** The name of a target in the configuration: `cloud`, `jira-eu`. */
export type TargetName = string & { readonly brand: 'TargetName' };
