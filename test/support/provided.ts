/** What `test/global-setup.ts` starts once per run and hands to the test files. */
export interface Servers {
  /** The maintenance database of a PostgreSQL server that is thrown away after the run. */
  readonly postgresUrl: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  /** A folder for what test files of this run share; removed after the run. */
  readonly runDir: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    servers: Servers;
  }
}
