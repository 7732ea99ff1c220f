import { eq } from 'drizzle-orm';
import { users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Context } from '../context.ts';
import { businessDeadline } from '../calendars/business-deadline.ts';
import { bindAgreement } from '../leases/agreement/bind-agreement.ts';
import type { Prepared } from '../leases/agreement/prepare-signature.ts';
import { holdForLater } from '../vehicles/take-hold.ts';
import { releaseVehicle } from '../vehicles/release-vehicle.ts';
import { assessExchange, refuseShortDeposit } from './exchange-credit.ts';
import { lockUpgradeIn, moveUpgrade, refuseDearer, type UpgradeRecord, type UpgradeRow } from './upgrade-record.ts';

const HOUR = 3_600_000;
/** As an application that is referred. */
const REFERRAL_BUSINESS_DAYS = 5;

interface Acceptance {
  readonly upgradeId: string;
  readonly name?: string | undefined;
  readonly document?: Prepared | undefined;
}

/**
 * The customer signs the exchange as it was quoted. His credit is assessed for the other vehicle, which is held for him
 * where it carries it; what an inspection has lowered he signs again, it is assessed again, and then all is ready.
 *
 * @param input.name what he signs with; without it, his own
 * @param input.document the amendment that he has signed; it holds unless the credit is declined
 * @throws Problem invalid_state unless it is quoted; upgrade_refused where more is owed than was quoted, or the credit asks
 * for a higher deposit than what is owned;
 * agreement_outdated as `bindAgreement`; vehicle_unavailable when somebody else was first; held_before as `holdVehicle`.
 */
export async function acceptUpgrade(context: Context, { upgradeId, name, document }: Acceptance): Promise<UpgradeRow> {
  const found = await lockUpgradeIn(context, upgradeId, ['quoted']);
  const known = { ...found, lease: await refuseDearer(context, found) };
  const credit = await assessExchange(context, known);
  refuseShortDeposit(found, credit);
  const signedName = name ?? (await nameOf(context, found.row));
  const signed = { acceptedAt: context.at, signedName, credit };
  if (credit.status === 'declined')
    return decline(context, known, { ...signed, reason: credit.reasons.map(({ text }) => text).join(' ') });
  const { newLeaseId: leaseId, deposit, total } = found.row;
  if (document !== undefined) await bindAgreement(context, { ...document, leaseId, deposit, total });
  if (credit.status === 'referred') return refer(context, known, signed);
  return approve(context, known, signed);
}

/** An agent has as long to decide as on an application: the hours of the quote were the customer's. */
async function refer(context: Context, found: UpgradeRecord, signed: Partial<UpgradeRow>): Promise<UpgradeRow> {
  const { market } = found.lease.row;
  const from = context.at.getTime();
  const decided = new Date(await businessDeadline(context.tx, { from, days: REFERRAL_BUSINESS_DAYS, market }));
  const expiresAt = decided > found.row.expiresAt ? decided : found.row.expiresAt;
  return moveUpgrade(context, found, 'referred', { ...signed, expiresAt });
}

async function nameOf({ tx }: Context, { customerId }: UpgradeRow): Promise<string> {
  const [customer] = await tx.select({ name: users.name }).from(users).where(eq(users.id, customerId));
  if (customer === undefined) throw new Problem('not_found');
  return customer.name;
}

/** It goes no further for want of credit: what was held is free again. */
export async function decline(
  context: Context,
  found: UpgradeRecord,
  changes: Partial<UpgradeRow>,
): Promise<UpgradeRow> {
  const { newLeaseId: leaseId, vehicleId } = found.row;
  await releaseVehicle(context, { leaseId, vehicleId }, 'upgrade declined');
  return moveUpgrade(context, found, 'declined', changes, 'upgrade.ended');
}

/** Holds the other vehicle for the days that its plan gives until the handover; after the inspection it is held, and all is ready. */
export async function approve(
  context: Context,
  found: UpgradeRecord,
  changes: Partial<UpgradeRow>,
): Promise<UpgradeRow> {
  const { customerId, vehicleId, newLeaseId: leaseId, plan, inspectedAt } = found.row;
  const until = new Date(context.at.getTime() + (plan.signHours + plan.depositHours) * HOUR);
  // What is left of an agent's days to decide is no time for a swap.
  const expiresAt = until > found.row.expiresAt ? until : found.row.expiresAt;
  if (inspectedAt !== null) return moveUpgrade(context, found, 'inspected', { ...changes, expiresAt });
  await holdForLater(context, { customerId, vehicleId, leaseId, until });
  return moveUpgrade(context, found, 'approved', { ...changes, expiresAt: until }, 'upgrade.approved');
}
