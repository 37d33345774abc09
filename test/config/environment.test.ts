import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Config, hookNames, type OktaConfig } from '../../config/config.ts';
import { defaultOf, readEnvironment, variableNames } from '../../config/environment.ts';
import { loadConfig } from '../../config/load.ts';
import { errorOf } from './a-config.ts';

const root = new URL('../../', import.meta.url).pathname;

describe('the environment of a process', () => {
  it('has defaults for all that a newcomer need not know', () => {
    const names = ['LOCKSTEP_CONFIG', 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'LOCKSTEP_READER_PORT'] as const;
    expect(readEnvironment(names, {})).toEqual({
      LOCKSTEP_CONFIG: 'lockstep.yaml',
      TEMPORAL_ADDRESS: '127.0.0.1:7233',
      TEMPORAL_NAMESPACE: 'default',
      LOCKSTEP_READER_PORT: 14_010,
    });
  });

  it('counts an empty variable as not set', () => {
    expect(readEnvironment(['TEMPORAL_NAMESPACE'], { TEMPORAL_NAMESPACE: ' ' }).TEMPORAL_NAMESPACE).toBe('default');
  });

  it('asks only for what the main names', () => {
    expect(readEnvironment(['LOCKSTEP_LOG_LEVEL'], { LOCKSTEP_READER_PORT: 'x' })).toEqual({
      LOCKSTEP_LOG_LEVEL: 'info',
    });
  });

  it('is frozen, and keeps secrets to itself', () => {
    const environment = readEnvironment(['DATABASE_URL', 'TEMPORAL_API_KEY'], {
      DATABASE_URL: 'postgresql://me:pw@host/db',
      TEMPORAL_API_KEY: 'key',
    });
    expect(Object.isFrozen(environment)).toBe(true);
    expect(JSON.stringify(environment)).toBe('{"DATABASE_URL":"[redacted]","TEMPORAL_API_KEY":"[redacted]"}');
    expect(environment.DATABASE_URL.reveal()).toBe('postgresql://me:pw@host/db');
  });

  it('tells all problems at once by the name of the variable, and repeats no value', () => {
    const error = errorOf(() =>
      readEnvironment(variableNames, {
        TEMPORAL_ADDRESS: 'http://wrong-host:7233',
        TEMPORAL_TLS: 'yes',
        LOCKSTEP_READER_URL: 'wrong-host',
        LOCKSTEP_READER_PORT: '70000',
        LOCKSTEP_WORKER_HTTP_PORT: 'wrong-port',
        LOCKSTEP_LOG_LEVEL: 'loud',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'file:///wrong-host',
      }),
    );
    expect(error.problems.map(({ path, message }) => `${path} ${message}`)).toEqual([
      'DATABASE_URL is not set',
      'TEMPORAL_ADDRESS is not host:port',
      'TEMPORAL_TLS must be true or false',
      'LOCKSTEP_READER_URL is not an http(s) address',
      'LOCKSTEP_READER_PORT is not a port',
      'LOCKSTEP_WORKER_HTTP_PORT is not a port',
      'LOCKSTEP_LOG_LEVEL is not a log level',
      'OTEL_EXPORTER_OTLP_ENDPOINT is not an http(s) address',
    ]);
    expect(error.message).not.toMatch(/wrong|loud/);
    expect(error.message).toMatch(/^environment: 8 problems\n\n {2}DATABASE_URL: is not set\n/);
  });

  it('does not repeat the password of a database address that is wrong', () => {
    const error = errorOf(() => readEnvironment(['DATABASE_URL'], { DATABASE_URL: 'mysql://me:passw0rd@host/db' }));
    expect(error.message).toContain('DATABASE_URL: is not the address of a PostgreSQL database');
    expect(error.message).not.toContain('passw0rd');
  });
});

describe('.env.example', () => {
  const lines = readFileSync(`${root}.env.example`, 'utf8').split('\n');
  const shown = new Map(
    lines.flatMap((line) => {
      const [, name, value = ''] = /^#?([A-Z][A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value] as const];
    }),
  );

  it('gives each variable that Lockstep reads a line, each secret of lockstep.yaml too, and nothing else', () => {
    const config = loadConfig(`${root}lockstep.yaml`);
    expect([...shown.keys()].sort()).toEqual([...variableNames, ...secretsOf(config)].sort());
  });

  it.each(variableNames.filter((name) => defaultOf(name) !== undefined))('shows the default of %s', (name) => {
    expect(shown.get(name)).toBe(defaultOf(name));
  });

  const secretsOf = ({ okta, targets, receiver }: Config): string[] => {
    const ofSenders = hookNames.flatMap((hook) => receiver[hook]?.secrets ?? []);
    const refs = [oktaSecret(okta), ...targets.map(({ credentials }) => credentials.apiKey), ...ofSenders];
    return refs.flatMap((ref) => ('env' in ref ? [ref.env] : []));
  };

  const oktaSecret = ({ credentials }: OktaConfig) =>
    credentials.by === 'api-token' ? credentials.apiToken : credentials.privateKey;
});
