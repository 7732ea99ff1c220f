import type { Database } from '#db/client';
import { findLease, leaseClock } from '#db/queries/leases';
import { cashByReceipt, findAttempt, type AttemptRow } from '#db/queries/payments';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { Money } from '#domain/money';
import { inLeaseCurrency } from '#domain/payable';
import type { Config } from '#platform/config';
import { transact } from '../../context.ts';
import { advanceAsPaid } from '../../leases/advance-lease.ts';
import { receiveMoney } from './receive-money.ts';

/** Cash that an agent has taken and gives a receipt for. */
export interface Cash {
  /** UUID of the payment that it becomes. */
  readonly paymentId: string;
  readonly leaseId: string;
  readonly amount: Money;
  readonly receiptNumber: string;
  /** The local day on which he took it; without it, the lease's own today. */
  readonly paidOn?: string | undefined;
}

/**
 * Books cash here and now, whatever its lease is doing; its workflow hears of it after the commit (`eventsForLeases`). A
 * receipt is good once: said again, even at the same moment, the first answer is given, which has another id then.
 *
 * @throws Problem receipt_conflict where the receipt was for something else, unprocessable for no lease; as `receiveMoney`
 */
export async function takeCash(
  { db, config }: { readonly db: Database; readonly config: Config },
  actor: Actor,
  { leaseId, amount, ...cash }: Cash,
): Promise<AttemptRow> {
  const lease = await findLease(db, leaseId);
  if (lease === undefined)
    throw new Problem('unprocessable', 'There is no such lease', [
      { path: 'leaseId', message: 'must be the id of a lease' },
    ]);
  const money = { kind: 'cash', agentId: actor.id, amount: inLeaseCurrency(lease, amount), ...cash } as const;
  await transact(db, actor, leaseClock(lease), async (context) =>
    advanceAsPaid(context, leaseId, await receiveMoney(context, config, { leaseId, money })),
  );
  // What was taken back since has a free receipt, and is the first request's all the same.
  const payment = (await findAttempt(db, cash.paymentId)) ?? (await cashByReceipt(db, actor.id, cash.receiptNumber));
  if (payment === undefined) throw new Problem('internal');
  return payment;
}
