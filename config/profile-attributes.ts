import { compileExpression } from '../domain/expression.ts';
import { attributesOfMapping } from '../domain/mapping.ts';
import type { Config } from './config.ts';

/** Facts about a person that stand beside the profile, whatever the configuration says. */
const outsideTheProfile = ['id', 'status'];

/**
 * The Okta profile attributes that any target's mapping or scope reads, sorted, with `login` and `email`. Nothing else
 * of a profile is to be stored.
 */
export function profileAttributesOf(config: Config): readonly string[] {
  const used = new Set(['login', 'email']);
  for (const { settings } of config.targets) {
    for (const name of attributesOfMapping(settings.mapping).user) used.add(name);
    if (settings.scope.by === 'expression')
      for (const name of compileExpression(settings.scope.expression).attributes) used.add(name);
  }
  for (const name of outsideTheProfile) used.delete(name);
  return [...used].sort();
}

/** The attributes of app assignments that any target's mapping reads, sorted; nothing else of them is to be stored. */
export const assignmentAttributesOf = (config: Config): readonly string[] =>
  [...new Set(config.targets.flatMap(({ settings }) => [...attributesOfMapping(settings.mapping).app]))].sort();
