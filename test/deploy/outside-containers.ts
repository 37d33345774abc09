/**
 * Runs services of docker-compose.yml as they stand, outside containers: the same programs, arguments, variables and
 * scripts, where only places differ: folders, addresses and ports.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type ComposeFile, root, type Service } from './compose-file.ts';
import { imageEnvironment } from './image.ts';

export interface Places {
  /** What the Dockerfile makes. */
  readonly image: string;
  /** Holds the programs of Temporal's images. */
  readonly programs: string;
  /** Texts of the compose file, and what stands for each here; longer ones first. */
  readonly replaced: readonly (readonly [string, string])[];
  /** By service: ports that no variable of the compose file names, and must be others here. */
  readonly ports: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface RunningService {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output(): string;
}

export class OutsideContainers {
  readonly #compose: ComposeFile;
  readonly #places: Places;
  readonly #running: RunningService[] = [];

  constructor(compose: ComposeFile, places: Places) {
    this.#compose = compose;
    this.#places = places;
  }

  start(name: string, more: readonly string[] = []): RunningService {
    const service = this.#service(name);
    const isOurs = service.image.startsWith('lockstep:');
    const entrypoint = service.entrypoint ?? (isOurs ? ['deploy/with-secrets.sh'] : []);
    const text = this.#placed(service);
    const command = [...entrypoint, ...(service.command ?? []), ...more].map(text);
    const own = isOurs ? imageEnvironment(versionOf(service)) : {};
    const given = { ...own, ...service.environment, ...this.#places.ports[name] };
    const env = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, text(String(value))]));
    return this.#spawn(command, env);
  }

  /** The command that tells whether it is healthy; the answer is its exit code. */
  async health(name: string): Promise<number | null> {
    const [kind, ...command] = this.#service(name).healthcheck?.test ?? [];
    if (kind !== 'CMD') throw new Error(`${name} has no health check without a shell`);
    return this.#spawn(command.map(this.#placed(this.#service(name))), {}).ended;
  }

  async runToEnd(name: string, more: readonly string[] = []): Promise<{ code: number | null; output: string }> {
    const run = this.start(name, more);
    return { code: await run.ended, output: run.output() };
  }

  killAll(): void {
    for (const { child } of this.#running) child.kill('SIGKILL');
  }

  #service(name: string): Service {
    const service = this.#compose.services[name];
    if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
    return service;
  }

  /** What a text of the service is here. */
  #placed({ configs = [] }: Service): (value: string) => string {
    const files = configs.map(
      ({ source, target }) => [target, join(root, this.#compose.configs[source]?.file ?? '')] as const,
    );
    const replaced = [...this.#places.replaced, ...files];
    return (value) => replaced.reduce((all, [from, to]) => all.replaceAll(from, to), value);
  }

  #spawn([command = '', ...args]: readonly string[], own: Readonly<Record<string, string>>): RunningService {
    const { image, programs } = this.#places;
    const child = spawn(command, args, {
      cwd: image,
      env: { ...own, PATH: [programs, join(process.execPath, '..'), process.env.PATH].join(':'), HOME: image },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const running = { child, ended, output: () => output };
    this.#running.push(running);
    return running;
  }
}

const versionOf = ({ image }: Service): string => image.split(':')[1] ?? '';
