/** Group names that mean nothing or too much, addresses that are no simulators, and plans of another configuration. */
import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PreviewResult, taskQueues, workflowIds } from '../../workflows/contract.ts';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';
import { whereWordsAre, wordsOf } from '../support/kept-words.ts';
import { lockstepYaml, openGuards } from '../support/lockstep-yaml.ts';
import { until } from '../support/until.ts';

const configOf = ({ sandbox = true, scope = scopeGroup, include = '/.+-.+/', cloud = '{cloud}' } = {}) =>
  lockstepYaml({
    sandbox,
    target: {
      baseUrl: `${cloud}/scim/directory/sandbox-directory`,
      scope: { groups: [scope] },
      groups: { include: [include], exclude: [scopeGroup] },
      guards: openGuards,
    },
  });

let lab: Lab;
let secret: string;
beforeAll(async () => {
  lab = await startLab();
  secret = String(lab.system.env['LOCKSTEP_SANDBOX_SECRET']);
}, 120_000);
afterAll(() => lab?.stop());
beforeEach(() => lab.reset({ okta: { people: 20, groups: 5, seed: 61 } }));

async function preview(requestId: string): Promise<PreviewResult> {
  return lab.system.client.workflow.execute('previewSync', {
    workflowId: workflowIds.previewSync(requestId),
    taskQueue: taskQueues.workflows,
    args: [{ requestId }],
  });
}

describe('a group name in the configuration', () => {
  it('that no group has ends the run at that target, and nothing is written', async () => {
    await lab.restart({ config: configOf({ scope: 'no-such-group' }) });
    const { run, problem } = await lab.sync();
    expect(problem).toMatchObject({ kind: 'Misconfigured', message: expect.stringContaining('"no-such-group"') });
    expect(run?.plan).toBeUndefined();
    expect(lab.writes()).toEqual([]);
  }, 60_000);

  it('that several groups have ends the run and lists their ids, and nothing is written', async () => {
    await lab.reset({ okta: { people: 20, groups: 5, seed: 61, ambiguousGroup: true } });
    const names = lab.org().groups.map(({ profile }) => profile.name);
    const name = names.find((one, index) => names.indexOf(one) < index) ?? 'none';
    const ids = lab
      .org()
      .groups.filter(({ profile }) => profile.name === name)
      .map(({ id }) => id);
    expect(ids).toHaveLength(2);
    await lab.restart({ config: configOf({ scope: name }) });
    const { problem } = await lab.sync();
    expect(problem?.kind).toBe('Misconfigured');
    for (const id of ids) expect(problem?.message).toContain(id);
    expect(lab.writes()).toEqual([]);
    expect(
      (await lab.system.store.selectFrom('group_pin').selectAll().execute()).map(({ name: one }) => one),
    ).not.toContain(name);
  }, 60_000);
});

