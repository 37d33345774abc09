/** Whatever is logged, no line tells a person or a secret; what operators need stays. */
import { ApplicationFailure } from '@temporalio/common';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';
import { createLog, type Log, temporalLogger } from '../../process/log.ts';

const apiKey = 'scim-Key/with+signs';
const privateKey = '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----';

function logged(write: (log: Log) => void, showsMessages = true): string {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  write(createLog({ service: 'worker', level: 'trace', secrets: [apiKey, privateKey], showsMessages, stream }));
  expect(lines).toHaveLength(1);
  expect(() => JSON.parse(lines[0] ?? '')).not.toThrow();
  return lines.join('');
}

const tellTales = /jo\.?doe|Doe|Jo[ëe]|4711|example|scim-Key|MIIEvQ|s3cret|eyJ/i;

const databaseError = (): Error =>
  Object.assign(new pg.DatabaseError('invalid input syntax for type uuid: Jo Doe', 90, 'error'), {
    severity: 'ERROR',
    code: '23505',
    detail: 'Key (user_name)=(jo.doe) already exists.',
    where: 'jo.doe',
    table: 'okta_person',
    constraint: 'okta_person_pkey',
  });

const parserError = (text: string): Error => {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error as Error;
  }
};

const circular = (): Error => {
  const error = new Error('again');
  error.cause = new Error('jo.doe@example.com', { cause: error });
  return error;
};

describe.each<[string, object]>([
  ['a profile', { profile: { firstName: 'Jo', lastName: 'Doe', employeeNumber: 4711 } }],
  ['names at the top', { firstName: 'Jo', displayName: 'Jo Doe', login: 'jodoe' }],
  ['what is nested deeply', { target: { people: [{ a: { b: { c: { d: { e: 'Jo Doe' } } } } }] } }],
  ['arrays of arrays', { targets: [['Jo Doe'], [{ n: 'Jo Doe' }]] }],
  ['addresses under a harmless name', { workflowId: 'person/jo.doe@example.com' }],
  ['an address without a dot', { reason: 'jodoe@localhost left' }],
  ['an address with other letters', { reason: 'Joë@exämple.de left' }],
  ['an address in a percent-encoded query', { reason: 'GET /Users/jo.doe%40example.com' }],
  ['a filter in a URL', { reason: 'GET https://a.test/Users?filter=userName eq "x"' }],
  ['a token in a URL', { address: 'https://a.test/x?token=s3cret&to=jodoe#s3cret' }],
  ['a password in a URL', { address: 'postgres://jo:s3cret@db.test:5432/example' }],
  ['headers', { headers: { authorization: 'SSWS s3cret' } }],
  ['a header as text', { reason: 'authorization: SSWS s3cret' }],
  ['a bearer token', { reason: 'sent Bearer s3cret' }],
  ['a web token', { reason: 'eyJhbGciOi.eyJzdWIi.s3cret' }],
  ['a setting as text', { reason: 'apiKey=s3cret, client_secret: "s3cret"' }],
  ['a known secret', { reason: `key ${apiKey} refused` }],
  ['a known secret of several lines', { reason: `${privateKey} refused` }],
  ['bytes', { body: Buffer.from('Jo Doe') }],
  ['a map', { found: new Map([['Jo', 'Doe']]) }],
  ['an object that prints itself', { one: { toJSON: () => 'Jo Doe' } }],
  ['an error with an address', { error: new Error('no account for jo.doe@example.com') }],
  ['an error under another name', { problem: new Error('no account for jo.doe@example.com') }],
  ['what is thrown and is no error', { error: { message: 'Jo Doe' } }],
  ['text that is thrown', { error: 'refused "Jo Doe" <jo.doe@example.com>' }],
  ['causes of causes', { error: new Error('a', { cause: new Error('b', { cause: new Error('of "Jo Doe"') }) }) }],
  ['a cause that is no error', { error: new Error('a', { cause: { name: 'Jo Doe' } }) }],
  ['causes in a circle', { error: circular() }],
  ['errors of errors', { error: new AggregateError([new Error('"Jo Doe"')], 'all failed') }],
  ['own fields of errors', { error: Object.assign(new Error('a'), { response: { body: 'Jo Doe' }, user: 'Jo' }) }],
  ['a database that quotes values', { error: databaseError() }],
  ['a failure caused by it', { error: new Failure('Unavailable', 'store: away', { cause: databaseError() }) }],
  ['a parser that quotes its text', { error: parserError('Jo Doe is here') }],
  ['a parser that quotes the middle of its text', { error: parserError('{"a": 1, "Doe": Jo Doe, "x": "Jo"}') }],
  ['a schema that quotes what it got', { error: z.strictObject({}).safeParse({ 'Jo Doe': 1 }).error ?? {} }],
])('%s', (_what, fields) => {
  it('is not told', () => {
    expect(logged((log) => log.warn(fields, 'something happened'))).not.toMatch(tellTales);
  });

  it('is not told by Temporal either', () => {
    expect(logged((log) => temporalLogger(log).warn('something happened', { ...fields }))).not.toMatch(tellTales);
  });
});

