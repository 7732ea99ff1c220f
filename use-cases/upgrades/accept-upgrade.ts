import { eq } from 'drizzle-orm';
import { users, type UpgradeCredit } from '#db/schema/index';
import { assess } from '#domain/credit/scorecard';
import { gatherFacts } from '../credit/gather-facts.ts';
import { Problem } from '#domain/errors';
import type { Context } from '../context.ts';
import { holdForLater } from '../vehicles/hold-vehicle.ts';
import { lockUpgradeIn, moveUpgrade, settlementNow, type UpgradeRecord, type UpgradeRow } from './upgrade-record.ts';

const HOUR = 3_600_000;

/**
 * The customer signs the exchange as it was quoted. His credit is assessed for the other vehicle, which is held for him
 * where it carries it; what an inspection has lowered he signs again, and then all is ready.
 *
 * @param input.name what he signs with; without it, his own
 * @throws Problem invalid_state unless it is quoted; upgrade_refused where more is owed than was quoted;
 * vehicle_unavailable when somebody else was first; held_before as `holdVehicle`.
 */
export async function acceptUpgrade(
  context: Context,
  { upgradeId, name }: { readonly upgradeId: string; readonly name?: string | undefined },
): Promise<UpgradeRow> {
  const found = await lockUpgradeIn(context, upgradeId, ['quoted']);
  const known = { ...found, lease: await refuseDearer(context, found) };
  const signed = { acceptedAt: context.at, signedName: name ?? (await nameOf(context, found.row)) };
  if (found.row.inspectedAt !== null) return moveUpgrade(context, known, 'inspected', signed);
  const credit = await assessFor(context, known);
  if (credit.status === 'declined') {
    const reason = credit.reasons.map(({ text }) => text).join(' ');
    return moveUpgrade(context, known, 'declined', { ...signed, credit, reason }, 'upgrade.ended');
  }
  if (credit.status === 'referred') return moveUpgrade(context, known, 'referred', { ...signed, credit });
  return approve(context, known, { ...signed, credit });
}

async function nameOf({ tx }: Context, { customerId }: UpgradeRow): Promise<string> {
  const [customer] = await tx.select({ name: users.name }).from(users).where(eq(users.id, customerId));
  if (customer === undefined) throw new Problem('not_found');
  return customer.name;
}

/** Holds the other vehicle for the days that its plan gives until the handover. */
export async function approve(
  context: Context,
  found: UpgradeRecord,
  changes: Partial<UpgradeRow>,
): Promise<UpgradeRow> {
  const { customerId, vehicleId, newLeaseId: leaseId, plan } = found.row;
  const until = new Date(context.at.getTime() + (plan.signHours + plan.depositHours) * HOUR);
  await holdForLater(context, { customerId, vehicleId, leaseId, until });
  return moveUpgrade(context, found, 'approved', { ...changes, expiresAt: until }, 'upgrade.approved');
}

/** @throws Problem upgrade_refused where settling the old lease costs more than was quoted. */
export async function refuseDearer(context: Context, { lease, row }: UpgradeRecord) {
  const now = await settlementNow(context, lease);
  if (now.amount > row.settlement)
    throw new Problem('upgrade_refused', 'more is owed on the lease than was quoted: ask for another quote');
  return now.lease;
}

/** The credit of the customer with the other vehicle instead of this one. */
async function assessFor(context: Context, { lease, row }: UpgradeRecord): Promise<UpgradeCredit> {
  const { customerId, newLeaseId: id, vehicleId, plan, instalment, price, deposit } = row;
  const asked = { ...lease.row, id, vehicleId, plan, instalment, price, deposit, frequency: plan.frequency };
  const facts = await gatherFacts(context.tx, { customerId, lease: asked, at: context.at });
  const { history } = facts;
  const liveLeases = Math.max(0, history.liveLeases - 1);
  const { status, score, tier, reasons } = assess({ ...facts, history: { ...history, liveLeases } });
  return { status, score, tier, reasons };
}
