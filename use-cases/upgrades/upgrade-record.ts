import { eq } from 'drizzle-orm';
import type { UpgradeRow } from '#db/queries/upgrades';
import { upgrades } from '#db/schema/index';
import { localDate, localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { EventType } from '#domain/events/catalogue';
import { settlementOn } from '#domain/leases/settlement';
import { money } from '#domain/money';
import {
  isOver,
  letGoBy,
  mayFollow,
  staffDoNext,
  subsidyOf,
  upgradeQuote,
  type UpgradeQuote,
  type UpgradeStatus,
} from '#domain/upgrades/upgrade';
import { subsidyOn } from '#domain/vehicles/price-on-plan';
import { closeCaseAbout } from '../cases/close-case.ts';
import { openCase } from '../cases/open-case.ts';
import { emit, recordOnLease, type Context } from '../context.ts';
import { settleAgreements } from '../leases/agreement/settle-agreements.ts';
import { bookWhatWaits, refuseWhileEndHangs } from '../leases/before-end.ts';
import {
  businessDate,
  leastAskedOf,
  lockLease,
  moneyOf,
  positionAt,
  unitOf,
  type LeaseRecord,
} from '../leases/lease-record.ts';

export type { UpgradeRow };

/** An upgrade with the lease that is left, both locked: the lease first, as everywhere. */
export interface UpgradeRecord {
  readonly lease: LeaseRecord;
  readonly row: UpgradeRow;
}

/** @throws Problem not_found */
export async function lockUpgrade({ tx }: Pick<Context, 'tx'>, upgradeId: string): Promise<UpgradeRecord> {
  const [found] = await tx.select({ leaseId: upgrades.leaseId }).from(upgrades).where(eq(upgrades.id, upgradeId));
  if (found === undefined) throw new Problem('not_found');
  const lease = await lockLease(tx, found.leaseId);
  const [row] = await tx.select().from(upgrades).where(eq(upgrades.id, upgradeId)).for('update');
  if (row === undefined) throw new Problem('not_found');
  return { lease, row };
}

/** As `lockUpgrade`, for what a person asks. @throws Problem invalid_state unless it is in one of the statuses and has not expired */
export async function lockUpgradeIn(
  context: Context,
  upgradeId: string,
  statuses: readonly UpgradeStatus[],
): Promise<UpgradeRecord> {
  const found = await lockUpgrade(context, upgradeId);
  const { status, expiresAt, customerId } = found.row;
  if (customerId !== found.lease.row.customerId)
    throw new Problem('invalid_state', 'the lease is somebody else’s since: he asks for an exchange of his own');
  if (!statuses.includes(status))
    throw new Problem('invalid_state', `this is not possible while the upgrade is ${status}`);
  if (expiresAt <= context.at)
    throw new Problem('invalid_state', `the upgrade lapsed at ${expiresAt.toISOString()}: ask for another one`);
  return found;
}

/**
 * What the exchange costs by the books as they are now: what waits is booked first.
 *
 * @throws Problem upgrade_refused unless the lease is active and nothing of its money is in doubt or in dispute.
 */
export async function settlementNow(
  context: Context,
  found: LeaseRecord,
): Promise<{ readonly lease: LeaseRecord; readonly amount: number; readonly saved: number }> {
  if (found.row.status !== 'active')
    throw new Problem('upgrade_refused', `the lease has to be active; it is ${found.row.status}`);
  await refuseWhileEndHangs(context, found);
  const lease = await bookWhatWaits(context, found);
  const today = businessDate(lease.row, context.at);
  const terms = { markupPercent: lease.row.plan.markupPercent, unit: unitOf(lease.row) };
  const cost = settlementOn(today, moneyOf(lease.row), lease.lines, terms);
  if (positionAt(lease, context.at).overdue > 0)
    throw new Problem('upgrade_refused', 'what is overdue has to be paid first');
  if (lease.row.disputed > 0) throw new Problem('upgrade_refused', 'what is in dispute has to be paid first');
  if (cost.amount === 0) throw new Problem('upgrade_refused', 'nothing is owed on the vehicle any more');
  return { lease, ...cost };
}

/** @throws Problem upgrade_refused where settling the old lease costs more than was quoted. */
export async function refuseDearer(context: Context, { lease, row }: UpgradeRecord) {
  const now = await settlementNow(context, lease);
  if (now.amount > row.settlement)
    throw new Problem('upgrade_refused', 'more is owed on the lease than was quoted: ask for another quote');
  return now.lease;
}

/**
 * What is paid ahead lowers what settling costs, down to the least that anybody is asked for: nobody is told to pay more ahead than that
 * (`adviceFor`).
 *
 * @throws Problem upgrade_refused where less of the vehicle is the customer's than the plan asks as a deposit.
 */
export function quoteFor(
  lease: LeaseRecord,
  sums: { readonly tradeIn: number; readonly settlement: number },
  { plan, price }: Pick<UpgradeRow, 'plan' | 'price'>,
): UpgradeQuote {
  const { row } = lease;
  const subsidy = subsidyFor(lease, sums.tradeIn);
  const quote = upgradeQuote({ ...sums, subsidy }, plan, row.market, money(price, row.currency));
  if (quote.missing > 0)
    throw new Problem(
      'upgrade_refused',
      `the deposit of the other vehicle needs ${quote.missing} ${row.currency} (minor units) more: ${adviceFor(lease, quote)}`,
    );
  return quote;
}

/** What brings a deposit about, where `missing` of it is not paid at the swap. Minor units. */
export const adviceFor = (
  { row }: LeaseRecord,
  { missing, settlement }: Pick<UpgradeQuote, 'missing' | 'settlement'>,
): string =>
  missing <= settlement - leastAskedOf(row)
    ? 'pay so much ahead on this lease first, and ask for another quote'
    : 'choose one, or a plan, with a smaller deposit: paying ahead on this lease does not bring so much';

/** What of the worth of a vehicle is theirs who paid a part of its price. Minor units. */
export function subsidyFor({ row }: LeaseRecord, tradeIn: number): number {
  const paid = { price: row.price, subsidy: subsidyOn(row.plan, row.market, money(row.price, row.currency)) };
  return subsidyOf(tradeIn, paid, unitOf(row));
}

/** The columns of a quote. */
export const quoted = ({ tradeIn, subsidy, settlement, deposit, payout, price }: UpgradeQuote) => ({
  tradeIn,
  subsidy,
  settlement,
  deposit,
  payout,
  instalment: price.instalment.amount,
  total: price.total.amount,
});

/** The local day on which the vehicle was handed over. */
export function handedOverOn({ row }: LeaseRecord) {
  return row.handedOverAt === null
    ? localDateAt(row.createdAt.getTime(), row.market)
    : localDate(localDateAt(row.handedOverAt.getTime(), row.market));
}

type Told = Extract<EventType, `upgrade.${string}`>;

/** Moves an upgrade on, with the entry on the timeline of the lease that is left, and its event where somebody else hears of it. */
export async function moveUpgrade(
  context: Context,
  { lease, row }: UpgradeRecord,
  to: UpgradeStatus,
  changes: Partial<UpgradeRow> = {},
  event?: Told,
): Promise<UpgradeRow> {
  if (!mayFollow(row.status, to))
    throw new Problem('invalid_state', `this is not possible while the upgrade is ${row.status}`);
  const ended = isOver(to) ? { endedAt: context.at } : {};
  const [moved] = await context.tx
    .update(upgrades)
    .set({ ...changes, ...ended, status: to, updatedAt: context.at })
    .where(eq(upgrades.id, row.id))
    .returning();
  if (moved === undefined) throw new Error(`upgrade ${row.id} vanished`);
  if (isOver(to) && to !== 'completed') await settleAgreements(context, { upgradeId: row.id }, 'void');
  await tellOfUpgrade(context, lease, moved, event);
  await tellStaff(context, row, moved);
  return moved;
}

/** Where it is for staff to go on with it, a case says so until they do. */
async function tellStaff(context: Context, before: UpgradeRow, moved: UpgradeRow): Promise<void> {
  const { id: upgradeId, leaseId, status } = moved;
  if (before.status in staffDoNext)
    await closeCaseAbout(context, 'upgrade_waits', upgradeId, `the exchange is ${status}`);
  const next = staffDoNext[status];
  if (next === undefined) return;
  const detail = { upgradeId, next };
  await openCase(context, { kind: 'upgrade_waits', about: upgradeId, leaseId, paymentId: null, detail });
}

/** Puts where an upgrade stands on the timeline of the lease that is left, and emits its event. */
export async function tellOfUpgrade(
  context: Context,
  lease: LeaseRecord,
  row: UpgradeRow,
  event?: Told,
): Promise<void> {
  const { id: upgradeId, vehicleId, status, reason } = row;
  const sum = (amount: number) => money(amount, row.currency);
  const why = {
    ...(reason !== null && { reason }),
    ...(row.lapsedFrom !== null && { letGoBy: letGoBy(row.lapsedFrom) }),
  };
  const sums = { tradeIn: sum(row.tradeIn), subsidy: sum(row.subsidy), settlement: sum(row.settlement) };
  const facts = { upgradeId, vehicleId, ...sums, ...why };
  await recordOnLease(context, lease.row, { type: `upgrade.${status}`, detail: facts });
  if (event !== undefined) await emitUpgrade(context, row, event);
}

/** What its event says of an upgrade. */
export async function emitUpgrade(context: Context, row: UpgradeRow, event: Told): Promise<void> {
  const { id: upgradeId, leaseId, customerId, vehicleId, status, reason } = row;
  const sum = (amount: number) => money(amount, row.currency);
  const amounts = {
    tradeIn: sum(row.tradeIn),
    subsidy: sum(row.subsidy),
    settlement: sum(row.settlement),
    deposit: sum(row.deposit),
    payout: sum(row.payout),
    instalment: sum(row.instalment),
    total: sum(row.total),
  };
  const newLeaseId = status === 'completed' ? row.newLeaseId : null;
  const about = { upgradeId, leaseId, newLeaseId, customerId, vehicleId, status };
  const { lapsedFrom } = row;
  const why = { ...(reason !== null && { reason }), ...(lapsedFrom !== null && { letGoBy: letGoBy(lapsedFrom) }) };
  const data = { ...about, ...amounts, expiresAt: row.expiresAt.toISOString(), ...why };
  await emit(context, { type: event, subject: leaseId, leaseId, data });
}
