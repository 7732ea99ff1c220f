import { randomBytes } from 'node:crypto';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { attempts, leases, methods, settlementQuotes } from '#db/schema/index';
import { leaseReference } from '#domain/leases/reference';
import { aheadOf } from '#domain/upgrades/upgrade';
import { accounts, books } from '#domain/payments/ledger';
import { recordOnLease, type Context } from '../context.ts';
import { changeStatus } from '../leases/change-status.ts';
import { handOver } from '../leases/hand-over.ts';
import { businessDate, lockLease, type LeaseRecord, type LeaseRow } from '../leases/lease-record.ts';
import { supersedePromise } from '../leases/promise-payment.ts';
import { bookReceipt } from '../payments/post-payment.ts';
import { setVehicleStatus } from '../vehicles/set-vehicle-status.ts';
import { lockUpgradeIn, moveUpgrade, settlementNow, type UpgradeRow } from './upgrade-record.ts';
import { refuseDearer } from './accept-upgrade.ts';

/**
 * The swap, whole or not at all. The old vehicle pays what settles its lease, which ends as `upgraded`; what is left of its worth
 * is the deposit of the new lease, which begins with the handover. What was paid on the old lease since the quote, and
 * what a deposit cannot take, is credit of the old lease and goes back.
 *
 * @param input.odometerKm of the vehicle that is taken
 * @throws Problem invalid_state unless it was inspected; upgrade_refused where more is owed than was quoted; unprocessable
 * for an odometer that was turned back.
 */
export async function completeUpgrade(
  context: Context,
  { upgradeId, odometerKm }: { readonly upgradeId: string; readonly odometerKm: number },
): Promise<UpgradeRow> {
  const found = await lockUpgradeIn(context, upgradeId, ['inspected']);
  const { row } = found;
  const lease = await refuseDearer(context, found);
  await supersedePromise(context, lease.row);
  await settleByTradeIn(context, await lockLease(context.tx, lease.row.id), row);
  if (row.odometerKm !== null) await setVehicleStatus(context, lease.row.vehicleId, 'maintenance', row.odometerKm);
  await beginNew(context, lease.row, row);
  await handOver(context, { leaseId: row.newLeaseId, odometerKm });
  const left = await lockLease(context.tx, row.leaseId);
  return moveUpgrade(context, { lease: left, row }, 'completed', {}, 'upgrade.completed');
}

/** What of the old vehicle's worth is paid into the new lease: the deposit, and what is ahead. */
const worthOfNew = (upgrade: UpgradeRow) => upgrade.deposit + aheadOf(upgrade);

/** The worth of the old vehicle but for that of the new lease is paid into its lease, by a quote that no other money can have been for. */
async function settleByTradeIn(context: Context, lease: LeaseRecord, upgrade: UpgradeRow): Promise<void> {
  const { tx, at } = context;
  const { id: leaseId } = lease.row;
  const isOpen = and(eq(settlementQuotes.leaseId, leaseId), isNull(settlementQuotes.usedAt));
  await tx.update(settlementQuotes).set({ usedAt: at }).where(isOpen);
  const { amount, saved, lease: known } = await settlementNow(context, lease);
  const quoteId = uuidv7();
  await tx.insert(settlementQuotes).values({
    id: quoteId,
    leaseId,
    amount,
    saved,
    quotedAt: at,
    validUntil: at,
    bookNumber: sql<number>`(select coalesce(max(number), 0) from ledger.transfers where book = ${books.lease(leaseId)})`,
    upgradeId: upgrade.id,
  });
  const worth = {
    kind: 'settlement',
    due: `settle-${quoteId}`,
    amount: upgrade.tradeIn - worthOfNew(upgrade),
  } as const;
  const after = await bookReceipt(context, known, await tradeIn(context, known.row, upgrade, worth));
  if (after.row.status !== 'upgraded') throw new Error(`lease ${leaseId} is ${after.row.status} after its exchange`);
}

/** The new lease, signed and with its deposit paid. */
async function beginNew(context: Context, old: LeaseRow, upgrade: UpgradeRow): Promise<void> {
  const { at } = context;
  const { newLeaseId: id, vehicleId, plan, price, deposit, instalment, total } = upgrade;
  const paymentMethodId = await methodOf(context, upgrade, old);
  const [row] = await context.tx
    .insert(leases)
    .values({
      id,
      reference: leaseReference(randomBytes(8)),
      status: 'awaiting_deposit',
      customerId: upgrade.customerId,
      vehicleId,
      planId: plan.id,
      plan,
      paymentMethodId,
      quietHours: old.quietHours,
      market: old.market,
      currency: old.currency,
      frequency: plan.frequency,
      price,
      deposit,
      instalment,
      instalmentsTotal: plan.instalments,
      totalPrice: total,
      clockOffsetMs: old.clockOffsetMs,
      signedName: upgrade.signedName,
      agreementSignedAt: upgrade.acceptedAt,
      createdAt: at,
      updatedAt: at,
    })
    .returning();
  if (row === undefined) throw new Error('the new lease was not stored');
  const detail = { upgradeId: upgrade.id, from: old.id, vehicleId, planId: plan.id };
  await recordOnLease(context, row, { key: `lease.applied:${id}`, type: 'lease.applied', detail });
  const paid = { kind: 'deposit', due: 'deposit', amount: worthOfNew(upgrade) } as const;
  await bookReceipt(context, { row, lines: [] }, await tradeIn(context, row, upgrade, paid));
  await changeStatus(context, { leaseId: id, to: 'awaiting_handover' });
}

/** The payment method that was asked for, or that of the old lease where it was given up meanwhile. */
async function methodOf({ tx }: Context, upgrade: UpgradeRow, old: LeaseRow): Promise<string> {
  const isThere = and(eq(methods.id, upgrade.paymentMethodId), isNull(methods.deletedAt));
  const [there] = await tx.select({ id: methods.id }).from(methods).where(isThere).for('share');
  return there?.id ?? old.paymentMethodId;
}

/** A payment that is there: what the old vehicle was taken for, or a part of it. */
async function tradeIn(
  context: Context,
  row: LeaseRow,
  { inspectedBy }: UpgradeRow,
  payment: { readonly kind: 'settlement' | 'deposit'; readonly due: string; readonly amount: number },
) {
  const { at } = context;
  const [stored] = await context.tx
    .insert(attempts)
    .values({
      id: uuidv7(),
      leaseId: row.id,
      ...payment,
      provider: 'trade_in',
      payerMasked: 'trade-in',
      // Who said what it is worth does not pay out what is left of it.
      agentId: inspectedBy,
      currency: row.currency,
      status: 'succeeded',
      sent: true,
      source: accounts.tradeIn,
      requestedAt: at,
      settledAt: at,
      valueOn: businessDate(row, at),
      createdAt: new Date(),
    })
    .returning();
  if (stored === undefined) throw new Error('the payment was not stored');
  return { ...stored, callbackId: null };
}
