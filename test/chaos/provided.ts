/** What `main.ts` asks of one process of the suite; handed on by `vitest.config.ts`. */
export interface Assignment {
  readonly seeds: readonly number[];
  /** Of several processes one also runs the oracles' own tests and sequences in any order. */
  readonly isFirst: boolean;
  /** How many of these. */
  readonly sequences: number;
  /** A line of JSON per seed is added to this file; empty: to none. */
  readonly reportFile: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    chaos: Assignment;
  }
}
