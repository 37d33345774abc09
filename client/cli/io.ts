/** What the command line touches of its process; tests give their own. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly env: NodeJS.ProcessEnv;
  /** Whether stdout is a terminal: then lines may be coloured. */
  readonly isStdoutTty: boolean;
  /** Whether stderr is a terminal: then progress is drawn and redrawn. */
  readonly isStderrTty: boolean;
  /** Aborted by Ctrl-C. */
  readonly interrupt: AbortSignal;
}

export const exitCodes = { done: 0, failed: 1, usage: 2, attention: 3, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
