import { eq } from 'drizzle-orm';
import { repossessions } from '#db/schema/index';
import { payOf } from '#domain/leases/lease-credit';
import type { AllocationPart } from '#domain/ledger/ledger';
import type { Context } from '../../context.ts';
import type { LeaseRecord } from '../lease-record.ts';
import { forgivenOf, forgiveRest, restOf } from './forgive-rest.ts';
import { isOfBefore, saleWithoutShortfall, type Paid } from './paid-before-sale.ts';

/**
 * By the law of some markets nobody owes what the sale of a vehicle has not brought: it is forgiven. How much that is goes by what was
 * paid until the sale, whenever that is known, as if it had been known then: `null` where nothing changes by this money. Call it
 * with the lease locked.
 */
async function shortfallWith(context: Context, lease: LeaseRecord, all: readonly Paid[]) {
  const sold = await saleWithoutShortfall(context, lease);
  if (sold === null) return null;
  const ofBefore = all.filter((paid) => isOfBefore(sold, lease, paid));
  if (ofBefore.length === 0) return null;
  const before = sold.shortfall ?? 0;
  const short = ofBefore.reduce((sum, { amount }) => sum - amount, before - (sold.surplus ?? 0));
  const sums = { shortfall: Math.max(0, short), surplus: Math.max(0, -short) };
  return { ...sums, forgiven: forgivenOf(lease, sold.forgiven, before), change: sums.shortfall - before };
}

/**
 * Money that was paid until the sale and is known after it pays what was owed then: so much less is forgiven.
 *
 * @param first the component of which less is forgiven before all others
 */
export async function forgiveLess(
  context: Context,
  lease: LeaseRecord,
  paid: Paid,
  first?: AllocationPart['component'],
): Promise<LeaseRecord> {
  const now = await shortfallWith(context, lease, [paid]);
  if (now === null) return lease;
  const isFirst = ({ component }: AllocationPart) => component === first;
  const inOrder = [...now.forgiven.filter(isFirst), ...now.forgiven.filter((part) => !isFirst(part))];
  const forgiven = inOrder.map((part) => ({ ...part }));
  const { paid: parts } = payOf(forgiven, -now.change);
  await keep(context, lease, { ...now, forgiven: forgiven.filter(({ amount }) => amount > 0) });
  return forgiveRest(
    context,
    lease,
    parts.map((part) => ({ ...part, amount: -part.amount })),
  );
}

/** How much of money that is taken back nobody owes by law, since it was paid until the sale. Minor units. */
export async function notOwedOf(context: Context, lease: LeaseRecord, paid: readonly Paid[]): Promise<number> {
  return (await shortfallWith(context, lease, paid))?.change ?? 0;
}

/** What was paid until the sale and is taken back after it is owed again: so much more is forgiven. */
export async function forgiveMore(context: Context, lease: LeaseRecord, paid: readonly Paid[]): Promise<LeaseRecord> {
  const now = await shortfallWith(context, lease, paid);
  if (now === null) return lease;
  const parts = restOf(lease, context.at, now.change);
  await keep(context, lease, { ...now, forgiven: [...now.forgiven, ...parts] });
  return forgiveRest(context, lease, parts);
}

async function keep(
  { tx }: Context,
  { row }: LeaseRecord,
  { shortfall, surplus, forgiven }: Pick<typeof repossessions.$inferInsert, 'shortfall' | 'surplus' | 'forgiven'>,
): Promise<void> {
  await tx.update(repossessions).set({ shortfall, surplus, forgiven }).where(eq(repossessions.leaseId, row.id));
}
