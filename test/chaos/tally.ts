/** What happened while a script ran, as far as nobody but the harness knows it. */
import type { Approval } from './evidence.ts';
import { type Strike, strikeName } from './script.ts';
import type { Stage } from './stage.ts';
import type { Struck } from './strikes.ts';

export class Tally {
  readonly approvals: Approval[] = [];
  /** What should not have been possible. */
  readonly problems: string[] = [];
  /** Faults and strikes that were ordered and did not happen. */
  readonly unfired: string[] = [];
  readonly fired: Record<string, number> = {};
  readonly strikes: Record<string, number> = {};
  syncs = 0;

  /** Ends all faults. */
  endFaults({ lab }: Stage): void {
    const { okta, cloud } = lab.system.sandbox;
    for (const { id, fired } of [...okta.faults.list(), ...cloud.faults.list()])
      if (fired > 0) this.fired[id] = (this.fired[id] ?? 0) + fired;
    this.unfired.push(...lab.endFaults());
  }

  /** Waits until whatever was away is back. */
  async endStrike({ journal }: Stage, strike: Strike | undefined, struck: Struck | undefined): Promise<void> {
    struck?.runEnded();
    await struck?.over;
    journal.whenCalled = undefined;
    if (!strike || !struck) return;
    const name = strikeName(strike);
    if (struck.hasStruck()) this.strikes[name] = (this.strikes[name] ?? 0) + 1;
    else this.unfired.push(name);
  }
}
