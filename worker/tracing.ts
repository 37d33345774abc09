/** Traces by OpenTelemetry, from the caller through workflows to activities. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { Resource } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
} from '@temporalio/interceptors-opentelemetry';
import type { WorkerOptions } from '@temporalio/worker';
import type { Log } from '../process/log.ts';

export interface Tracing {
  /** For each worker. Workflows are traced by a module in their bundle, see `build-bundle.ts`. */
  readonly options: Required<Pick<WorkerOptions, 'interceptors' | 'sinks'>>;
  /** Sends what is left; never fails. */
  close(): Promise<void>;
}

/** A collector that hangs must not hold up the end of the process. */
const patienceMs = 3_000;

/**
 * Installs the process's tracer, which can be done once.
 * @param url where spans are posted, such as `http://127.0.0.1:4318/v1/traces`
 */
export function startTracing(url: string, log: Log): Tracing {
  const resource = new Resource({ 'service.name': 'lockstep-worker' });
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: patienceMs });
  const spans = new BatchSpanProcessor(exporter, { exportTimeoutMillis: patienceMs });
  const provider = new BasicTracerProvider({ resource, spanProcessors: [spans] });
  provider.register({ contextManager: new AsyncContexts() });
  return {
    options: {
      interceptors: {
        client: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] },
        activity: [
          (context) => ({
            inbound: new OpenTelemetryActivityInboundInterceptor(context),
            outbound: new OpenTelemetryActivityOutboundInterceptor(context),
          }),
        ],
      },
      sinks: { exporter: makeWorkflowExporter(spans, resource) },
    },
    // Lost spans are no reason to end as failed.
    close: () => provider.shutdown().catch((error) => log.warn({ error }, 'the last spans could not be sent')),
  };
}

type ContextManager = NonNullable<NonNullable<Parameters<BasicTracerProvider['register']>[0]>['contextManager']>;
type Context = ReturnType<ContextManager['active']>;

class Values implements Context {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown> = new Map()) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new Values(new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): Context {
    return new Values(new Map([...this.#values].filter(([other]) => other !== key)));
  }
}

/** Makes the span of an activity the parent of what it calls; without it each span would begin a trace of its own. */
class AsyncContexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  readonly #root = new Values();

  active(): Context {
    return this.#storage.getStore() ?? this.#root;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    run: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(context, () => run.apply(self, args));
  }

  /** Asked for by libraries that hand callbacks over; none of those is used here. */
  bind<T>(_context: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }
}
