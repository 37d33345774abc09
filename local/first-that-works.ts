/** One way to get a program. */
export interface Source {
  /** Completes "tried: ...". */
  readonly name: string;
  /** @throws Error with the reason why this way does not work here. */
  get(): Promise<string>;
}

/**
 * The answer of the first source that has one.
 *
 * @throws one Error that names each source with its reason, and says what to do.
 */
export async function firstThatWorks(wanted: string, sources: readonly Source[], advice: string): Promise<string> {
  const reasons: string[] = [];
  for (const source of sources) {
    try {
      return await source.get();
    } catch (error) {
      reasons.push(`  - ${source.name}: ${(error as Error).message.replaceAll('\n', '\n      ')}`);
    }
  }
  throw new Error(`There is no way to get ${wanted} on this machine. Tried:\n${reasons.join('\n')}\n${advice}`);
}
