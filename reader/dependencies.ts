import type { Config } from '../config/config.ts';
import type { Secret } from '../config/secret.ts';
import type { SourceDirectory } from '../domain/directory.ts';
import type { Store } from '../store/connect.ts';

/** All that the reader works with; its main composes it. */
export interface ReaderDependencies {
  readonly store: Store;
  /** The configuration that it was started with. */
  readonly config: Config;
  /** Reads lockstep.yaml again. Raises `ConfigError`. */
  readonly readConfig: () => Config;
  /** Okta, with these profile attributes kept of people. */
  readonly connectOkta: (profileAttributes: readonly string[]) => SourceDirectory;
  readonly token: Secret | undefined;
}
