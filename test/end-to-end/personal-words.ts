/** What tells a person from others, of which nothing may be kept outside the database. */
export type Profile = Readonly<Record<string, string | null | undefined>>;

/** A name as short as "Li" is part of other words; whoever bears it is found by the other marks. */
export const personalWords = (profiles: readonly Profile[]): string[] => [
  ...new Set(
    profiles
      .flatMap((profile) => ['email', 'login', 'displayName', 'firstName', 'lastName'].map((name) => profile[name]))
      .filter((word): word is string => typeof word === 'string' && word.length >= 4),
  ),
];
