/** Nobody but a simulator of this sandbox passes for one. */
import { createHmac } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isFailure } from '../../domain/failure.ts';
import { type Sandbox, startSandbox } from '../../sandbox/index.ts';
import { createSandboxProof } from '../../worker/sandbox-proof.ts';
import { aFile, aTarget, load, okta } from '../config/a-config.ts';

const secret = 'between-sandbox-and-worker';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ secret, oktaApiToken: 'a', atlassianScimApiKey: 'b' });
});
afterAll(() => sandbox.close());

const servers = new Set<Server>();
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers.clear();
});

async function serverThat(answers: RequestListener): Promise<string> {
  const server = createServer(answers);
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
}

interface Situation {
  readonly cloud?: string;
  readonly isSandbox?: boolean;
  readonly given?: string | undefined;
}

/** What the proof says; undefined when changes may be applied. */
async function verdict({
  cloud = sandbox.cloud.origin,
  isSandbox = true,
  ...rest
}: Situation): Promise<string | undefined> {
  const config = load(
    aFile({
      sandbox: isSandbox,
      source: okta({ orgUrl: sandbox.okta.origin }),
      targets: { cloud: aTarget({ baseUrl: `${cloud}/scim/directory/sandbox-directory` }) },
    }),
  );
  const assertMayApply = createSandboxProof(config, 'given' in rest ? rest.given : secret);
  try {
    await assertMayApply();
    return undefined;
  } catch (error) {
    if (!isFailure(error, 'GuardTripped')) throw error;
    return error.message;
  }
}

it('lets changes through when every address proves itself', async () => {
  expect(await verdict({})).toBeUndefined();
});

it('asks nobody for a proof outside the sandbox, where approval and guards take its place', async () => {
  expect(await verdict({ isSandbox: false, given: undefined })).toBeUndefined();
});

describe('refuses', () => {
  it('another secret, and names every address', async () => {
    const words = await verdict({ given: 'of-another-sandbox' });
    expect(words).toContain(new URL(sandbox.okta.origin).host);
    expect(words).toContain(new URL(sandbox.cloud.origin).host);
    expect(words).toContain('sandbox: false');
  });

  it('without a secret', async () => {
    expect(await verdict({ given: undefined })).toContain('npm start');
  });

  it.each<[string, RequestListener]>([
    ['answers everything with a page', (_, out) => out.end('<html>welcome</html>')],
    ['answers with a proof of its own', (_, out) => out.end(JSON.stringify({ proof: 'ab'.repeat(32) }))],
    ['answers with what is no proof', (_, out) => out.end(JSON.stringify({ proof: 'no hex at all' }))],
    ['answers with an error', (_, out) => out.writeHead(500).end()],
    ['never answers', () => {}],
    ['breaks off', (request) => request.socket.destroy()],
    [
      'sends to the simulator',
      (request, out) => out.writeHead(307, { location: sandbox.cloud.origin + request.url }).end(),
    ],
    [
      'hands over what the simulator answers',
      async ({ url }, out) => out.end(await (await fetch(sandbox.cloud.origin + url)).text()),
    ],
  ])('a server that %s, by its address alone', async (_what, answers) => {
    const cloud = await serverThat(answers);
    const words = await verdict({ cloud });
    expect(words).toContain(new URL(cloud).host);
    expect(words).not.toContain(new URL(sandbox.okta.origin).host);
  });

  it('a proof that was given before', async () => {
    const { host } = new URL(sandbox.cloud.origin);
    const old = createHmac('sha256', secret).update(`an-old-nonce\n${host}`).digest('hex');
    expect(
      await verdict({ cloud: await serverThat((_, out) => out.end(JSON.stringify({ proof: old }))) }),
    ).toBeDefined();
  });

  it('an address where nobody listens', async () => {
    expect(await verdict({ cloud: 'http://127.0.0.1:9' })).toContain('127.0.0.1:9');
  });
});
