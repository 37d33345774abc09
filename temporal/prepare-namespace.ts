/** Makes a namespace ready for Lockstep: it is there, and the search attributes in it can be used. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, isGrpcServiceError } from '@temporalio/client';
import { type SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import {
  encodeSearchAttributeIndexedValueType,
  type SearchAttributeKey,
} from '@temporalio/common/lib/search-attributes.js';
import { msToTs } from '@temporalio/common/lib/time.js';

export interface WantedNamespace {
  readonly namespace: string;
  readonly searchAttributes: readonly SearchAttributeKey<SearchAttributeType>[];
}

/** What was missing and is there now. */
export interface Prepared {
  readonly isNew: boolean;
  /** Names of the search attributes that were added. */
  readonly added: readonly string[];
}

const RETENTION_DAYS = 30;
const CALL_MS = 10_000;
/** A server answers from caches that it renews every few seconds. */
const USABLE_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** gRPC's status codes. */
const grpc = {
  invalidArgument: 3,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  unimplemented: 12,
  unauthenticated: 16,
};
const refusals = [grpc.permissionDenied, grpc.unimplemented, grpc.unauthenticated];

/**
 * Registers the namespace if it is missing, adds the search attributes that are missing, and returns when all can be
 * used. Asks for no more rights than a worker has as long as nothing is missing.
 *
 * @throws Error with the commands to run where the server lets nobody do that through this address, as Temporal Cloud;
 * the gRPC error when the server cannot be reached or refuses to tell about the namespace
 */
export async function prepareNamespace(connection: Connection, wanted: WantedNamespace): Promise<Prepared> {
  const { namespace } = wanted;
  const isNew = await ensureRegistered(connection, namespace);
  await untilDone(`The namespace ${namespace} could not be used`, () => isKnown(connection, namespace));
  await assertTypes(connection, wanted);
  const missing = await missingAttributes(connection, wanted);
  if (missing.length > 0) await addAttributes(connection, { ...wanted, searchAttributes: missing });
  return { isNew, added: missing.map(({ name }) => name) };
}

async function ensureRegistered(connection: Connection, namespace: string): Promise<boolean> {
  if (await exists(connection, namespace)) return false;
  try {
    const workflowExecutionRetentionPeriod = msToTs(`${RETENTION_DAYS} days`);
    await inTime(connection, () =>
      connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod }),
    );
  } catch (error) {
    // Somebody else may have been quicker.
    if (hasCode(error, grpc.alreadyExists)) return false;
    if (!hasCode(error, ...refusals)) throw error;
    const command = `temporal operator namespace create --namespace ${namespace} --retention ${RETENTION_DAYS}d`;
    throw refused(`The namespace ${namespace} is missing`, [command], error);
  }
  return true;
}

const exists = (connection: Connection, namespace: string): Promise<boolean> =>
  succeeds(connection, () => connection.workflowService.describeNamespace({ namespace }), grpc.notFound);

/** A namespace that was registered just now can be described before it can be used. */
const isKnown = (connection: Connection, namespace: string): Promise<boolean> =>
  succeeds(
    connection,
    () => connection.workflowService.listWorkflowExecutions({ namespace, pageSize: 1 }),
    grpc.notFound,
  );

async function missingAttributes(
  connection: Connection,
  { namespace, searchAttributes }: WantedNamespace,
): Promise<WantedNamespace['searchAttributes']> {
  const areUsable = await Promise.all(searchAttributes.map((key) => isUsable(connection, namespace, key)));
  return searchAttributes.filter((_, index) => !areUsable[index]);
}

/** A search that uses the attribute proves more than a list of attributes does, and needs no operator's rights. */
const isUsable = (
  connection: Connection,
  namespace: string,
  { name }: SearchAttributeKey<SearchAttributeType>,
): Promise<boolean> => {
  const search = { namespace, query: `${name} is null` };
  const count = () => connection.workflowService.countWorkflowExecutions(search);
  return succeeds(connection, count, grpc.invalidArgument, grpc.notFound);
};

