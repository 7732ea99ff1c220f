import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { inbound } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { marketOf, type PaymentProvider } from '#domain/markets';
import type { Money } from '#domain/money';
import { workflowQueue } from '#domain/task-queues';
import { transact } from '../../context.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { openCase } from '../open-case.ts';
import { maskPhone } from '../payment-methods.ts';
import type { InboundRow } from './confirm-inbound.ts';

type AnnounceDependencies = Pick<PaymentDependencies, 'db' | 'config' | 'encryption' | 'temporal'>;

/** A payment that a customer made by himself, as it was announced or found on a statement. */
export interface Announcement {
  readonly provider: PaymentProvider;
  readonly receipt: string;
  /** What the customer typed. */
  readonly account: string;
  readonly amount: Money;
  readonly paidAt: Date;
  /** E.164 with the plus, where it is told. */
  readonly payer?: string | undefined;
  readonly payerMasked?: string | undefined;
  /** As it came, kept encrypted. */
  readonly body: string | null;
  /** False where it carries a signature that does not fit: it is asked about all the same, and a case. */
  readonly authentic?: boolean;
}

/**
 * Keeps an announcement, once a receipt, and starts the workflow that asks the provider about it. It may be
 * acknowledged when this returns. Announced again, it changes nothing, unless the provider has denied it
 * meanwhile: then it is asked once more, for what is said now.
 */
export async function announceInbound(deps: AnnounceDependencies, announcement: Announcement): Promise<string> {
  const { id, status } = await keep(deps, announcement);
  const { provider, receipt, amount, authentic = true } = announcement;
  if (!authentic)
    await transact(deps.db, system('inbound'), new Date(), (context) =>
      openCase(context, {
        kind: 'lying_callback',
        leaseId: null,
        paymentId: id,
        detail: { provider, receipt, authentic, claimedAmount: amount.amount, currency: amount.currency },
      }),
    );
  if (status === 'announced' || status === 'refuted') await startInbound(deps, { id, provider, receipt });
  return id;
}

/** Starts the workflow of a payment that has not found its place; one that runs already is enough. */
export async function startInbound(
  { temporal, config }: Pick<AnnounceDependencies, 'temporal' | 'config'>,
  { id: inboundId, provider, receipt }: Pick<InboundRow, 'id' | 'provider' | 'receipt'>,
): Promise<void> {
  try {
    await temporal.workflow.start('inboundPayment', {
      workflowId: inboundWorkflowId(config.TASK_QUEUE_PREFIX, provider, receipt),
      taskQueue: workflowQueue(config.TASK_QUEUE_PREFIX),
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      args: [{ inboundId }],
      staticSummary: 'a payment that a customer made by himself',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

function inboundWorkflowId(prefix: string, provider: PaymentProvider, receipt: string): string {
  return `${prefix}inbound-${provider}-${receipt}`;
}

async function keep({ db, encryption }: AnnounceDependencies, one: Announcement): Promise<InboundRow> {
  const { provider, receipt, account, amount, paidAt, payer, payerMasked, body } = one;
  const said = {
    market: marketOf(amount.currency),
    account: asTyped(account),
    payerEncrypted: payer === undefined ? null : encryption.encrypt(payer),
    payerHash: payer === undefined ? null : encryption.hash('phone', payer),
    payerMasked: payer === undefined ? (payerMasked ?? 'unknown') : maskPhone(payer),
    amount: amount.amount,
    currency: amount.currency,
    paidAt,
    bodyEncrypted: body === null ? null : encryption.encrypt(body),
  };
  await db
    .insert(inbound)
    .values({ id: uuidv7(), provider, receipt, status: 'announced', ...said })
    .onConflictDoUpdate({
      target: [inbound.provider, inbound.receipt],
      set: said,
      setWhere: eq(inbound.status, 'refuted'),
    });
  const [row] = await db
    .select()
    .from(inbound)
    .where(and(eq(inbound.provider, provider), eq(inbound.receipt, receipt)));
  if (row === undefined) throw new Error(`the announcement of ${receipt} was not kept`);
  return row;
}

/** What a customer typed, as far as the database and a screen can take it. */
export function asTyped(account: string): string {
  return account.replaceAll(/\p{Cc}/gu, ' ').slice(0, 64);
}
