/**
 * Every service's command is started once, in the order of docker-compose.yml, against a real Temporal server on
 * PostgreSQL. Where that server can neither be found nor built, the dev server stands in for it, and that is said.
 */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from '../../local/ports.ts';
import type { PostgresServer } from '../../local/postgres.ts';
import { ensureTemporalCli } from '../../local/temporal-cli.ts';
import { startTemporal, type TemporalServer } from '../../local/temporal-server.ts';
import { startThrowAwayPostgres } from '../../local/throw-away.ts';
import type {} from '../support/provided.ts';
import { until } from '../support/until.ts';
import { readComposeFile, root } from './compose-file.ts';
import { assembleImage, instructions } from './image.ts';
import { OutsideContainers, type RunningService } from './outside-containers.ts';
import { ensureTemporalPrograms, portsOfTemporal, TEMPORAL_SERVER_VERSION } from './temporal-on-postgres.ts';

const version = `test-${randomUUID().slice(0, 8)}`;
const home = mkdtempSync(join(inject('servers').runDir, 'compose-'));
const image = join(home, 'image');
const programs = join(home, 'programs');
const secrets = join(home, 'secrets');
const secret = (name: string): string => readFileSync(join(secrets, name), 'utf8').trim();
const compose = readComposeFile({ LOCKSTEP_VERSION: version });

let postgres: PostgresServer;
let services: OutsideContainers;
let temporalAddress: string;
let readerPort: number;
let workerPort: number;
let receiverPort: number;
let codecPort: number;
/** Where there is no real one. */
let devServer: TemporalServer | undefined;
const started = new Map<string, RunningService>();

