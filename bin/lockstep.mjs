#!/usr/bin/env node
/**
 * The command. Runs on any Node from 20 on and needs nothing installed: installs what the lock file names, then goes on
 * under the Node that is pinned there, which runs the TypeScript files as they are.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

// Node resolves links to the main module, so this is right through node_modules/.bin/lockstep too.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const pinnedNode = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const stampFile = join(modules, '.lockstep-stamp');
const stateDir = process.env.LOCKSTEP_STATE_DIR || join(root, '.lockstep');
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const say = (line) => process.stderr.write(`${line}\n`);

async function main([verb, ...rest]) {
  await ensureInstalled();
  if (verb === 'up' && !rest.some((arg) => arg === '--help' || arg === '-h')) {
    // In a session of its own: a Ctrl-C reaches only us, and we pass it on once. It ends by itself when we are gone.
    const env = { LOCKSTEP_LAUNCHER_PID: String(process.pid) };
    return run(['local/main.ts', ...rest], { env, hasOwnSession: true });
  }
  if (verb === 'test') return run(['node_modules/vitest/vitest.mjs', 'run', ...rest], { cwd: root });
  if (verb === 'bench') return run(['bench/main.ts', ...rest], { cwd: root });
  return run(['client/cli/main.ts', ...(verb === undefined ? [] : [verb]), ...rest], {
    env: addressesOfRunningSystem(),
  });
}

/** Runs a file of the checkout under the pinned Node to its end; the answer is the exit code. */
function run([file, ...args], { env = {}, cwd = process.cwd(), hasOwnSession = false }) {
  let child;
  // Before the start: a signal that came between would end us and leave the child behind.
  for (const signal of signals) {
    process.on(signal, () => {
      // The terminal has already sent its Ctrl-C to every process of our session.
      const isFromTerminal = signal === 'SIGINT' && process.stdin.isTTY;
      if (hasOwnSession || !isFromTerminal) child?.kill(signal);
    });
  }
  child = spawn(pinnedNode, [join(root, file), ...args], {
    cwd,
    stdio: 'inherit',
    detached: hasOwnSession,
    env: { ...process.env, ...env, PATH: `${dirname(pinnedNode)}${delimiter}${process.env.PATH ?? ''}` },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

/** What `lockstep up` wrote down about the system that runs now; what the user has set goes first. */
function addressesOfRunningSystem() {
  try {
    const { pid, env } = JSON.parse(readFileSync(join(stateDir, 'run.json'), 'utf8'));
    process.kill(pid, 0);
    return Object.fromEntries(Object.entries(env).filter(([name]) => !process.env[name]));
  } catch {
    return {};
  }
}

async function ensureInstalled() {
  if (isInstalled()) return;
  const release = await lockInstallation();
  try {
    // Somebody else may have installed while we waited.
    if (!isInstalled()) await install();
  } finally {
    release();
  }
}

function isInstalled() {
  if (!existsSync(pinnedNode)) return false;
  const lockFile = readFileSync(join(root, 'package-lock.json'));
  const stamp = createHash('sha256').update(lockFile).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return true;
  if (!isInstalledByHand(JSON.parse(lockFile))) return false;
  writeFileSync(stampFile, stamp);
  return true;
}

/** True when npm's own record of what it installed agrees with the lock file. */
function isInstalledByHand(wanted) {
  const record = join(modules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted.packages).every(([path, { version, optional }]) => {
    if (path === '') return true;
    return installed[path] === undefined ? optional === true : installed[path].version === version;
  });
}

async function install() {
  const title = 'Installing packages (npm ci)';
  const startedAt = Date.now();
  say(title);
  const progress = setInterval(() => say(`${title} … ${Math.round((Date.now() - startedAt) / 1000)} s`), 5_000);
  try {
    await npm(['ci', '--include=dev', '--no-audit', '--no-fund']);
  } finally {
    clearInterval(progress);
  }
  if (!existsSync(pinnedNode)) {
    throw new Error(
      `npm installed the packages but not the Node runtime (${pinnedNode} is missing), because it did not run the ` +
        'install script of the package `node`.\nCheck that `npm config get ignore-scripts` says false, then run: npm ci',
    );
  }
  if (!isInstalled())
    throw new Error('npm ci ended well, but node_modules does not hold what package-lock.json names.');
}

function npm(args) {
  // Within `npm start`, the npm that runs us; a shell must not be needed to find it.
  const own = process.env.npm_execpath;
  const isOwn = own !== undefined && basename(own) === 'npm-cli.js';
  const [command, first] = isOwn ? [process.execPath, [own]] : ['npm', []];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    const passOn = (signal) => child.kill(signal);
    for (const signal of signals) process.on(signal, passOn);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const each of signals) process.off(each, passOn);
      if (code === 0) resolve();
      else reject(new Error(`npm ${args[0]} failed (${signal ?? `exit code ${code}`}):\n${output.trim()}`));
    });
  });
}

/** Two installations at once would tear out each other's files. A folder is the lock; its time shows that its owner lives. */
async function lockInstallation() {
  const lock = join(root, '.lockstep', 'install.lock');
  mkdirSync(dirname(lock), { recursive: true });
  for (let isTold = false; ; ) {
    try {
      mkdirSync(lock);
      const alive = setInterval(() => utimesSync(lock, new Date(), new Date()), 2_000);
      return () => {
        clearInterval(alive);
        rmSync(lock, { recursive: true, force: true });
      };
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 15_000) rmSync(lock, { recursive: true, force: true });
    else if (!isTold) say('Waiting for another lockstep command that installs packages');
    isTold = true;
    await delay(500);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(`lockstep: ${error.message}`);
  process.exitCode = 1;
}
