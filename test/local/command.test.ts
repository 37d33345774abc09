import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fakeProgram, scratchFolder } from './scratch.ts';

const command = fileURLToPath(new URL('../../bin/lockstep.mjs', import.meta.url));
const lockFile = JSON.stringify({ packages: { '': {}, 'node_modules/node': { version: '24.0.0' } } });
const stamp = createHash('sha256').update(lockFile).digest('hex');

/** Stands for the pinned Node: says how it was called. */
const saysItsArguments = `printf '%s\\n' "$@"; echo "reader=$LOCKSTEP_READER_URL"; exit 3`;

/** What npm does: counts its calls and, unless told otherwise, brings the Node. */
const npmThatInstalls = (root: string) => `echo "$@" >> ${root}/npm-calls; sleep 0.3
mkdir -p ${root}/node_modules/node/bin; cp ${root}/pinned-node ${root}/node_modules/node/bin/node
echo '{"packages":{"node_modules/node":{"version":"24.0.0"}}}' > ${root}/node_modules/.package-lock.json`;

interface Checkout {
  readonly root: string;
  run(args: readonly string[], env?: NodeJS.ProcessEnv): { process: ChildProcess; ended: Promise<Result> };
  npmCalls(): string[];
}

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function checkout({ npm = npmThatInstalls }: { npm?: (root: string) => string } = {}): Checkout {
  const root = scratchFolder();
  cpSync(command, join(root, 'bin', 'lockstep.mjs'));
  writeFileSync(join(root, 'package-lock.json'), lockFile);
  fakeProgram(join(root, 'pinned-node'), saysItsArguments);
  fakeProgram(join(root, 'path', 'npm'), npm(root));
  const run: Checkout['run'] = (args, env = {}) => {
    const child = spawn(process.execPath, [join(root, 'bin', 'lockstep.mjs'), ...args], {
      cwd: '/',
      env: { PATH: `${join(root, 'path')}:/usr/bin:/bin`, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { process: child, ended: resultOf(child) };
  };
  const calls = join(root, 'npm-calls');
  return { root, run, npmCalls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []) };
}

async function resultOf(child: ChildProcess): Promise<Result> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** As a finished installation leaves it. `node` stands for the pinned Node. */
function installed(root: string, node = saysItsArguments): void {
  fakeProgram(join(root, 'node_modules', 'node', 'bin', 'node'), node);
  writeFileSync(join(root, 'node_modules', '.lockstep-stamp'), stamp);
}

test('what is missing is installed first, and then never again', async () => {
  const { root, run, npmCalls } = checkout();
  const first = await run(['plan', '--output', 'json']).ended;
  expect(first).toMatchObject({ code: 3, stderr: 'Installing packages (npm ci)\n' });
  expect(first.stdout).toBe(`${join(root, 'client/cli/main.ts')}\nplan\n--output\njson\nreader=\n`);
  expect((await run(['plan']).ended).stderr).toBe('');
  expect(npmCalls()).toEqual(['ci --include=dev --no-audit --no-fund']);
});

test('nothing is installed when somebody has run npm already', async () => {
  const { root, run, npmCalls } = checkout();
  fakeProgram(join(root, 'node_modules', 'node', 'bin', 'node'), saysItsArguments);
  const record = { packages: { 'node_modules/node': { version: '24.0.0' } } };
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify(record));
  expect((await run(['plan']).ended).code).toBe(3);
  expect(npmCalls()).toEqual([]);
});

test('a lock file that names other versions is installed anew', async () => {
  const { root, run, npmCalls } = checkout();
  installed(root);
  writeFileSync(join(root, 'package-lock.json'), lockFile.replace('{"":{}', '{"":{"name":"changed"}'));
  writeFileSync(
    join(root, 'node_modules', '.package-lock.json'),
    '{"packages":{"node_modules/node":{"version":"22.0.0"}}}',
  );
  await run(['plan']).ended;
  expect(npmCalls()).toHaveLength(1);
});

test('two at once install once', async () => {
  const { run, npmCalls } = checkout();
  const results = await Promise.all([run(['plan']).ended, run(['runs']).ended]);
  expect(results.map(({ code }) => code)).toEqual([3, 3]);
  expect(npmCalls()).toHaveLength(1);
});

test('a failing npm is shown with its words', async () => {
  const { run } = checkout({ npm: () => 'echo "npm error 403" >&2; exit 1' });
  const { code, stderr } = await run(['plan']).ended;
  expect(code).toBe(1);
  expect(stderr).toContain('npm ci failed (exit code 1):\nnpm error 403');
});

test('an npm that runs no install scripts brings no Node, and the error says so', async () => {
  const { run } = checkout({ npm: (root) => `mkdir -p ${root}/node_modules/node` });
  const { code, stderr } = await run(['plan']).ended;
  expect(code).toBe(1);
  expect(stderr).toContain('not the Node runtime');
  expect(stderr).toContain('ignore-scripts');
});

test('it finds its checkout through a link', async () => {
  const { root } = checkout();
  installed(root);
  const elsewhere = join(scratchFolder(), 'lockstep');
  chmodSync(join(root, 'bin', 'lockstep.mjs'), 0o755);
  symlinkSync(join(root, 'bin', 'lockstep.mjs'), elsewhere);
  const child = spawn(process.execPath, [elsewhere, 'runs'], {
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect((await resultOf(child)).stdout).toContain(join(root, 'client/cli/main.ts'));
});

test('`up` goes to the room that runs this machine, and `test` to vitest with its arguments', async () => {
  const { root, run } = checkout();
  installed(root);
  expect((await run(['up']).ended).stdout).toContain(join(root, 'local/main.ts'));
  expect((await run(['test', 'test/domain']).ended).stdout).toBe(
    `${join(root, 'node_modules/vitest/vitest.mjs')}\nrun\ntest/domain\nreader=\n`,
  );
});

test('the command line is told the addresses of the system that runs, unless the user has set them', async () => {
  const { root, run } = checkout();
  installed(root);
  mkdirSync(join(root, '.lockstep'));
  const running = { pid: process.pid, env: { LOCKSTEP_READER_URL: 'http://127.0.0.1:14010' } };
  writeFileSync(join(root, '.lockstep', 'run.json'), JSON.stringify(running));
  expect((await run(['runs']).ended).stdout).toContain('reader=http://127.0.0.1:14010');
  const own = { LOCKSTEP_READER_URL: 'http://reader.example' };
  expect((await run(['runs'], own).ended).stdout).toContain('reader=http://reader.example');
});

test('a signal reaches the child once, and the child decides on the exit code', async () => {
  const { root, run } = checkout();
  installed(root, `trap 'echo got; sleep 0.3; exit 5' INT; echo ready; while :; do sleep 0.02; done`);
  for (const verb of ['up', 'sync']) {
    const { process: child, ended } = run([verb]);
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 5, stdout: 'ready\ngot\n' });
  }
});

test('a child that a signal ends gives the usual exit code', async () => {
  const { root, run } = checkout();
  installed(root, 'kill -TERM $$');
  expect((await run(['sync']).ended).code).toBe(143);
});
