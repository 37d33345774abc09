/** Dependencies of activities that work on the store alone: whatever reaches further fails the test. */
import type { ConnectedTarget, Dependencies } from '../../activities/dependencies.ts';
import type { CheckResult, SourceDirectory, TargetDirectory } from '../../domain/directory.ts';
import type { Store } from '../../store/connect.ts';
import { aPolicy, everyCapability } from './domain-builders.ts';

const unreached = <T extends object>(what: string, known: Partial<T>): T =>
  new Proxy(known, {
    get(target, name) {
      if (Object.hasOwn(target, name)) return Reflect.get(target, name);
      throw new Error(`the test does not expect ${what}.${String(name)} to be used`);
    },
  }) as T;

export const bareTarget = (
  changes: Partial<ConnectedTarget> & { readonly checks?: readonly CheckResult[] } = {},
): ConnectedTarget => ({
  settings: aPolicy().settings,
  configuration: 'c',
  directory: unreached<TargetDirectory>('the target', {
    capabilities: everyCapability,
    check: async () => changes.checks ?? [],
  }),
  concurrency: 1,
  ...changes,
});

export const bareDependencies = (store: Store, changes: Partial<Dependencies> = {}): Dependencies => ({
  store,
  source: unreached<SourceDirectory>('Okta', {}),
  sourceConcurrency: 1,
  targets: new Map([
    ['cloud', bareTarget()],
    ['jira', bareTarget()],
  ]),
  isSandbox: true,
  approvals: { expireAfterMs: 86_400_000, approvers: [], signatures: 1 },
  offboarding: { limit: { percent: 100, atLeast: 1_000_000, atMost: 1_000_000 } },
  assertMayApply: async () => {},
  stopping: new AbortController().signal,
  log: { info() {}, warn() {}, error() {} },
  notify: { channels: [], readerUrl: 'http://127.0.0.1:9' },
  countOutcomes() {},
  ...changes,
});
