/** docker-compose.yml and what it names: no container engine is needed to see that one fits the other. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaultOf, type VariableName, variableNames } from '../../config/environment.ts';
import { loadConfig } from '../../config/load.ts';
import { composeVariables, ofOurImage, readComposeFile, root, type Service } from './compose-file.ts';
import { isCopied } from './image.ts';
import { TEMPORAL_SERVER_VERSION } from './temporal-on-postgres.ts';

const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const compose = readComposeFile({ LOCKSTEP_VERSION: '4f2c9a1' });
const services = Object.entries(compose.services);
const ours = ofOurImage(compose);
const namesOf = (service: Service): string[] => Object.keys(service.environment ?? {});
/** Variables that deploy/with-secrets.sh takes from files. */
const fromFiles =
  (/for name in ([A-Z_\s\\]+);/.exec(text('deploy/with-secrets.sh'))?.[1] ?? '').match(/[A-Z_]+/g) ?? [];
const secretPath = /^\/run\/secrets\/(.+)$/;
const secretsNamedIn = (values: readonly string[]): string[] =>
  values.flatMap((value) => secretPath.exec(value)?.[1] ?? []);
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
const isValid = ajv.compile(JSON.parse(text('test/vendor-specs/compose-spec.json')));
const errors = (): string => ajv.errorsText(isValid.errors);
const isOneShot = ({ restart }: Service): boolean => restart?.startsWith('on-failure') === true;

