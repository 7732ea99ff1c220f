import type { Client } from '@temporalio/client';
import type { Market, PaymentProvider } from '#domain/markets';
import { workflowQueue } from '#domain/task-queues';
import { startWorkflow } from './start-workflow.ts';

/** A receipt is one of a provider in a market: each market is numbered by itself. */
interface Receipt {
  readonly id: string;
  readonly provider: PaymentProvider;
  readonly market: Market;
  readonly receipt: string;
}

/** Starts the workflow of a payment that has not found its place; one that runs already is enough. */
export async function startInbound(
  { temporal, config }: { readonly temporal: Client; readonly config: { readonly TASK_QUEUE_PREFIX: string } },
  { id, provider, market, receipt }: Receipt,
): Promise<void> {
  const prefix = config.TASK_QUEUE_PREFIX;
  await startWorkflow(temporal, 'inboundPayment', {
    workflowId: `${prefix}inbound-${provider}-${market}-${receipt}`,
    taskQueue: workflowQueue(prefix),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    args: [{ inboundId: id }],
    staticSummary: 'a payment that a customer made by himself',
  });
}
