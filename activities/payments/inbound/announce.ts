import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { inbound } from '#db/schema/index';
import { marketRules, markets, type Market, type PaymentProvider } from '#domain/markets';
import type { Currency, Money } from '#domain/money';
import { workflowQueue } from '#domain/task-queues';
import { maskPhone } from '../payment-methods.ts';
import type { PaymentDependencies } from '../dependencies.ts';

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
}

/**
 * Keeps an announcement, once a receipt, and starts the workflow that asks the provider about it. It may be
 * acknowledged when this returns. Announced again, it changes nothing.
 */
export async function announceInbound(deps: AnnounceDependencies, announcement: Announcement): Promise<string> {
  const inboundId = await keep(deps, announcement);
  const { provider, receipt } = announcement;
  try {
    await deps.temporal.workflow.start('inboundPayment', {
      workflowId: inboundWorkflowId(deps.config.TASK_QUEUE_PREFIX, provider, receipt),
      taskQueue: workflowQueue(deps.config.TASK_QUEUE_PREFIX),
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      args: [{ inboundId }],
      staticSummary: 'a payment that a customer made by himself',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return inboundId;
}

function inboundWorkflowId(prefix: string, provider: PaymentProvider, receipt: string): string {
  return `${prefix}inbound-${provider}-${receipt}`;
}

async function keep({ db, encryption }: AnnounceDependencies, one: Announcement): Promise<string> {
  const { provider, receipt, account, amount, paidAt, payer, payerMasked, body } = one;
  await db
    .insert(inbound)
    .values({
      id: uuidv7(),
      provider,
      receipt,
      market: marketOf(amount.currency),
      account: account.slice(0, 64),
      payerEncrypted: payer === undefined ? null : encryption.encrypt(payer),
      payerHash: payer === undefined ? null : encryption.hash('phone', payer),
      payerMasked: payer === undefined ? (payerMasked ?? 'unknown') : maskPhone(payer),
      amount: amount.amount,
      currency: amount.currency,
      paidAt,
      bodyEncrypted: body === null ? null : encryption.encrypt(body),
      status: 'announced',
    })
    .onConflictDoNothing({ target: [inbound.provider, inbound.receipt] });
  const [row] = await db
    .select({ id: inbound.id })
    .from(inbound)
    .where(and(eq(inbound.provider, provider), eq(inbound.receipt, receipt)));
  if (row === undefined) throw new Error(`the announcement of ${receipt} was not kept`);
  return row.id;
}

/** Every currency is the money of one market. */
function marketOf(currency: Currency): Market {
  const market = markets.find((one) => marketRules(one).currency === currency);
  if (market === undefined) throw new RangeError(`no market has ${currency}`);
  return market;
}
