// The event types that Okta documents, in the families that Lockstep looks at.
import { readFileSync } from 'node:fs';

const lines = readFileSync(new URL('../vendor-specs/okta-event-types.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(' '));

export const documentedTypes: ReadonlySet<string> = new Set(lines.map(([type = '']) => type));

/** Those that event hooks may be told of; the others stand in the log only. */
export const hookTypes: ReadonlySet<string> = new Set(
  lines.filter(([, hook]) => hook === 'hook').map(([type = '']) => type),
);
