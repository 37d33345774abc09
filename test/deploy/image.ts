/** What the Dockerfile puts into the image, put into a folder. */
import { cpSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './compose-file.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
export const dockerfile = read('Dockerfile')
  .replaceAll(/^\s*#.*$/gm, '')
  .replaceAll(/\\\n/g, ' ');

export const instructions = (name: string): string[] =>
  [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, rest = '']) => rest.trim());

/** Files and folders of the checkout that are copied; where to is the same path. */
export const copied: readonly string[] = instructions('COPY')
  .filter((rest) => !rest.startsWith('--from='))
  .flatMap((rest) => rest.split(/\s+/).slice(0, -1));

/** Variables of the image, such as `{ NODE_ENV: 'production' }`. */
export const imageEnvironment = (buildId: string): Record<string, string> =>
  Object.fromEntries(
    [...(instructions('ENV')[0] ?? '').matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll(/\$\{BUILD_ID\}/g, () => buildId),
    ]),
  );

export const isCopied = (path: string): boolean => copied.some((each) => path === each || path.startsWith(`${each}/`));

const ignoreLines = read('.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** What .dockerignore makes an exception of. */
export const letThrough: readonly string[] = ignoreLines.flatMap((line) => /^!(.+)$/.exec(line)?.[1] ?? []);

/** Whether the builder gets to see it: the last line of .dockerignore that fits decides. None needs more than a `*`. */
export function isInContext(path: string): boolean {
  const fits = (pattern: string): boolean => pattern === '*' || path === pattern || path.startsWith(`${pattern}/`);
  return ignoreLines.findLast((line) => fits(line.replace(/^!/, '')))?.startsWith('!') ?? true;
}

/** Packages that `npm ci --omit=dev` installs at the top of node_modules, without those that the Dockerfile removes. */
function productionPackages(): string[] {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { dev?: boolean }> };
  const removed = [...dockerfile.matchAll(/node_modules\/(\S+)/g)].map(([, name = '']) => name);
  return Object.entries(packages).flatMap(([path, { dev }]) => {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    if (name === undefined || dev === true) return [];
    return removed.some((each) => name === each || name.startsWith(`${each}/`)) ? [] : [name];
  });
}

/** Links packages, so that one that is missing here is missing for what is copied only; their own are found as ever. */
export function assembleImage(folder: string): void {
  for (const path of copied) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  for (const name of productionPackages()) {
    const source = join(root, 'node_modules', name);
    // Optional ones for other kinds of machine are not there.
    if (statSync(source, { throwIfNoEntry: false }) === undefined) continue;
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(source, join(folder, 'node_modules', name));
  }
}
