import { randomUUID } from 'node:crypto';
import type { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { searchAttributes } from '../../workflows/contract.ts';
import { until } from './until.ts';

/** Queues have fixed names, so whoever runs a worker needs a namespace of its own. */
export async function registerNamespace(connection: Connection): Promise<string> {
  const namespace = `test-${randomUUID()}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: (24 * 60 * 60) as never },
  });
  const types = { KEYWORD: 'INDEXED_VALUE_TYPE_KEYWORD', BOOL: 'INDEXED_VALUE_TYPE_BOOL' } as const;
  const attributes = Object.fromEntries(
    Object.values(searchAttributes).map(({ name, type }) => [
      name,
      temporal.api.enums.v1.IndexedValueType[types[type as keyof typeof types]],
    ]),
  );
  await until('the namespace is known to the server', async () => {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: attributes });
    return true;
  });
  return namespace;
}
