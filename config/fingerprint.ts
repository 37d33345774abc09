/** Binds a plan to the configuration that it was made with. */
import { createHash } from 'node:crypto';
import type { TargetName } from '../domain/ids.ts';
import type { Config } from './config.ts';

/**
 * Canonical text of all that decides what a plan for this target says: two configurations with the same text plan the
 * same. Pacing, schedules, credentials and other targets are left out, so that changing them makes no plan stale.
 * @throws Error when the configuration has no such target
 */
export function policyText(config: Config, name: TargetName): string {
  const target = config.targets.find(({ settings }) => settings.name === name);
  if (target === undefined) throw new Error(`there is no target ${name} in the configuration`);
  const { kind, baseUrl, settings } = target;
  return JSON.stringify(sortKeys({ isSandbox: config.isSandbox, orgUrl: config.okta.orgUrl, kind, baseUrl, settings }));
}

/** SHA-256 of `policyText`, in hexadecimal. */
export const policyFingerprint = (config: Config, name: TargetName): string =>
  createHash('sha256').update(policyText(config, name)).digest('hex');

/** Lists keep their order: it has a meaning in fall-backs and renamings. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}
