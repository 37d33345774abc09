/** Connects Okta and the targets of the configuration for one lane, every request paced by the shared budgets. */

import type { ConnectedTarget, Dependencies } from '../activities/dependencies.ts';
import type { TargetConfig } from '../config/config.ts';
import { policyFingerprint } from '../config/fingerprint.ts';
import { assignmentAttributesOf, profileAttributesOf } from '../config/profile-attributes.ts';
import { createAtlassianCloud } from '../connectors/atlassian-cloud/directory.ts';
import { createOktaSource } from '../connectors/okta/directory.ts';
import type { Pacer } from '../domain/directory.ts';
import type { Lane } from '../domain/request-window.ts';
import type { Store } from '../store/connect.ts';
import { createPacer } from '../store/pacing/pacer.ts';
import type { Settings } from './settings.ts';

/**
 * How long a request waits for its turn. A bulk read that gave up in mid-chain would begin again and never end, so it waits
 * out a whole window of Okta's; what is urgent, and news of one person, is rather tried again when Temporal is told to.
 */
const patienceMs: Readonly<Record<Lane, number>> = { bulk: 90_000, event: 5_000, urgent: 10_000 };

/** @throws Failure `Misconfigured` when a credential cannot be used; nothing is asked of anybody yet */
export function connectDirectories(
  { config, credentials }: Pick<Settings, 'config' | 'credentials'>,
  store: Store,
  counted: (pacer: Pacer) => Pacer,
  lane: Lane,
): Pick<Dependencies, 'source' | 'sourceConcurrency' | 'canaries' | 'targets'> {
  const pacingOf = new Map(config.targets.map(({ settings, pacing }) => [settings.name as string, pacing]));
  const pacer = counted(
    createPacer(store, {
      lane,
      maxWaitMs: patienceMs[lane],
      allowanceOf: (bucket) => pacingOf.get(bucket) ?? config.okta.pacing,
    }),
  );
  const source = createOktaSource({
    orgUrl: config.okta.orgUrl,
    credentials: credentials.okta,
    pacer,
    profileAttributes: profileAttributesOf(config),
    assignmentAttributes: assignmentAttributesOf(config),
  });
  const targets = config.targets.map((target): [string, ConnectedTarget] => {
    const { name } = target.settings;
    return [
      name,
      {
        settings: target.settings,
        directory: connectTarget(target, credentials.apiKeys[name]?.reveal() ?? '', pacer),
        configuration: policyFingerprint(config, name),
        ...(target.apiKeyExpires === undefined ? {} : { apiKeyExpires: target.apiKeyExpires }),
        concurrency: target.pacing.concurrency,
      },
    ];
  });
  return {
    source,
    sourceConcurrency: config.okta.pacing.concurrency,
    canaries: config.okta.canaries,
    targets: new Map(targets),
  };
}

function connectTarget({ kind, baseUrl, memberBatch, settings }: TargetConfig, apiKey: string, pacer: Pacer) {
  switch (kind) {
    case 'atlassian-cloud':
      return createAtlassianCloud({ name: settings.name, baseUrl, apiKey, pacer, memberBatch });
    default:
      return kind satisfies never;
  }
}
