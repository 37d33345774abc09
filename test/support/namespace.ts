import { randomUUID } from 'node:crypto';
import type { Connection } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { searchAttributes } from '../../workflows/contract.ts';
import { until } from './until.ts';

/** Queues have fixed names, so whoever runs a worker needs a namespace of its own. */
export async function registerNamespace(connection: Connection): Promise<string> {
  const namespace = `test-${randomUUID()}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: (24 * 60 * 60) as never },
  });
  const attributes = Object.fromEntries(
    Object.values(searchAttributes).map(({ name, type }) => [name, indexedValueType(type)]),
  );
  await until('the namespace is known to the server', async () => {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: attributes });
    return true;
  });
  return namespace;
}

function indexedValueType(
  type: SearchAttributeType,
): NonNullable<ReturnType<typeof encodeSearchAttributeIndexedValueType>> {
  const found = encodeSearchAttributeIndexedValueType(type);
  if (found === undefined) throw new Error(`there is no search attribute type ${type}`);
  return found;
}
