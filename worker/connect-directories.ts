/** Connects Okta and the targets of the configuration, every request paced by the shared budgets. */

import type { ConnectedTarget, Dependencies } from '../activities/dependencies.ts';
import type { Config, TargetConfig } from '../config/config.ts';
import { oktaCredentials } from '../config/credentials.ts';
import { policyFingerprint } from '../config/fingerprint.ts';
import { profileAttributesOf } from '../config/profile-attributes.ts';
import { resolveSecrets } from '../config/secret.ts';
import { createAtlassianCloud } from '../connectors/atlassian-cloud/directory.ts';
import { createOktaSource } from '../connectors/okta/directory.ts';
import type { Pacer } from '../domain/directory.ts';
import type { Store } from '../store/connect.ts';
import { createPacer } from '../store/pacing/pacer.ts';

/** A bulk read that gave up in mid-chain would begin again and never end, so it waits out a whole window of Okta's. */
const bulkPatienceMs = 90_000;

/** @throws ConfigError when a secret is missing */
export function connectDirectories(
  config: Config,
  store: Store,
  env: NodeJS.ProcessEnv,
  counted: (pacer: Pacer) => Pacer,
): Pick<Dependencies, 'source' | 'targets'> {
  const pacingOf = new Map(config.targets.map(({ settings, pacing }) => [settings.name as string, pacing]));
  const pacer = counted(
    createPacer(store, {
      lane: 'bulk',
      maxWaitMs: bulkPatienceMs,
      allowanceOf: (bucket) => pacingOf.get(bucket) ?? config.okta.pacing,
    }),
  );
  const source = createOktaSource({
    orgUrl: config.okta.orgUrl,
    credentials: oktaCredentials(config.okta, env),
    pacer,
    profileAttributes: profileAttributesOf(config),
  });
  const keys = resolveSecrets(
    Object.fromEntries(config.targets.map(({ settings, credentials }) => [settings.name, credentials.apiKey])),
    env,
  );
  const targets = config.targets.map((target): [string, ConnectedTarget] => {
    const { name } = target.settings;
    return [
      name,
      {
        settings: target.settings,
        directory: connectTarget(target, keys[name]?.reveal() ?? '', pacer),
        configuration: policyFingerprint(config, name),
        concurrency: target.pacing.concurrency,
      },
    ];
  });
  return { source, targets: new Map(targets) };
}

function connectTarget({ kind, baseUrl, memberBatch, settings }: TargetConfig, apiKey: string, pacer: Pacer) {
  switch (kind) {
    case 'atlassian-cloud':
      return createAtlassianCloud({ name: settings.name, baseUrl, apiKey, pacer, memberBatch });
    default:
      return kind satisfies never;
  }
}
