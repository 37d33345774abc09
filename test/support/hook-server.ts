/** Takes webhooks and keeps them as they came. */
import { createServer, type IncomingHttpHeaders } from 'node:http';

export interface Hook {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HookServer {
  readonly url: string;
  readonly hooks: readonly Hook[];
  /** Status of the answers from now on. */
  answerWith(status: number): void;
  close(): Promise<void>;
}

export async function startHookServer(): Promise<HookServer> {
  const hooks: Hook[] = [];
  let status = 204;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    hooks.push({ headers: request.headers, body });
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hook`,
    hooks,
    answerWith(next) {
      status = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
