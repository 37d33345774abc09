import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareNamespace } from '../../temporal/prepare-namespace.ts';
import { searchAttributes } from '../../workflows/contract.ts';
import { temporalAddress } from '../support/servers.ts';
import { refusingTemporal } from './refusing-temporal.ts';

const wanted = (namespace: string) => ({ namespace, searchAttributes: Object.values(searchAttributes) });
/** Of Temporal's enumeration IndexedValueType. */
const temporalTypes = { TEXT: 1, KEYWORD: 2 };
const names = Object.values(searchAttributes).map(({ name }) => name);

describe('on a server that lets us', () => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await Connection.connect({ address: temporalAddress() });
  });
  afterAll(() => connection.close());

  /** A namespace as somebody makes it who knows nothing of Lockstep. */
  async function bareNamespace(attributes: Record<string, number>): Promise<string> {
    const namespace = `test-${randomUUID()}`;
    await prepareNamespace(connection, { namespace, searchAttributes: [] });
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: attributes });
    return namespace;
  }

  test('a namespace that is missing is registered, and its search attributes can be used at once', async () => {
    const namespace = `test-${randomUUID()}`;
    expect(await prepareNamespace(connection, wanted(namespace))).toEqual({ isNew: true, added: names });
    const client = new Client({ connection, namespace });
    await client.workflow.start('anything', {
      workflowId: 'one',
      taskQueue: 'nobody',
      typedSearchAttributes: [{ key: searchAttributes.target, value: 'cloud' }],
    });
    await expect.poll(async () => (await client.workflow.count("LockstepTarget = 'cloud'")).count).toBe(1);
  });

  test('only what is missing is added, and a second time nothing is', async () => {
    const { KEYWORD } = temporalTypes;
    const namespace = await bareNamespace({ LockstepTarget: KEYWORD });
    await expect
      .poll(() => prepareNamespace(connection, { namespace, searchAttributes: [searchAttributes.target] }))
      .toEqual({ isNew: false, added: [] });
    expect(await prepareNamespace(connection, wanted(namespace))).toEqual({
      isNew: false,
      added: names.filter((name) => name !== 'LockstepTarget'),
    });
    expect(await prepareNamespace(connection, wanted(namespace))).toEqual({ isNew: false, added: [] });
  });

  test('two at once do not stand in each other’s way', async () => {
    const namespace = `test-${randomUUID()}`;
    const both = await Promise.all([1, 2].map(() => prepareNamespace(connection, wanted(namespace))));
    expect(both.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await prepareNamespace(connection, wanted(namespace))).toEqual({ isNew: false, added: [] });
  });

  test('a search attribute of another type is told, and nothing is changed', async () => {
    const namespace = await bareNamespace({ LockstepTarget: temporalTypes.TEXT });
    await expect(prepareNamespace(connection, wanted(namespace))).rejects.toThrow('LockstepTarget is not Keyword');
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    expect(customAttributes).toMatchObject({ LockstepTarget: temporalTypes.TEXT });
    expect(customAttributes).not.toHaveProperty('LockstepPhase');
  });
});

describe('on a server that refuses, such as Temporal Cloud', () => {
  test.each([7, 12])('with status %d, the commands that an administrator has to run are named', async (status) => {
    const connection = await refusingTemporal({ CountWorkflowExecutions: 3, AddSearchAttributes: status });
    const preparing = prepareNamespace(connection, wanted('acme.a1b2c'));
    await expect(preparing).rejects.toThrow(/lacks search attributes \(LockstepTarget, /);
    await expect(preparing).rejects.toThrow(
      'temporal operator search-attribute create --namespace acme.a1b2c --name LockstepNeedsAttention --type Bool',
    );
  });

  test('a missing namespace is named with the command that makes it', async () => {
    const connection = await refusingTemporal({ DescribeNamespace: 5, RegisterNamespace: 7 });
    await expect(prepareNamespace(connection, wanted('acme.a1b2c'))).rejects.toThrow(
      'temporal operator namespace create --namespace acme.a1b2c --retention 30d',
    );
  });

  test('nothing is asked of it when all is there, though it does not list its attributes', async () => {
    const refused = { RegisterNamespace: 7, AddSearchAttributes: 7, ListSearchAttributes: 7 };
    const connection = await refusingTemporal(refused);
    expect(await prepareNamespace(connection, wanted('acme.a1b2c'))).toEqual({ isNew: false, added: [] });
  });

  test('credentials that are refused are told as the server tells them', async () => {
    const connection = await refusingTemporal({ DescribeNamespace: 16 });
    await expect(prepareNamespace(connection, wanted('acme.a1b2c'))).rejects.toThrow(/UNAUTHENTICATED/);
  });
});
