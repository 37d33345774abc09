import { Connection } from '@temporalio/client';
import pg from 'pg';
import { expect, test } from 'vitest';
import { bareDatabase, freshDatabase, temporalAddress, temporalNamespace } from '../support/servers.ts';

test('a test file gets a database of its own, which is gone after drop', async () => {
  const [one, other] = await Promise.all([bareDatabase(), bareDatabase()]);
  expect(one.url).not.toBe(other.url);
  const client = new pg.Client({ connectionString: one.url });
  await client.connect();
  await client.query('create table t (id int)');
  await client.end();
  await one.drop();
  await other.drop();
  await expect(new pg.Client({ connectionString: one.url }).connect()).rejects.toThrow(/does not exist/);
});

test('the Temporal server of the run has the search attributes of the contract', async () => {
  const connection = await Connection.connect({ address: temporalAddress() });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: temporalNamespace(),
    });
    expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(['LockstepTarget', 'LockstepPhase']));
  } finally {
    await connection.close();
  }
});

test('a fresh database is migrated, and its rows are nobody else’s', async () => {
  const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
  const clients = [one, other].map(({ url }) => new pg.Client({ connectionString: url }));
  for (const client of clients) await client.connect();
  await clients[0]?.query('create table mine as select 1 as one');
  const tables = await clients[1]?.query(
    "select table_name from information_schema.tables where table_schema = 'public'",
  );
  const names = tables?.rows.map((row: { table_name: string }) => row.table_name);
  expect(names).toContain('okta_user');
  expect(names).not.toContain('mine');
  for (const client of clients) await client.end();
  await Promise.all([one.drop(), other.drop()]);
});
