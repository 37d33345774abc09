import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CliRequest, ensureTemporalCli } from '../../local/temporal-cli.ts';
import { ensureTimeSkippingServer } from '../../local/time-skipping-server.ts';
import { fakeProgram, scratchFolder } from './scratch.ts';

const says = (version: string) => `echo "temporal version ${version} (Server 1.31.2, UI 2.50.1)"`;
/** Writes a `temporal` to the path after -o, as a build does. */
const goThatBuilds = `while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\n%s\\n' '${says('1.8.2')}' > "$2"; chmod +x "$2"; echo built >> "$(dirname "$0")/builds"`;

/** A machine with a PATH and a cache of its own, where downloads are refused. */
function machine(): { bin: string; cached: string; request: CliRequest; words: string[] } {
  const folder = scratchFolder();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const words: string[] = [];
  const env = { PATH: `${bin}:/usr/bin:/bin`, LOCKSTEP_CACHE_DIR: join(folder, 'cache') };
  const download = () => Promise.reject(new Error('the network says no'));
  const request = { env, report: (line: string) => words.push(line), download };
  return { bin, cached: join(folder, 'cache', 'temporal-cli-1.8.2', 'temporal'), request, words };
}

test('a recent `temporal` on the PATH is used before all else', async () => {
  const { bin, cached, request } = machine();
  const onPath = fakeProgram(join(bin, 'temporal'), says('1.9.0'));
  fakeProgram(cached, says('1.8.2'));
  expect(await ensureTemporalCli(request)).toBe(onPath);
});

test.each(['1.7.9', '0.13.1'])('version %s on the PATH is too old, so the cached build is used', async (version) => {
  const { bin, cached, request } = machine();
  fakeProgram(join(bin, 'temporal'), says(version));
  fakeProgram(cached, says('1.8.2'));
  expect(await ensureTemporalCli(request)).toBe(cached);
});

test("the SDK's download goes before a build", async () => {
  const { bin, cached, request } = machine();
  fakeProgram(join(bin, 'go'), goThatBuilds);
  const download: CliRequest['download'] = async ({ target }) => fakeProgram(target, says('1.8.2'));
  expect(await ensureTemporalCli({ ...request, download })).toBe(cached);
  expect(existsSync(join(bin, 'builds'))).toBe(false);
});

test('where the download is refused the server is built, once, also when two want it at the same time', async () => {
  const { bin, cached, request, words } = machine();
  fakeProgram(join(bin, 'go'), `sleep 0.3; ${goThatBuilds}`);
  expect(await Promise.all([ensureTemporalCli(request), ensureTemporalCli(request)])).toEqual([cached, cached]);
  expect(await ensureTemporalCli(request)).toBe(cached);
  expect(readFileSync(join(bin, 'builds'), 'utf8')).toBe('built\n');
  expect(words).toEqual(
    expect.arrayContaining([expect.stringContaining('Building the Temporal server 1.8.2 with Go')]),
  );
});

test('a build that is interrupted leaves nothing in the cache', async () => {
  const { bin, cached, request } = machine();
  fakeProgram(join(bin, 'go'), `${goThatBuilds}; touch "$(dirname "$0")/begun"; exec sleep 60`);
  const interrupt = new AbortController();
  const building = ensureTemporalCli({ ...request, signal: interrupt.signal });
  const failed = expect(building).rejects.toThrow(/interrupted/);
  await expect.poll(() => existsSync(join(bin, 'begun'))).toBe(true);
  interrupt.abort();
  await failed;
  expect(readdirSync(join(cached, '..'))).toEqual([]);
});

test('when nothing works, one error names each thing tried with its reason, and what to do', async () => {
  const { bin, cached, request } = machine();
  fakeProgram(join(bin, 'temporal'), says('1.5.1'));
  fakeProgram(join(bin, 'go'), 'echo "go: go.mod requires go >= 1.26.4" >&2; exit 1');
  mkdirSync(join(cached, '..'), { recursive: true });
  writeFileSync(cached, 'not a program');
  const failure = await ensureTemporalCli(request).catch((error: Error) => error.message);
  expect(failure).toContain('`temporal` on the PATH:');
  expect(failure).toContain('is version 1.5.1, and 1.8.0 is needed');
  expect(failure).toContain('the cache (');
  expect(failure).toContain("the Temporal SDK's own download: the network says no");
  expect(failure).toContain('go.mod requires go >= 1.26.4');
  expect(failure).toContain('TEMPORAL_ADDRESS');
});

test('the time-skipping server comes from Maven behind a wrapper where the download is refused', async () => {
  const { bin, request } = machine();
  fakeProgram(join(bin, 'java'), 'echo "$@"');
  const copies =
    'for each in "$@"; do case $each in -DoutputDirectory=*) mkdir -p "$(echo "$each" | cut -d= -f2)";; esac; done';
  fakeProgram(join(bin, 'mvn'), copies);
  const server = await ensureTimeSkippingServer(request);
  expect(readFileSync(server, 'utf8')).toContain('exec java');
  expect(await ensureTimeSkippingServer(request)).toBe(server);
});

test('without Java the error names what was tried for the time-skipping server', async () => {
  const { bin, request } = machine();
  fakeProgram(join(bin, 'java'), 'echo "no runtime present" >&2; exit 1');
  await expect(ensureTimeSkippingServer(request)).rejects.toThrow(
    /network says no[\s\S]*Maven and Java: .*no runtime present/,
  );
});