async function addAttributes(connection: Connection, missing: WantedNamespace): Promise<void> {
  const { namespace, searchAttributes } = missing;
  const names = searchAttributes.map(({ name }) => name).join(', ');
  const attributes = Object.fromEntries(searchAttributes.map(({ name, type }) => [name, indexedValueType(type)]));
  const add = () => connection.operatorService.addSearchAttributes({ namespace, searchAttributes: attributes });
  await untilDone(`Search attributes (${names}) could not be used in the namespace ${namespace}`, async () => {
    try {
      // Adding what is there already changes nothing.
      await inTime(connection, add);
    } catch (error) {
      if (hasCode(error, ...refusals)) {
        const commands = searchAttributes.map((key) => createCommand(namespace, key));
        throw refused(`The namespace ${namespace} lacks search attributes (${names})`, commands, error);
      }
      if (!hasCode(error, grpc.alreadyExists, grpc.notFound)) throw error;
    }
    return (await missingAttributes(connection, missing)).length === 0;
  });
}

/** Searches accept an attribute of any type; what writes a value of another type fails later, and without end. */
async function assertTypes(connection: Connection, { namespace, searchAttributes }: WantedNamespace): Promise<void> {
  const types = await typesByName(connection, namespace);
  const wrong = searchAttributes.filter(({ name, type }) => {
    const actual = types[name];
    return actual !== undefined && actual !== indexedValueType(type);
  });
  if (wrong.length === 0) return;
  const wanted = wrong.map(({ name, type }) => `${name} is not ${TypedSearchAttributes.toMetadataType(type)}`);
  throw new Error(
    `Search attributes of the namespace ${namespace} have another type than Lockstep's: ${wanted.join(', ')}. ` +
      'Use a namespace of its own, or see what is there:\n' +
      `    temporal operator search-attribute list --namespace ${namespace}`,
  );
}

/** Empty where the list is for operators only; then whoever added the attributes has seen their types. */
async function typesByName(
  connection: Connection,
  namespace: string,
): Promise<Readonly<Record<string, ReturnType<typeof indexedValueType>>>> {
  try {
    const list = () => connection.operatorService.listSearchAttributes({ namespace });
    return (await inTime(connection, list)).customAttributes;
  } catch (error) {
    if (hasCode(error, ...refusals)) return {};
    throw error;
  }
}

/** Repeats a step until it says that it is done. */
async function untilDone(what: string, step: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + USABLE_WITHIN_MS;
  while (!(await step())) {
    if (performance.now() > deadline) throw new Error(`${what} within ${USABLE_WITHIN_MS / 1_000} s`);
    await delay(LOOK_EVERY_MS);
  }
}

const inTime = <T>(connection: Connection, call: () => Promise<T>): Promise<T> =>
  connection.withDeadline(Date.now() + CALL_MS, call);

/** False when the call fails with one of these codes; any other failure is raised. */
async function succeeds(connection: Connection, call: () => Promise<unknown>, ...codes: number[]): Promise<boolean> {
  try {
    await inTime(connection, call);
    return true;
  } catch (error) {
    if (hasCode(error, ...codes)) return false;
    throw error;
  }
}

const hasCode = (error: unknown, ...codes: readonly number[]): boolean =>
  isGrpcServiceError(error) && codes.includes(error.code);

function indexedValueType(
  type: SearchAttributeType,
): NonNullable<ReturnType<typeof encodeSearchAttributeIndexedValueType>> {
  const found = encodeSearchAttributeIndexedValueType(type);
  if (found === undefined) throw new Error(`there is no search attribute type ${type}`);
  return found;
}

const createCommand = (namespace: string, { name, type }: SearchAttributeKey<SearchAttributeType>): string =>
  `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${TypedSearchAttributes.toMetadataType(type)}`;

function refused(what: string, commands: readonly string[], cause: unknown): Error {
  const lines = commands.map((command) => `    ${command}`).join('\n');
  const text =
    `${what}, and the Temporal server does not let Lockstep change that. Have an administrator run:\n${lines}\n` +
    '  On Temporal Cloud the same is done in its web console or with tcld.';
  return new Error(text, { cause });
}