describe('the message of a line', () => {
  it.each<[string, (log: Log) => void]>([
    ['as it is written', (log) => log.info(`jo.doe@example.com has ${apiKey}`)],
    ['with values put in', (log) => log.info('%s left', 'jo.doe@example.com')],
    ['made of an error', (log) => log.error(new Error('jo.doe@example.com'))],
    ['made of an error among fields', (log) => log.error({ err: new Error('jo.doe@example.com') })],
  ])('%s is without them', (_how, write) => {
    expect(logged(write)).not.toMatch(tellTales);
  });
});

describe('what an operator needs', () => {
  it('of a failure is its kind, system, status, request id and the words', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
    const details = { system: 'cloud', operation: 'create account', subject: '00u1', status: 503, requestId: 'r-1' };
    const error = new Failure('Unavailable', 'cloud: create account failed: 503', { ...details, cause });
    expect(
      JSON.parse(logged((log) => log.warn({ activity: 'applyPlan', attempt: 2, error }, 'activity failed'))),
    ).toMatchObject({
      level: 'warn',
      msg: 'activity failed',
      activity: 'applyPlan',
      attempt: 2,
      error: {
        type: 'Failure',
        kind: 'Unavailable',
        message: 'cloud: create account failed: 503',
        ...details,
        stack: expect.stringMatching(/^ {4}at .*log\.test\.ts/),
        cause: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:5432' },
      },
    });
  });

  it('of a database is the SQLSTATE and where it happened', () => {
    expect(JSON.parse(logged((log) => log.warn({ error: databaseError() }, 'x')))).toMatchObject({
      error: { code: '23505', table: 'okta_person', constraint: 'okta_person_pkey' },
    });
  });

  it('of a workflow is its id, and of Temporal its words', () => {
    const meta = {
      sdkComponent: 'worker',
      workflowId: 'target-sync/cloud',
      durationMs: 12,
      error: ApplicationFailure.create({ message: 'away "now"' }),
    };
    expect(JSON.parse(logged((log) => temporalLogger(log).info('Activity failed', meta)))).toMatchObject({
      ...meta,
      error: { type: 'ApplicationFailure', message: 'away "now"' },
    });
  });
});

describe('where strangers are answered', () => {
  const quoting = (): Error =>
    Object.assign(new Error('Jo Doe is no member', { cause: new Error('Jo Doe') }), { code: 'ENOENT' });

  it.each<[string, () => unknown]>([
    ['an error', quoting],
    ['a failure of ours', () => new Failure('Unavailable', 'Jo Doe', { cause: quoting() })],
    ['text that is thrown', () => 'Jo Doe'],
    ['errors of errors', () => new AggregateError([quoting()], 'Jo Doe')],
  ])('%s tells nothing of its words', (_what, thrown) => {
    expect(logged((log) => log.error({ error: thrown() }, 'request failed'), false)).not.toMatch(tellTales);
  });

  it('an error tells of what kind it is, where it happened, and because of what', () => {
    const [cause, stack] = [{ type: 'Error' }, expect.stringMatching(/^ {4}at .*log\.test\.ts/)];
    const line = JSON.parse(logged((log) => log.error({ error: quoting(), route: '/v1/people' }, 'failed'), false));
    expect(line).toMatchObject({ route: '/v1/people', error: { type: 'Error', code: 'ENOENT', stack, cause } });
    expect(line.error).not.toHaveProperty('message');
  });
});
