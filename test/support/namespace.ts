import { randomUUID } from 'node:crypto';
import type { Connection } from '@temporalio/client';
import { prepareNamespace } from '../../temporal/prepare-namespace.ts';
import { searchAttributes } from '../../workflows/contract.ts';

/** Queues have fixed names, so whoever runs a worker needs a namespace of its own. */
export async function registerNamespace(connection: Connection): Promise<string> {
  const namespace = `test-${randomUUID()}`;
  await prepareNamespace(connection, { namespace, searchAttributes: Object.values(searchAttributes) });
  return namespace;
}
