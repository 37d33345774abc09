/** Which errors of the database are tried again for as long as it takes, and which are told as what nobody expected. */
import pg from 'pg';
import { expect, it } from 'vitest';
import { asFailure } from '../../activities/failure.ts';

const coded = (code: string): pg.DatabaseError =>
  Object.assign(new pg.DatabaseError('quotes Jo Doe', 0, 'error'), { code });

it.each([
  ['08006', 'the connection broke'],
  ['25006', 'a standby, before it is promoted'],
  ['28P01', 'the password is being replaced'],
  ['40001', 'two transactions at once'],
  ['53300', 'too many connections'],
  ['55P03', 'a lock'],
  ['57014', 'somebody cancelled the statement'],
  ['57P01', 'the server is being stopped'],
  ['58030', 'the disk'],
])('%s passes: %s', (code) => {
  expect(asFailure(coded(code))).toMatchObject({ kind: 'Unavailable', message: `store: database error ${code}` });
});

it.each(['22P02', '23505', '42P01', '42703'])('%s does not pass by itself', (code) => {
  expect(asFailure(coded(code))).toMatchObject({
    kind: 'UnexpectedResponse',
    message: `store: database error ${code}`,
  });
});
