import { and, eq, isNull } from 'drizzle-orm';
import { signedOf } from '#db/queries/agreements';
import { odometerOf } from '#db/queries/vehicles';
import { methods } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { dueFor } from '#domain/leases/due';
import { subsidyBack } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { needsAdmin } from '#domain/needs-admin';
import { linesAheadOf } from '#domain/upgrades/upgrade';
import type { Context } from '../context.ts';
import { beginExchanged } from '../leases/begin-exchanged.ts';
import { changeStatus } from '../leases/change-status.ts';
import { handOver } from '../leases/hand-over.ts';
import { lockLease, type LeaseRecord, type LeaseRow } from '../leases/lease-record.ts';
import { refuseWhileSaidGone } from '../leases/refuse-while-said-gone.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { quoteExchange, useOpenQuotes } from '../leases/quote-exchange.ts';
import { bookVehicleWorth } from '../payments/sale/book-vehicle-worth.ts';
import { setVehicleStatus } from '../vehicles/set-vehicle-status.ts';
import { amended } from './amendment.ts';
import { askExchangeAgain } from './exchange-credit.ts';
import {
  lockUpgradeIn,
  moveUpgrade,
  refuseDearer,
  settlementNow,
  type UpgradeRecord,
  type UpgradeRow,
} from './upgrade-record.ts';
import { usualWorth } from './usual-worth.ts';

/**
 * The swap, whole or not at all. The old vehicle pays what settles its lease, which ends as `upgraded`; what is left of
 * its worth is the deposit of the new lease, which begins with the handover; who paid a part of its price has his part.
 * What was paid on the old lease since the quote, and what a deposit cannot take, is credit of the old lease and goes
 * back.
 *
 * @param input.odometerKm of the vehicle that is taken; without it, what is known
 * @throws Problem invalid_state unless it was inspected, and while a case says that money of its lease has gone; same_person as
 * `refuseAlone`; agreement_outdated where
 * something else was signed; upgrade_refused where more is owed than was quoted, or the card would not approve it any
 * more; unprocessable for an odometer that was turned back.
 */
export async function completeUpgrade(
  context: Context,
  { upgradeId, odometerKm }: { readonly upgradeId: string; readonly odometerKm?: number | undefined },
): Promise<UpgradeRow> {
  const found = await lockUpgradeIn(context, upgradeId, ['inspected']);
  const { row } = found;
  await refuseAlone(context, found);
  await refuseWhileSaidGone(context, row.leaseId);
  await refuseUnsigned(context, row);
  const lease = await refuseDearer(context, found);
  await askExchangeAgain(context, { lease, row });
  await settleByTradeIn(context, await lockLease(context.tx, lease.row.id), row);
  await giveSubsidyBack(context, lease.row, row);
  if (row.odometerKm !== null) await setVehicleStatus(context, lease.row.vehicleId, 'maintenance', row.odometerKm);
  await beginNew(context, lease.row, row);
  const reading = odometerKm ?? (await odometerOf(context.tx, row.vehicleId));
  await handOver(context, { leaseId: row.newLeaseId, odometerKm: reading });
  const left = await lockLease(context.tx, row.leaseId);
  return moveUpgrade(context, { lease: left, row }, 'completed', {}, 'upgrade.completed');
}

/**
 * Much more than the house's rule takes a vehicle for is money that somebody alone has said: another person completes the swap.
 *
 * @throws Problem same_person
 */
async function refuseAlone(context: Context, { lease, row }: UpgradeRecord): Promise<void> {
  if (row.inspectedBy !== context.actor.id) return;
  const amount = row.tradeIn - (await usualWorth(context, lease, row.createdAt));
  if (needsAdmin({ amount, currency: row.currency }))
    throw new Problem(
      'same_person',
      'somebody else completes it than the one who has said that the vehicle is worth more',
    );
}

/** What begins is what was signed last. @throws Problem agreement_outdated */
async function refuseUnsigned({ tx }: Context, upgrade: UpgradeRow) {
  const { deposit, total } = upgrade;
  const signed = await signedOf(tx, amended(upgrade));
  // What was accepted before there were documents has none.
  if (signed !== undefined && (signed.deposit !== deposit || signed.total !== total))
    throw new Problem('agreement_outdated');
}

/** What of the old vehicle's worth is paid into the new lease: the deposit, and what is ahead. */
const worthOfNew = (upgrade: UpgradeRow) => upgrade.deposit + linesAheadOf(upgrade);

/** The worth of the old vehicle but for that of the new lease is paid into its lease, by a quote that no other money can have been for. */
async function settleByTradeIn(context: Context, lease: LeaseRecord, upgrade: UpgradeRow): Promise<void> {
  const { id: leaseId } = lease.row;
  await useOpenQuotes(context, leaseId);
  const { amount, saved, lease: known } = await settlementNow(context, lease);
  const quoteId = await quoteExchange(context, { leaseId, upgradeId: upgrade.id, amount, saved });
  const worth = {
    by: 'trade_in',
    kind: 'settlement',
    due: dueFor('settlement', quoteId),
    agentId: upgrade.inspectedBy,
  } as const;
  const own = upgrade.tradeIn - upgrade.subsidy;
  const after = await bookVehicleWorth(context, known, { ...worth, amount: own - worthOfNew(upgrade) });
  if (after.row.status !== 'upgraded') throw new Error(`lease ${leaseId} is ${after.row.status} after its exchange`);
}

/** Who paid a part of the price of the old vehicle is owed, or owes less, what his part of it is worth. */
async function giveSubsidyBack(context: Context, { plan, ...row }: LeaseRow, upgrade: UpgradeRow): Promise<void> {
  if (upgrade.subsidy === 0) return;
  const by = plan.subsidy?.by ?? '';
  await postOnLease(context, row, {
    key: `subsidy-back:${row.id}`,
    kind: 'subsidy_back',
    description: `${formatMoney(money(upgrade.subsidy, row.currency))} of the vehicle are of ${by}`,
    cause: { leaseId: row.id, by },
    entries: subsidyBack(upgrade.subsidy),
  });
}

/** The new lease, signed and with its deposit paid. */
async function beginNew(context: Context, old: LeaseRow, upgrade: UpgradeRow): Promise<void> {
  const { newLeaseId: id, vehicleId, plan, price, deposit, instalment, total, signedName, acceptedAt } = upgrade;
  const paymentMethodId = await methodOf(context, upgrade, old);
  const terms = { id, vehicleId, plan, paymentMethodId, price, deposit, instalment, totalPrice: total };
  const signed = { upgradeId: upgrade.id, signedName, agreementSignedAt: acceptedAt };
  const row = await beginExchanged(context, old, { ...terms, ...signed });
  const worth = { by: 'trade_in', kind: 'deposit', due: dueFor('deposit'), agentId: upgrade.inspectedBy } as const;
  await bookVehicleWorth(context, { row, lines: [] }, { ...worth, amount: worthOfNew(upgrade) });
  await changeStatus(context, { leaseId: id, to: 'awaiting_handover' });
}

/** The payment method that was asked for, or that of the old lease where it was given up meanwhile. */
async function methodOf({ tx }: Context, upgrade: UpgradeRow, old: LeaseRow): Promise<string> {
  const isThere = and(eq(methods.id, upgrade.paymentMethodId), isNull(methods.deletedAt));
  const [there] = await tx.select({ id: methods.id }).from(methods).where(isThere).for('share');
  return there?.id ?? old.paymentMethodId;
}
