import { type Config, toConfig } from './config.ts';
import { crossCheck } from './cross-checks.ts';
import { explainIssues } from './explain-issues.ts';
import { ConfigError, type ConfigProblem, printPath } from './problems.ts';
import { jsonSchema, lockstepFile } from './schema.ts';
import type { SchemaNode } from './schema-lookup.ts';
import { readYamlFile, type YamlFile } from './yaml-file.ts';

/**
 * Reads and checks lockstep.yaml. The result is frozen and holds references to secrets only.
 * @throws ConfigError with every problem at once, each with its path, its place in the file and a hint
 */
export function loadConfig(path: string): Config {
  const file = readYamlFile(path);
  const result = lockstepFile.safeParse(file.data);
  const problems = [
    ...(result.success ? [] : explainIssues(result.error.issues, file, jsonSchema() as SchemaNode)),
    ...crossProblems(file),
  ].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  if (!result.success || problems.length > 0) throw new ConfigError(path, problems);
  return toConfig(result.data);
}

const crossProblems = (file: YamlFile): ConfigProblem[] =>
  [...crossCheck(file.data)].map(({ path, message }) => {
    const [what = '', hint = ''] = message.split('\n');
    return { path: printPath(path), message: what, hint, ...file.placeOf(path) };
  });
