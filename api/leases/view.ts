import type { Database, Queryable } from '#db/client';
import { findLease, leaseStands, type LeaseRow, type LeaseStand } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import { bucketOf } from '#domain/leases/position';
import { isRunning } from '#domain/leases/status';
import { theftPauseOf } from '#domain/leases/theft';
import { money } from '#domain/money';

/** Leases as the contract shows them, in their order. */
export async function viewLeases(db: Queryable, rows: readonly LeaseRow[]) {
  return (await leaseStands(db, rows)).map(presentLease);
}

/** @throws Problem not_found */
export async function viewLease(db: Database, leaseId: string) {
  const row = await findLease(db, leaseId);
  const [lease] = row === undefined ? [] : await viewLeases(db, [row]);
  if (lease === undefined) throw new Problem('not_found');
  return lease;
}

function presentLease({ row, asOf, position, late, ownedPercent }: LeaseStand) {
  const sum = (amount: number) => money(amount, row.currency);
  const owes = isRunning(row.status);
  return {
    id: row.id,
    reference: row.reference,
    status: row.status,
    customerId: row.customerId,
    vehicleId: row.vehicleId,
    paymentMethodId: row.paymentMethodId,
    backupMethodIds: row.backupMethodIds,
    quietHours: row.quietHours,
    pausedUntil: row.pausedUntil,
    restructuredOn: row.restructuredOn,
    arrearsRestructured: row.arrearsRestructured,
    promisedOn: row.promisedOn,
    plan: { ...row.plan, vehicleTypes: [...row.plan.vehicleTypes], theftPauseDays: theftPauseOf(row.plan) },
    market: row.market,
    currency: row.currency,
    price: sum(row.price),
    deposit: sum(row.deposit),
    instalment: sum(row.instalment),
    frequency: row.frequency,
    instalmentsTotal: row.instalmentsTotal,
    instalmentsPaid: position.instalmentsPaid,
    totalPrice: sum(row.totalPrice),
    paid: sum(position.paid),
    outstanding: sum(position.outstanding),
    overdue: sum(owes ? late.overdue : 0),
    feesDue: sum(position.feesDue),
    credit: sum(position.credit),
    disputed: sum(row.disputed),
    daysPastDue: owes ? late.daysPastDue : 0,
    bucket: bucketOf(owes ? late.daysPastDue : 0),
    ownedPercent,
    twoThirdsPaid: position.twoThirdsPaid,
    nextDue:
      owes && position.nextDue !== null ? { on: position.nextDue.on, amount: sum(position.nextDue.amount) } : null,
    agreementSignedAt: row.agreementSignedAt,
    handedOverAt: row.handedOverAt,
    completedAt: row.completedAt,
    endedAt: row.endedAt,
    createdAt: row.createdAt,
    asOf,
  };
}
