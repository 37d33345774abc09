/** What `main.ts` asks of one process of the suite; handed on by `vitest.config.ts`. */
export interface Assignment {
  readonly seeds: readonly number[];
  /** How many sequences in any order. */
  readonly sequences: number;
  /** A line of JSON per seed is added to this file; empty: to none. */
  readonly reportFile: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    chaos: Assignment;
  }
}