describe('the file', () => {
  it('is valid by the schema of the Compose Specification, which refuses what it does not know', () => {
    expect(isValid(compose), errors()).toBe(true);
    expect(isValid({ services: { worker: { image: 'a', health_check: {} } } })).toBe(false);
  });

  it('does not start without a name for the version, and takes nothing that is not documented', () => {
    expect(() => readComposeFile({})).toThrow(/LOCKSTEP_VERSION/);
    const page = text('docs/run-in-production.md');
    expect(composeVariables.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('pins every image, with the versions of Temporal that everything else is tested with', () => {
    const images = Object.fromEntries(services.map(([name, { image }]) => [name, image]));
    for (const image of Object.values(images)) expect(image).toMatch(/^[\w./-]+:(\d+\.\d+|4f2c9a1|none)/);
    expect(Object.values(images).join()).not.toMatch(/latest|auto-setup|docker-compose/);
    expect(images.temporal).toBe(`temporalio/server:${TEMPORAL_SERVER_VERSION}`);
    expect(images['temporal-schema']).toBe(`temporalio/admin-tools:${TEMPORAL_SERVER_VERSION}`);
    const module = text('local/temporal-cli/go.mod');
    expect(module).toContain(`go.temporal.io/server v${TEMPORAL_SERVER_VERSION} `);
    expect(module).toContain(`github.com/temporalio/ui-server/v2 v${images['temporal-ui']?.split(':')[1]} `);
  });

  it('makes services wait for services that are there and that can become what is waited for', () => {
    for (const [name, { depends_on: awaited = {} }] of services)
      for (const [other, { condition }] of Object.entries(awaited)) {
        const service = compose.services[other];
        if (!service) throw new Error(`${name} waits for ${other}, which is not there`);
        if (condition === 'service_healthy') expect(service.healthcheck, `${name} → ${other}`).toBeDefined();
        else
          expect([condition, isOneShot(service)], `${name} → ${other}`).toEqual([
            'service_completed_successfully',
            true,
          ]);
      }
  });

  it('lets nobody but this machine reach a port', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports);
    expect(published.length).toBeGreaterThan(2);
    expect(published.filter((port) => !/^127\.0\.0\.1:(\d+):\1$/.test(port))).toEqual([]);
    for (const name of ['postgresql', 'temporal']) expect(compose.services[name]?.networks).toEqual(['inside']);
    expect(compose.networks.inside).toEqual({ internal: true });
  });

  it('restarts what is to run for ever, and gives the others a few tries', () => {
    for (const [name, service] of services) {
      const wanted = service.healthcheck ? 'unless-stopped' : service.profiles ? undefined : 'on-failure:10';
      expect(service.restart, name).toBe(wanted);
    }
  });

  it('gives the worker longer than it needs to stop', () => {
    const forceMs = /shutdownForceTime: '(\d+)s'/.exec(text('worker/create-workers.ts'))?.[1];
    expect(Number.parseInt(compose.services.worker?.stop_grace_period ?? '', 10)).toBeGreaterThan(Number(forceMs) + 10);
  });
});

describe("Lockstep's services", () => {
  it('that answer by HTTP have ended before Compose kills them, ten seconds after it has asked', () => {
    const graceMs = Number(/graceMs = ([\d_]+);/.exec(text('process/closing.ts'))?.[1]?.replaceAll('_', ''));
    for (const name of ['reader', 'receiver', 'codec'])
      expect(compose.services[name]?.stop_grace_period, name).toBeUndefined();
    expect(graceMs).toBeLessThan(10_000 - 3_000);
  });

  it('run files that the image has', () => {
    const files = ours.flatMap(([, { entrypoint = [], command = [] }]) =>
      [...entrypoint, ...command].flatMap((word) => word.match(/[\w/-]+\.(ts|sh)\b/g) ?? []),
    );
    expect(files.length).toBeGreaterThan(6);
    for (const file of files) {
      expect(isCopied(file), file).toBe(true);
      expect(text(file).length).toBeGreaterThan(0);
    }
  });

  it('are set up once for all: tables, then namespace, then the schedules, with which following begins', () => {
    const [shell, options, script = ''] = compose.services['set-up']?.command ?? [];
    expect([shell, options]).toEqual(['/bin/sh', '-ec']);
    expect(script.trim().split('\n')).toEqual([
      'node store/migrate.ts',
      'node deploy/prepare-temporal.ts',
      'node client/cli/main.ts schedule apply',
    ]);
    for (const name of ['worker', 'reader', 'receiver'])
      expect(compose.services[name]?.depends_on, name).toHaveProperty('set-up');
  });

  it('are told nothing that no process reads', () => {
    const read = text('deploy/create-databases.ts');
    for (const [name, service] of ours)
      for (const given of namesOf(service)) {
        const variable = given.replace(/_FILE$/, '');
        if (variable !== given) expect(fromFiles, `${name}: ${given}`).toContain(variable);
        const isKnown =
          (variableNames as readonly string[]).includes(variable) ||
          read.includes(variable) ||
          /^PG[A-Z]+$/.test(variable);
        expect(isKnown, `${name}: ${given}`).toBe(true);
      }
  });

  it('have no password in their environment', () => {
    const secretNames = /PASSWORD|PWD|TOKEN|API_KEY|DATABASE_URL/;
    const inClear = services.flatMap(([name, service]) =>
      namesOf(service)
        .filter((each) => secretNames.test(each) && !each.endsWith('_FILE'))
        .map((each) => `${name}: ${each}`),
    );
    expect(inClear).toEqual([]);
  });

  it('listen, and are asked for their health, at the ports that Lockstep has by default', () => {
    const ports: Record<string, VariableName> = {
      worker: 'LOCKSTEP_WORKER_HTTP_PORT',
      reader: 'LOCKSTEP_READER_PORT',
      receiver: 'LOCKSTEP_RECEIVER_PORT',
    };
    for (const [name, variable] of Object.entries(ports)) {
      const service = compose.services[name];
      expect(service?.healthcheck?.test.join(' ')).toContain(`127.0.0.1:${defaultOf(variable)}/readyz`);
      expect(service?.environment?.[variable.replace('_PORT', '_HOST')]).toBe('0.0.0.0');
    }
    expect(defaultOf('LOCKSTEP_READER_URL')).toContain(compose.services.reader?.ports?.[0]?.split(':').at(-1));
  });

  it('run with a root that they cannot write to, without rights, and not as root', () => {
    for (const [name, service] of services.filter(([each]) => each !== 'postgresql'))
      expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'], tmpfs: ['/tmp'] });
    expect(text('Dockerfile')).toMatch(/^USER node$/m);
  });
});

describe('the secrets', () => {
  const names = Object.keys(compose.secrets);

  it('are given to those who name them, and to nobody else', () => {
    const configured = text('deploy/lockstep.example.yaml').match(/\/run\/secrets\/[\w.-]+/g) ?? [];
    for (const [name, service] of services) {
      const own = secretsNamedIn(Object.values(service.environment ?? {}).map(String));
      const byConfig = service.configs?.some(({ source }) => source === 'lockstep.yaml')
        ? secretsNamedIn(configured)
        : [];
      expect(service.secrets ?? [], name).toEqual(expect.arrayContaining(own));
      expect([...own, ...byConfig], name).toEqual(expect.arrayContaining([...(service.secrets ?? [])]));
    }
    expect(names.sort()).toEqual([...new Set(services.flatMap(([, { secrets = [] }]) => secrets))].sort());
  });

  it('go only where they are needed', () => {
    const holders = (secret: string) =>
      services.filter(([, { secrets = [] }]) => secrets.includes(secret)).map(([name]) => name);
    expect(holders('atlassian-scim-api-key')).toEqual(['worker', 'worker-previous']);
    expect(holders('okta-private-key.pem')).toEqual(['worker', 'worker-previous', 'reader']);
    expect(holders('postgres-password')).toEqual(['postgresql', 'databases']);
    expect(holders('hr-hook-secret')).toEqual(['receiver']);
    expect(compose.services.codec?.secrets).toEqual(['payload-key', 'codec-token']);
  });

  it('are all made, or asked for, by deploy/make-secrets.sh', () => {
    const script = text('deploy/make-secrets.sh');
    for (const name of names) {
      expect(compose.secrets[name]?.file).toBe(`/etc/lockstep/secrets/${name}`);
      expect(script).toMatch(new RegExp(`(^|[ ;])${name.replaceAll('.', '\\.')}([ ;]|$)`, 'm'));
    }
  });
});

describe('what comes with it', () => {
  it.each([
    ['an API key', 'temporal-cloud.yml', ['temporal-api-key']],
    ['a client certificate', 'temporal-cloud-certificate.yml', ['temporal-client.pem', 'temporal-client.key']],
  ])(
    'is a file for Temporal Cloud by %s that leaves its server out, and gives it to all who talk to it',
    (_, file, proof) => {
      const given = { TEMPORAL_ADDRESS: 'a:7233', TEMPORAL_NAMESPACE: 'b.c', LOCKSTEP_VERSION: '4f2c9a1' };
      const { services: over, secrets } = readComposeFile(given, `deploy/${file}`);
      expect(isValid({ services: over, secrets }), errors()).toBe(true);
      expect(secrets).toEqual(
        Object.fromEntries(proof.map((name) => [name, { file: `/etc/lockstep/secrets/${name}` }])),
      );
      const left = Object.entries(over).filter(([, { profiles }]) => profiles);
      expect(left.map(([name]) => name)).toEqual(['temporal', 'temporal-schema', 'temporal-ui']);
      const talking = services.filter(
        ([name, service]) => namesOf(service).includes('TEMPORAL_ADDRESS') && name !== 'temporal-ui',
      );
      for (const [name, service] of talking) {
        if (!service.networks?.includes('inside') || name === 'reader') continue;
        expect([name, over[name]?.secrets]).toEqual([name, proof]);
        // Each file that it holds is named to it, and no other.
        const named = secretsNamedIn(Object.values(over[name]?.environment ?? {}));
        expect([name, named]).toEqual([name, proof]);
      }
      expect(over.codec?.environment).toEqual({ TEMPORAL_NAMESPACE: 'b.c' });
      expect(Object.keys(over).filter((name) => !compose.services[name])).toEqual([]);
    },
  );

  it('is an example of lockstep.yaml that is valid, encrypts, and starts nothing before somebody has looked', () => {
    const config = loadConfig(join(root, 'deploy/lockstep.example.yaml'));
    expect(config).toMatchObject({ isSandbox: false, schedule: { isPaused: true } });
    expect(config).toMatchObject({ catchUp: { everyMs: 10_000 }, offboarding: { deactivateAfterMs: 30 * 86_400_000 } });
    // Written out, not by default: who reads it must see what happens by itself.
    const written = parse(text('deploy/lockstep.example.yaml')) as Record<string, unknown>;
    expect(Object.keys(written)).toEqual(expect.arrayContaining(['catchUp', 'offboarding', 'receiver', 'encryption']));
    const port = compose.services.codec?.ports?.[0]?.split(':').at(-1);
    expect(config.encryption.codecServer?.listen).toBe(`0.0.0.0:${port}`);
    expect(text('Dockerfile')).toContain('ARG BUNDLE_OPTIONS=--encrypts');
  });

  it('are scripts that a shell can read and that may be executed', () => {
    for (const script of ['with-secrets.sh', 'make-secrets.sh', 'temporal-schema.sh']) {
      execFileSync('/bin/sh', ['-n', join(root, 'deploy', script)]);
      const [mode] = execFileSync('git', ['ls-files', '--stage', `deploy/${script}`], {
        cwd: root,
        encoding: 'utf8',
      }).split(' ');
      expect(mode, script).toBe('100755');
    }
  });

  it('is a way to run a command with a secret from a file, which the environment of the service does not show', () => {
    const script = join(root, 'deploy/with-secrets.sh');
    const run = (env: NodeJS.ProcessEnv): string =>
      execFileSync(script, ['/bin/sh', '-c', 'echo "[$SQL_PASSWORD][$SQL_PASSWORD_FILE]"'], {
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    expect(run({ SQL_PASSWORD_FILE: join(root, '.gitignore') })).toContain('[node_modules\n.lockstep/\n');
    expect(run({ SQL_PASSWORD: 'given' })).toBe('[given][]\n');
    expect(() => run({ SQL_PASSWORD_FILE: '/nowhere' })).toThrow();
  });
});
