import { eq } from 'drizzle-orm';
import { findLease, leaseClock } from '#db/queries/leases';
import { inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import { isApplication, takesPayments } from '#domain/leases/status';
import { transact } from '../../context.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { advanceAsPaid } from '../../leases/advance-lease.ts';
import { receiveMoney } from '../cash/receive-money.ts';
import { suspendItem } from '../suspense/suspend-item.ts';
import { findInbound, receivedFrom, leaseNamedBy, tellOfNamed } from '../inbound-record.ts';

const actor = system('inbound');

/**
 * Books a confirmed payment to its lease. What is in suspense already is for an agent.
 *
 * @returns false when the lease takes no payments (any more): the money belongs into suspense.
 */
export async function giveToLease(
  deps: Pick<PaymentDependencies, 'db' | 'config'>,
  { inboundId, leaseId }: { inboundId: string; leaseId: string },
): Promise<boolean> {
  const row = await findInbound(deps.db, inboundId);
  if (row.status !== 'announced') return row.status === 'posted';
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined) return false;
  try {
    const received = receivedFrom(row, inboundId);
    await transact(deps.db, actor, leaseClock(lease), async (context) =>
      advanceAsPaid(context, leaseId, await receiveMoney(context, deps.config, { leaseId, money: received })),
    );
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

/**
 * Money for nobody known yet: posted to suspense, where an agent finds it. What names an application that takes no money before
 * it is signed is held for it there, and its customer hears of that. Repeated, it changes nothing.
 */
export async function putIntoSuspense(
  deps: Pick<PaymentDependencies, 'db'>,
  { inboundId, at }: { inboundId: string; at: Date },
): Promise<void> {
  await transact(deps.db, actor, at, async (context) => {
    const [row] = await context.tx.select().from(inbound).where(eq(inbound.id, inboundId)).for('update');
    if (row === undefined || row.status !== 'announced') return;
    await suspendItem(context, row, inboundId);
    const lease = await leaseNamedBy(context.tx, row);
    if (lease !== undefined && isApplication(lease.status) && !takesPayments(lease.status))
      await tellOfNamed(context, 'payment.held', lease, row);
  });
}
