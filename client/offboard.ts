/** Orders about an offboarding, and what came of them. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { EffectiveTime, OffboardingCommand, OktaAction } from '../domain/offboarding.ts';
import { type OffboardingCommandView, type OffboardingView, type ReaderClient, ReaderError } from '../reader/client.ts';
import { sendOffboardingCommand } from '../temporal/ask.ts';
import { workflowIds } from '../workflows/contract.ts';
import { ClientError } from './client-error.ts';
import type { ExecutionState } from './execution-watch.ts';
import { Waiting, type WaitOptions } from './wait.ts';

/** Reason and ticket are codes, never names or prose. */
export type OffboardingOrder = {
  /** Okta id. */
  readonly person: string;
  readonly reason: string;
  readonly ticket?: string;
} & (
  | {
      readonly kind: 'request';
      /** At once when absent. */
      readonly effective?: EffectiveTime;
      readonly okta?: OktaAction;
      readonly foundBy?: 'okta' | 'mirror';
    }
  | { readonly kind: 'cancel' | 'release' }
  | {
      readonly kind: 'confirm';
      /** Of the order that was seen to wait. */
      readonly seq: number;
    }
);

export interface SentOrder {
  readonly person: string;
  readonly commandId: string;
}

export interface OrderOutcome extends SentOrder {
  readonly answer: OffboardingCommandView['answer'];
  /** Absent when there is none to end. */
  readonly offboarding?: OffboardingView;
}

/** A request gets the next number of the person, and is confirmed by being ordered here. Accepted once Temporal has it. */
export async function sendOrder(client: Client, { person, ...order }: OffboardingOrder): Promise<SentOrder> {
  const told = { id: randomUUID(), receivedAt: new Date().toISOString(), by: 'operator' } as const;
  const command: OffboardingCommand =
    order.kind === 'request' ? { ...told, ...order, orderedBy: 'operator' } : { ...told, ...order };
  await sendOffboardingCommand(client, person, command);
  return { person, commandId: command.id };
}

/**
 * Until the order has been taken and, where it asks for an offboarding, that is scheduled, or in effect and every system has
 * confirmed or refused for good.
 *
 * @throws ClientError `refused` when the worker passed it over, `no-worker`, `interrupted`
 */
export function waitForOrder(
  client: Client,
  reader: ReaderClient,
  sent: SentOrder,
  options: WaitOptions,
): Promise<OrderOutcome> {
  const whereToLook = `lockstep offboarding show ${sent.person}`;
  return new Waiting(client, reader, sent.commandId, options, whereToLook).forAnswer(
    { workflowId: workflowIds.offboarding(sent.person), stage: 'offboarding' },
    () => look(reader, sent),
    (looked, now) => outcomeIn(sent, looked, now),
  );
}

interface Looked {
  readonly offboarding?: OffboardingView;
  readonly command?: OffboardingCommandView;
}

/** What became of the command, then the newest offboarding of the person. */
async function look(reader: ReaderClient, { person, commandId }: SentOrder): Promise<Looked> {
  const { items } = await reader.offboardingCommands(person);
  const command = items.find(({ id }) => id === commandId);
  if (!command) return {};
  try {
    return { command, offboarding: await reader.offboarding(person) };
  } catch (error) {
    if (error instanceof ReaderError && error.code === 'not-found') return { command };
    throw error;
  }
}

function outcomeIn(sent: SentOrder, { offboarding, command }: Looked, now: ExecutionState): OrderOutcome | undefined {
  if (!command) {
    if (now.state !== 'ended') return undefined;
    throw new ClientError('refused', 'the worker passed the order over', "the worker's log tells why");
  }
  const hasStopped = now.state !== 'running' || now.isIdle;
  return hasStopped || !isUnderWay(offboarding)
    ? { ...sent, answer: command.answer, ...(offboarding ? { offboarding } : {}) }
    : undefined;
}

/** One that is due is still said to be scheduled for a moment. */
const isUnderWay = (offboarding: OffboardingView | undefined): boolean =>
  offboarding?.standing === 'under-way' || (offboarding?.standing === 'scheduled' && isDue(offboarding.effective));

const isDue = ({ at, isAtOnce }: OffboardingView['effective']): boolean =>
  isAtOnce === true || Date.parse(at) <= Date.now();
