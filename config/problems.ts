/** What can be wrong with a configuration, told in words that an administrator can act on. */

export interface ConfigProblem {
  /** Where in the document, as in `targets.cloud.scope.groups[0]`; a variable's name; or empty for the whole file. */
  readonly path: string;
  /** What is wrong. It never repeats a value that could be a secret. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
  /** Counted from 1, where the problem can be pointed at. */
  readonly line?: number;
  readonly column?: number;
}

/** Holds every problem at once. Mains print its message and end with exit code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  /** @param subject what was read: a file's path, or `environment` */
  constructor(subject: string, problems: readonly ConfigProblem[]) {
    super(printProblems(subject, problems));
    this.problems = problems;
  }
}

/** Message and hint travel through zod as one text, parted by a line break. */
export const advice = (message: string, hint: string): string => `${message}\n${hint}`;

export type PathSegment = string | number;

export function printPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else text += text === '' ? String(segment) : `.${String(segment)}`;
  }
  return text;
}

/** `file:line:column` first, since terminals and editors open it by a click. */
function printProblems(subject: string, problems: readonly ConfigProblem[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.map(({ path, message, hint, line, column }) => {
    const place = line === undefined ? '' : `${subject}:${line}:${column}  `;
    const what = path === '' ? message : `${path}: ${message}`;
    return `  ${place}${what}\n      ${hint}`;
  });
  return `${subject}: ${count}\n\n${lines.join('\n\n')}`;
}
