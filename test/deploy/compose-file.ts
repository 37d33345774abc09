/** docker-compose.yml as Compose takes it: variables filled in, anchors merged. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const root = join(import.meta.dirname, '../..');

export interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly args: Readonly<Record<string, string>> };
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly stop_grace_period?: string;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly configs: Readonly<Record<string, { readonly file: string }>>;
  readonly networks: Readonly<Record<string, unknown>>;
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const variable = /\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g;

/** Names of the variables that it takes from whoever runs Compose. */
export const composeVariables = [
  ...new Set([...read('docker-compose.yml').matchAll(variable)].map(([, name = '']) => name)),
];

/** @throws Error for a variable that must be given and is not */
export function readComposeFile(given: Readonly<Record<string, string>>, path = 'docker-compose.yml'): ComposeFile {
  const filled = read(path).replaceAll(variable, (_, name: string, kind?: string, rest = '') => {
    const value = given[name];
    if (value) return value;
    if (kind === '?') throw new Error(`${name}: ${rest}`);
    return kind === '-' ? rest : '';
  });
  if (/\$/.test(filled)) throw new Error('there is a $ that Compose would take for a variable');
  return parse(filled, { merge: true });
}

/** The services that run the image of the Dockerfile. */
export const ofOurImage = ({ services }: ComposeFile): [string, Service][] =>
  Object.entries(services).filter(([, { image }]) => image.startsWith('lockstep:'));
