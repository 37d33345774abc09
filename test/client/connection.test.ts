import { describe, expect, test } from 'vitest';
import { temporalConnection } from '../../temporal/connection.ts';
import { errorOf } from '../config/a-config.ts';

const problemOf = (env: NodeJS.ProcessEnv) => errorOf(() => temporalConnection({ HOME: '/nowhere', ...env })).message;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the connection to Temporal', () => {
  test('is on this machine when nothing is set', () => {
    expect(temporalConnection({ HOME: '/nowhere', TEMPORAL_ADDRESS: ' ' })).toMatchObject({
      address: '127.0.0.1:7233',
      namespace: 'default',
    });
  });

  test('with an API key is encrypted', () => {
    const { options } = temporalConnection({
      HOME: '/nowhere',
      TEMPORAL_ADDRESS: 'a.example:7233',
      TEMPORAL_API_KEY: 'k',
    });
    expect(options).toMatchObject({ address: 'a.example:7233', apiKey: 'k', tls: true });
  });

  test('takes client certificates', () => {
    const { options } = temporalConnection({
      HOME: '/nowhere',
      TEMPORAL_TLS_CLIENT_CERT_DATA: 'certificate',
      TEMPORAL_TLS_CLIENT_KEY_DATA: 'key',
    });
    expect(options.tls).toMatchObject({ clientCertPair: { crt: bytes('certificate'), key: bytes('key') } });
  });

  test('is refused where half of it is missing, by the name of the variable', () => {
    expect(problemOf({ TEMPORAL_TLS_CLIENT_CERT_DATA: 'c' })).toContain('TEMPORAL_TLS_CLIENT_KEY_PATH');
    expect(problemOf({ TEMPORAL_TLS_CLIENT_KEY_DATA: 'k' })).toContain('TEMPORAL_TLS_CLIENT_CERT_PATH');
    expect(problemOf({ TEMPORAL_ADDRESS: 'http://a:1' })).toContain('TEMPORAL_ADDRESS');
    expect(problemOf({ TEMPORAL_API_KEY: 'secret', TEMPORAL_TLS: 'false' })).toContain('TEMPORAL_TLS');
    expect(
      problemOf({ TEMPORAL_TLS_CLIENT_CERT_PATH: '/no/file', TEMPORAL_TLS_CLIENT_KEY_PATH: '/no/file' }),
    ).toContain('/no/file');
    expect(problemOf({ TEMPORAL_PROFILE: 'unknown' })).toContain('unknown');
  });
});