beforeAll(async () => {
  mkdirSync(image);
  mkdirSync(programs);
  assembleImage(image);
  execFileSync(join(root, 'deploy/make-secrets.sh'), [secrets], { stdio: 'ignore' });
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  writeFileSync(join(secrets, 'okta-private-key.pem'), key.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(secrets, 'atlassian-scim-api-key'), 'key-of-the-test\n');

  postgres = await startThrowAwayPostgres({ env: process.env, report: console.error });
  await superuserCalledPostgres(postgres.adminUrl);
  await temporalPrograms();
  [workerPort, readerPort, receiverPort, codecPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const server = await portsOfTemporal();
  temporalAddress = devServer?.address ?? `127.0.0.1:${server.FRONTEND_GRPC_PORT}`;
  configure();
  services = new OutsideContainers(compose, {
    image,
    programs,
    replaced: [
      ['/etc/lockstep/lockstep.yaml', join(home, 'lockstep.yaml')],
      ['/etc/temporal/entrypoint.sh', join(programs, 'entrypoint.sh')],
      ['/run/secrets/', `${secrets}/`],
      ['/app/', `${image}/`],
      ['temporal:7233', temporalAddress],
      ['reader:14010', `127.0.0.1:${readerPort}`],
      ['127.0.0.1:14010', `127.0.0.1:${readerPort}`],
      ['127.0.0.1:14011', `127.0.0.1:${workerPort}`],
      ['127.0.0.1:14013', `127.0.0.1:${receiverPort}`],
      ['127.0.0.1:14012', `127.0.0.1:${codecPort}`],
      ['0.0.0.0', '127.0.0.1'],
      ['postgresql', '127.0.0.1'],
    ],
    ports: {
      databases: { PGPORT: String(postgres.port) },
      'temporal-schema': { SQL_PORT: String(postgres.port) },
      temporal: { DB_PORT: String(postgres.port), ...server },
      worker: { LOCKSTEP_WORKER_HTTP_PORT: String(workerPort) },
      reader: { LOCKSTEP_READER_PORT: String(readerPort) },
      receiver: { LOCKSTEP_RECEIVER_PORT: String(receiverPort) },
    },
  });
}, 900_000);

afterAll(async () => {
  services?.killAll();
  await devServer?.stop();
  await postgres?.stop();
});

/** As the image of PostgreSQL names it; the role of Lockstep is to be made. */
async function superuserCalledPostgres(adminUrl: string): Promise<void> {
  const query = async (user: string, password: string, text: string): Promise<void> => {
    const url = new URL(adminUrl);
    Object.assign(url, { username: user, password });
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  const { username, password } = new URL(adminUrl);
  await query(username, password, `create role postgres superuser login password '${secret('postgres-password')}'`);
  await query('postgres', secret('postgres-password'), `alter role ${username} rename to the_first`);
}

/** What the images of Temporal hold. */
async function temporalPrograms(): Promise<void> {
  symlinkSync(await ensureTemporalCli({ env: process.env, report: console.error }), join(programs, 'temporal'));
  // What the script of that name in the image of the server ends with.
  writeFileSync(join(programs, 'entrypoint.sh'), '#!/bin/sh\nexec temporal-server start\n', { mode: 0o755 });
  try {
    const { folder } = await ensureTemporalPrograms(process.env);
    for (const name of ['temporal-server', 'temporal-sql-tool']) symlinkSync(join(folder, name), join(programs, name));
  } catch (error) {
    console.error(`Temporal's server on PostgreSQL is not tried: ${error instanceof Error ? error.message : error}`);
    // Not the one of the whole run: its workers have no versions.
    const own = { namespace: 'default', searchAttributes: [], logFile: join(home, 'temporal.log'), cwd: home };
    devServer = await startTemporal({ ...own, cli: join(programs, 'temporal'), env: process.env });
  }
}

/** The configuration that is shipped, with addresses at which nobody answers. */
function configure(): void {
  const text = readFileSync(join(root, 'deploy/lockstep.example.yaml'), 'utf8')
    .replaceAll('/run/secrets/', `${secrets}/`)
    .replace('0.0.0.0:14012', `127.0.0.1:${codecPort}`)
    .replace('https://example.okta.com', 'https://okta.invalid')
    .replace('https://api.atlassian.com/', 'https://scim.invalid/');
  writeFileSync(join(home, 'lockstep.yaml'), text);
  const url = secret('database-url').replace('postgresql:5432', `127.0.0.1:${postgres.port}`);
  writeFileSync(join(secrets, 'database-url'), `${url}\n`);
}

async function temporalVersion(): Promise<string> {
  const connection = await Connection.connect({ address: temporalAddress, connectTimeout: '1s' });
  const { serverVersion } = await connection.workflowService.getSystemInfo({}).finally(() => connection.close());
  return serverVersion;
}

const expectDone = ({ code, output }: { code: number | null; output: string }) => expect(code, output).toBe(0);

async function startHealthy(name: string): Promise<void> {
  const service = services.start(name);
  const healthy = until(`${name} is healthy`, async () => (await services.health(name)) === 0);
  await Promise.race([healthy, service.ended]).catch((cause) => {
    throw new Error(service.output(), { cause });
  });
  expect(service.child.exitCode, service.output()).toBeNull();
  started.set(name, service);
}

async function inTemporal<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: temporalAddress });
  return work(new Client({ connection, namespace: 'lockstep' })).finally(() => connection.close());
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the services, one after the other', () => {
  it('make the databases, each with an owner of its own, and may be asked twice', async () => {
    expectDone(await services.runToEnd('databases'));
    expectDone(await services.runToEnd('databases'));
    const client = new pg.Client({ connectionString: secret('database-url') });
    await client.connect();
    const { rows } = await client.query(
      `select datname, pg_get_userbyid(datdba) as owner, has_database_privilege('lockstep', datname, 'connect') as open
       from pg_database where datname ~ '^(temporal|lockstep)' order by datname`,
    );
    const roles = await client.query(
      "select rolname from pg_roles where rolsuper and rolname in ('temporal', 'lockstep')",
    );
    await client.end();
    expect(rows).toEqual([
      { datname: 'lockstep', owner: 'lockstep', open: true },
      { datname: 'temporal', owner: 'temporal', open: false },
      { datname: 'temporal_visibility', owner: 'temporal', open: false },
    ]);
    expect(roles.rows).toEqual([]);
  });

  it("bring Temporal's databases to its schema, again as well, and start its server on them", async () => {
    if (!devServer) {
      expectDone(await services.runToEnd('temporal-schema'));
      expectDone(await services.runToEnd('temporal-schema'));
      const server = services.start('temporal');
      await Promise.race([until('Temporal answers', temporalVersion), server.ended]);
      expect(server.child.exitCode, server.output()).toBeNull();
      expect(await temporalVersion()).toBe(TEMPORAL_SERVER_VERSION);
    }
    expect(await temporalVersion()).toBeDefined();
  }, 180_000);

  it('build the bundle of workflows as the Dockerfile says', () => {
    const command = instructions('RUN').find((each) => each.includes('build-bundle')) ?? '';
    const options =
      instructions('ARG')
        .find((each) => each.startsWith('BUNDLE_OPTIONS='))
        ?.split('=')[1] ?? '';
    execFileSync('/bin/sh', ['-c', command], { cwd: image, env: { ...process.env, BUNDLE_OPTIONS: options } });
    expect(readFileSync(join(image, 'workflows.js'), 'utf8')).toContain('failure-converter');
  }, 120_000);

  it('set up the database, the namespace and the schedules, again as well', async () => {
    const first = await services.runToEnd('set-up');
    expectDone(first);
    expect(first.output).toContain('migrated: 0001-initial');
    expect(first.output).toContain('added the search attributes LockstepTarget');
    const again = await services.runToEnd('set-up');
    expectDone(again);
    expect(again.output).toContain('database is up to date');
    // From now on somebody is asked to follow Okta's log, and only once.
    const running = await inTemporal(async (client) =>
      Array.fromAsync(client.workflow.list({ query: "WorkflowType = 'catchUp' and ExecutionStatus = 'Running'" })),
    );
    expect(running.map(({ workflowId, taskQueue }) => [workflowId, taskQueue])).toEqual([
      ['catch-up', 'lockstep-event'],
    ]);
  }, 180_000);

  it('run the worker, whose version becomes the current one', async () => {
    await startHealthy('worker');
    // As `restart: on-failure` repeats it: the worker's first poll makes its version known.
    await until('its version is current', async () => (await services.runToEnd('current-version')).code === 0);
  }, 120_000);

  it('run the reader for holders of its token, and the command line', async () => {
    await startHealthy('reader');
    expect((await fetch(`http://127.0.0.1:${readerPort}/v1/plans`)).status).toBe(401);
    expectDone(await services.runToEnd('lockstep', ['plans']));
    const schedule = await services.runToEnd('lockstep', ['schedule', 'show']);
    expectDone(schedule);
    expect(schedule.output).toContain('every 15m, paused');
  });

  it('run the receiver, which serves every hook to those who prove themselves', async () => {
    await startHealthy('receiver');
    for (const hook of ['okta', 'hr', 'login']) {
      const answer = await fetch(`http://127.0.0.1:${receiverPort}/hooks/${hook}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      expect([hook, answer.status]).toEqual([hook, 401]);
    }
  });

  it('run the codec server', async () => {
    await startHealthy('codec');
  });

  it('do work: what the command line asks is answered by the worker, and encrypted in between', async () => {
    const { code, output } = await services.runToEnd('lockstep', ['check']);
    expect(code, output).toBe(1);
    expect(output).toMatch(/failed +okta +connection: .*ENOTFOUND/);
    const { runs, history } = await inTemporal(async (client) => {
      const found = await Array.fromAsync(client.workflow.list({ query: 'WorkflowType = "check"' }));
      const told = await client.workflow.getHandle(found.at(0)?.workflowId ?? '').fetchHistory();
      return { runs: found, history: JSON.stringify(told) };
    });
    expect(runs.map(({ status }) => status.name)).toEqual(['COMPLETED']);
    expect(history).toContain(base64('binary/encrypted'));
    expect(history).not.toContain(base64('json/plain'));
  }, 180_000);

  it('stop as they are asked to, within the time that is given', async () => {
    for (const [name, { child, ended, output }] of started) {
      const graceMs = 1_000 * Number.parseInt(compose.services[name]?.stop_grace_period ?? '10s', 10);
      const askedAt = Date.now();
      child.kill('SIGTERM');
      expect(await ended, output()).toBe(0);
      expect(Date.now() - askedAt, name).toBeLessThan(graceMs);
    }
    expect([...started.keys()]).toEqual(['worker', 'reader', 'receiver', 'codec']);
  }, 120_000);
});
