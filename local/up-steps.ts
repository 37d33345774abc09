import { join } from 'node:path';
import type { Report } from './progress.ts';
import { runTool } from './run-tool.ts';
import type { UpSettings } from './settings.ts';

interface UpStep {
  readonly title: string;
  /** Arguments of the `lockstep` command. */
  readonly args: readonly string[];
}

/** What `lockstep up` does with the command line once everything runs. Its first plan needs no approval. */
const upSteps = (isSandbox: boolean): readonly UpStep[] => [
  { title: 'Creating the schedule of full syncs', args: ['schedule', 'apply'] },
  isSandbox ? { title: 'First full sync', args: ['sync'] } : { title: 'First plan', args: ['plan'] },
];

/** Exit code 3: finished, but something needs attention. */
const FINISHED = [0, 3];

/** Runs the steps and shows what they print. One that fails is told; the system stays up to look into it. */
export async function runUpSteps(
  settings: UpSettings,
  options: {
    isSandbox: boolean;
    env: NodeJS.ProcessEnv;
    report: Report;
    print: (text: string) => void;
    signal: AbortSignal;
  },
): Promise<void> {
  const { isSandbox, env, report, print, signal } = options;
  for (const { title, args } of upSteps(isSandbox)) {
    report(title);
    try {
      const cli = join(settings.root, 'client', 'cli', 'main.ts');
      const run = { command: process.execPath, args: [cli, ...args], cwd: settings.root, env, okCodes: FINISHED };
      const output = await runTool({ ...run, report, title, signal });
      if (output.trim() !== '') print(output.trimEnd());
    } catch (error) {
      if (signal.aborted) return;
      report(`${title}: failed. ${(error as Error).message}`);
    }
  }
}
