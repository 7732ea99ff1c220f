import { eq } from 'drizzle-orm';
import type { Database } from '#db/client';
import { hasOpenClaim } from '#db/queries/cases';
import { payableLeases } from '#db/queries/kept-vehicles';
import type { LeaseRow } from '#db/queries/leases';
import { inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import { money } from '#domain/money';
import type { CommandKey } from '#steering/command-key';
import { openCase } from '../../../cases/open-case.ts';
import { transact } from '../../../context.ts';
import type { PaymentDependencies } from '../../dependencies.ts';
import { payClaims } from '../pay-claims.ts';
import { askGiveBacksBefore } from './ask-before.ts';
import { orderGiveBack } from './order-give-back.ts';
import { findInbound, leaseNamedBy, tellOfNamed } from '../../inbound-record.ts';

const actor = system('suspense');
/** It is tried by itself once: what is refused waits for a person. */
const ONCE = 'after-the-end' as CommandKey;

/**
 * What waits in suspense and names a lease that is over, and takes nothing any more, pays what those owe who had it before
 * (`payClaims`). The rest goes back to its payer by itself. What is
 * more than an agent gives back alone, or what its provider cannot send back, is a case. The lease's customer hears that it did
 * not count. Whoever was quicker stands; repeated, it changes nothing.
 */
export async function giveBackAfterEnd(
  deps: PaymentDependencies,
  { inboundId }: { readonly inboundId: string },
): Promise<void> {
  const lease = await endedLeaseOf(deps.db, inboundId);
  if (lease === null) return;
  const reason = `lease ${lease.reference} is over: ${lease.status}`;
  try {
    if ((await hasOpenClaim(deps.db, lease.id)) && !(await claimsAreFirst(deps, inboundId, lease))) return;
    await orderGiveBack(deps, actor, { inboundId, reason, lease }, ONCE);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code !== 'conflict') await tellOfIt(deps.db, inboundId, lease, error.message);
  }
}

/** What has gone back already, by whatever way, pays no claim. @returns whether something of it waits still */
async function claimsAreFirst(deps: PaymentDependencies, inboundId: string, lease: LeaseRow): Promise<boolean> {
  await askGiveBacksBefore(deps, inboundId);
  return payClaims(deps, { inboundId, lease });
}

async function endedLeaseOf(db: Database, inboundId: string): Promise<LeaseRow | null> {
  const lease = await leaseNamedBy(db, await findInbound(db, inboundId));
  if (lease === undefined || !hasEnded(lease.status)) return null;
  return (await payableLeases(db, [lease])).has(lease.id) ? null : lease;
}

/** A case, where it waits: a person may have been quicker. */
async function tellOfIt(db: Database, inboundId: string, lease: LeaseRow, why: string): Promise<void> {
  await transact(db, actor, new Date(), async (context) => {
    const [item] = await context.tx.select().from(inbound).where(eq(inbound.id, inboundId)).for('update');
    if (item?.status !== 'suspense') return;
    const detail = { amount: money(item.amount, item.currency), status: lease.status, why };
    const isNew = await openCase(context, { kind: 'money_after_end', leaseId: lease.id, paymentId: inboundId, detail });
    if (isNew) await tellOfNamed(context, 'payment.sent_back', lease, item);
  });
}