describe('an address that has not proven to be a simulator', () => {
  let server: Server | undefined;
  afterEach(async () => {
    const ending = server;
    server = undefined;
    if (ending) {
      ending.closeAllConnections();
      await new Promise((resolve) => ending.close(resolve));
    }
  });

  /** Hands everything on to the simulator, the request for its proof included unless `proof` answers it. */
  async function relay(proof?: (nonce: string) => unknown): Promise<string> {
    const { origin } = lab.system.sandbox.cloud;
    const relayed = createServer((incoming, out) => {
      const url = new URL(incoming.url ?? '/', origin);
      if (proof && url.pathname === '/_sandbox/proof') {
        out.writeHead(200, { 'content-type': 'application/json' });
        out.end(JSON.stringify(proof(url.searchParams.get('nonce') ?? '')));
        return;
      }
      const headers = { authorization: incoming.headers.authorization ?? '', accept: incoming.headers.accept ?? '' };
      fetch(url, { method: incoming.method ?? 'GET', headers }).then(
        async (answer) => {
          out.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
          out.end(await answer.text());
        },
        () => out.destroy(),
      );
    });
    server = relayed;
    await new Promise<void>((resolve) => relayed.listen(0, '127.0.0.1', resolve));
    const address = relayed.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}`;
  }

  async function expectPlanOnly(requestId: string): Promise<void> {
    const { run, problem } = await lab.sync();
    expect(problem).toMatchObject({ kind: 'GuardTripped', message: expect.stringContaining('`sandbox: false`') });
    expect(run?.plan?.changes).toBeGreaterThan(0);
    expect(run?.outcomes).toMatchObject({ applied: 0, parked: 0 });
    const { plans } = await preview(requestId);
    expect(plans).toMatchObject([{ target: 'cloud', plan: { changes: run?.plan?.changes } }]);
    expect(lab.writes()).toEqual([]);
    expect(lab.directory().users).toEqual([]);
  }

  it('is no matter when the configuration does not say `sandbox`: then the first plan waits for approval', async () => {
    await lab.restart({ config: configOf({ sandbox: false }) });
    const { run, problem } = await lab.sync();
    expect(problem).toBeUndefined();
    expect(run?.outcomes).toMatchObject({ applied: 0, waiting: run?.plan?.changes });
    expect(lab.writes()).toEqual([]);
  }, 60_000);

  it('is only planned for when the secret does not fit', async () => {
    await lab.restart({ config: configOf(), env: { LOCKSTEP_SANDBOX_SECRET: 'another secret' } });
    await expectPlanOnly('other-secret');
    await lab.restart({ env: { LOCKSTEP_SANDBOX_SECRET: secret } });
  }, 60_000);

  it('is only planned for when it echoes what it was asked', async () => {
    const origin = await relay((nonce) => ({ proof: Buffer.from(nonce).toString('hex'), nonce }));
    await lab.restart({ config: configOf({ cloud: origin }) });
    await expectPlanOnly('echo');
  }, 60_000);

  it("is only planned for when it relays a simulator's own proof", async () => {
    await lab.restart({ config: configOf({ cloud: await relay() }) });
    await expectPlanOnly('relay');
  }, 60_000);
});

describe('a plan', () => {
  it('that was made with another configuration is not carried out; the next run plans anew', async () => {
    await lab.restart({ config: configOf() });
    lab.system.sandbox.cloud.transport.latencyMs = 200;
    const requestId = 'reconfigured';
    await lab.system.client.workflow.execute('fullSync', {
      workflowId: workflowIds.fullSync(requestId),
      taskQueue: taskQueues.workflows,
      args: [{ requestId }],
    });
    await until('the first accounts are being made', () => lab.writes().length > 2);
    const [only = 'none'] = lab
      .org()
      .groups.flatMap(({ profile: { name } }) => (/.+-.+/.test(name) && name !== scopeGroup ? [name] : []));
    await lab.restart({ config: configOf({ include: only }) });
    lab.system.sandbox.cloud.transport.latencyMs = 0;
    const groupsBefore = lab.directory().groups.map(({ displayName }) => displayName);
    const writesBefore = lab.writes().length;
    const run = await lab.system.client.workflow.getHandle(workflowIds.targetSync('cloud')).result();

    expect(run).toMatchObject({ problem: { kind: 'Misconfigured', message: expect.stringContaining('plan again') } });
    expect(lab.writes().length).toBe(writesBefore);
    const next = await lab.sync();
    expect(next.problem).toBeUndefined();
    expect(next.run?.outcomes).toMatchObject({ parked: 0 });
    const accounts = lab.directory().users.map(({ document }) => document['externalId']);
    for (const id of lab.members()) expect(accounts).toContain(id);
    expect(new Set(lab.directory().groups.map(({ displayName }) => displayName))).toEqual(
      new Set([...groupsBefore, only]),
    );
    expect(lab.createdTwice()).toEqual([]);
  }, 60_000);
});

it('no history and no log tells a person', async () => {
  expect(await whereWordsAre(lab, wordsOf(lab))).toEqual([]);
});
