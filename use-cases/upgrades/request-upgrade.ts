import { and, eq, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { upgrades } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { isOver } from '#domain/upgrades/upgrade';
import type { Context } from '../context.ts';
import { lockLease, requireOwn } from '../leases/lease-record.ts';
import { planTerms, shapedByIncome, whatWasAskedFor } from '../leases/record-application.ts';
import { lapseUpgrade } from './end-upgrade.ts';
import { quoted, quoteFor, settlementNow, tellOfUpgrade, type UpgradeRow } from './upgrade-record.ts';
import { usualWorth } from './usual-worth.ts';

const HOUR = 3_600_000;

interface UpgradeRequest {
  readonly upgradeId: string;
  readonly leaseId: string;
  readonly vehicleId: string;
  readonly planId: string;
  /** Without it the new lease is collected by what the old one was. */
  readonly paymentMethodId?: string | undefined;
}

/**
 * Quotes what exchanging the vehicle of a lease for another one comes to: the old vehicle is taken back, its lease is
 * settled by that, and what is left is the deposit of the new lease. Good as long as an offer of the plan is. Nothing
 * is held yet. Repeated, it gives the one that is there, whatever has become of it.
 *
 * @throws Problem upgrade_refused, upgrade_under_way; as an application where the vehicle or the plan do not fit.
 */
export async function requestUpgrade(context: Context, request: UpgradeRequest): Promise<UpgradeRow> {
  const { tx, at } = context;
  const { upgradeId: id, leaseId, vehicleId, planId } = request;
  const found = await lockLease(tx, leaseId);
  requireOwn(context, found.row);
  const [known] = await tx.select().from(upgrades).where(eq(upgrades.id, id));
  if (known !== undefined) return known;
  const [before] = await tx
    .select()
    .from(upgrades)
    .where(and(eq(upgrades.leaseId, leaseId), isNull(upgrades.endedAt)));
  // One whose time has passed is over, also where nobody has said so yet.
  const isLapsed = before !== undefined && isOver((await lapseUpgrade(context, before.id)).status);
  if (before !== undefined && !isLapsed) throw new Problem('upgrade_under_way', `it is under way as ${before.id}`);
  const { amount: settlement, lease } = await settlementNow(context, found);
  const { customerId, paymentMethodId: usual, market, currency } = lease.row;
  const paymentMethodId = request.paymentMethodId ?? usual;
  const asked = await whatWasAskedFor(context, { customerId, vehicleId, planId, paymentMethodId });
  if (asked.plan.market !== market)
    throw new Problem('unprocessable', 'the vehicle is in another market', [
      { path: 'vehicleId', message: `must be a vehicle of ${market}, as the lease is` },
    ]);
  const tradeIn = await usualWorth(context, lease, at);
  const plan = shapedByIncome(planTerms(asked.plan), asked.monthlyIncome);
  const { price } = asked.vehicle;
  const quote = quoteFor(lease, { tradeIn, settlement }, { plan, price });
  const [row] = await tx
    .insert(upgrades)
    .values({
      id,
      leaseId,
      customerId,
      status: 'quoted',
      newLeaseId: uuidv7(),
      vehicleId,
      paymentMethodId,
      plan,
      currency,
      price,
      ...quoted(quote),
      expiresAt: new Date(at.getTime() + plan.offerHours * HOUR),
      createdAt: at,
      updatedAt: at,
    })
    .returning();
  if (row === undefined) throw new Error('the upgrade was not stored');
  await tellOfUpgrade(context, lease, row, 'upgrade.requested');
  return row;
}
