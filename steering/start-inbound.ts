import type { Market, PaymentProvider } from '#domain/markets';
import { startWorkflow, type Steering } from './start-workflow.ts';

/** A receipt is one of a provider in a market: each market is numbered by itself. */
interface Receipt {
  readonly id: string;
  readonly provider: PaymentProvider;
  readonly market: Market;
  readonly receipt: string;
}

/** Starts the workflow of a payment that has not found its place; one that runs already is enough. */
export async function startInbound(
  steering: Steering,
  { id: inboundId, provider, market, receipt }: Receipt,
): Promise<void> {
  await startWorkflow(steering, {
    type: 'inboundPayment',
    id: `${steering.config.TASK_QUEUE_PREFIX}inbound-${provider}-${market}-${receipt}`,
    args: [{ inboundId }],
    summary: 'a payment that a customer made by himself',
  });
}
