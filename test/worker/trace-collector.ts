/** What receives OpenTelemetry's spans over HTTP in JSON, and can be made to hang. */
import { createServer } from 'node:http';

export interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

export interface TraceCollector {
  readonly url: string;
  /** All that was sent, as it came. */
  text(): string;
  spans(): Span[];
  /** From now on it takes requests and answers none. */
  hang(): void;
  close(): void;
}

interface Posted {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

export async function startTraceCollector(): Promise<TraceCollector> {
  const bodies: string[] = [];
  let isHanging = false;
  const server = createServer(async (request, answer) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    if (!isHanging) answer.writeHead(request.url === '/v1/traces' ? 200 : 404).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '',
    text: () => bodies.join('\n'),
    spans: () =>
      bodies
        .flatMap((body) => (JSON.parse(body) as Posted).resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    hang() {
      isHanging = true;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
