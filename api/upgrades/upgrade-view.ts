import { z } from '@hono/zod-openapi';
import type { Queryable } from '#db/client';
import { guarantorsOf } from '#db/queries/guarantees';
import { findUpgrade, type UpgradeRow } from '#db/queries/upgrades';
import { letGoBy, letGoBys, linesAheadOf, upgradeStatuses } from '#domain/upgrades/upgrade';
import type { ApiDependencies } from '../dependencies.ts';
import { found, owned } from '../guards.ts';
import { money, uuid, balance, instant, instantOrNull } from '../schemas.ts';
import { creditStatuses } from '#domain/credit/assessment';
import { money as sumOf } from '#domain/money';
import { frequencies } from '#domain/vehicles/plan';
import { priceWithDeposit } from '#domain/vehicles/price-on-plan';

export const shownUpgrade = z
  .object({
    id: uuid,
    leaseId: uuid.openapi({ description: 'The lease that is left' }),
    newLeaseId: uuid.nullable().openapi({ description: 'The lease that begins with the swap' }),
    customerId: uuid,
    vehicleId: uuid.openapi({ description: 'The vehicle that is taken' }),
    planId: uuid,
    paymentMethodId: uuid,
    status: z.enum(upgradeStatuses),
    /** Of the vehicle that is taken. */
    price: money,
    /** What the vehicle that is given back is taken for. */
    tradeIn: money,
    subsidy: balance.openapi({ description: 'What of that is theirs who paid a part of its price' }),
    settlement: balance.openapi({ description: 'What settling its lease costs, at most' }),
    /** What is owned of it, and becomes the deposit. */
    deposit: money,
    payout: balance.openapi({ description: 'What a deposit cannot take, and is paid out' }),
    ahead: balance.openapi({ description: 'What makes no instalment smaller, and pays the first ones ahead' }),
    instalment: money,
    instalments: z.int(),
    frequency: z.enum(frequencies),
    total: money,
    credit: z.enum(creditStatuses).nullable(),
    odometerKm: z.int().nullable(),
    guarantors: z.int().openapi({
      description:
        'How many answer for the lease that is left: no more after the swap, and for the new lease once they are asked and consent anew',
    }),
    letGoBy: z.enum(letGoBys).nullable().openapi({ description: 'Of one that lapsed: whose it was to go on with it' }),
    notes: z.string().nullable().openapi({ description: 'Of the inspection' }),
    reason: z.string().nullable().openapi({ description: 'Why it was declined, cancelled or decided so' }),
    expiresAt: instant.openapi({ description: 'It lapses then, on the clock of the lease' }),
    acceptedAt: instantOrNull,
    inspectedAt: instantOrNull,
    endedAt: instantOrNull,
    createdAt: instant,
  })
  .openapi('Upgrade');

export async function viewUpgrades(db: Queryable, rows: readonly UpgradeRow[]) {
  const guarantors = await guarantorsOf(
    db,
    rows.map(({ leaseId }) => leaseId),
  );
  return rows.map((row) => presentUpgrade(row, guarantors.get(row.leaseId) ?? 0));
}

export async function viewUpgrade(db: Queryable, row: UpgradeRow) {
  const [shown] = await viewUpgrades(db, [row]);
  return found(shown);
}

function presentUpgrade(row: UpgradeRow, guarantors: number) {
  const sum = (amount: number) => sumOf(amount, row.currency);
  const { id, leaseId, customerId, vehicleId, paymentMethodId, status, plan, odometerKm, inspectionNotes, reason } =
    row;
  const { expiresAt, acceptedAt, inspectedAt, endedAt, createdAt } = row;
  return {
    id,
    leaseId,
    newLeaseId: status === 'completed' ? row.newLeaseId : null,
    customerId,
    vehicleId,
    planId: plan.id,
    paymentMethodId,
    status,
    price: sum(row.price),
    tradeIn: sum(row.tradeIn),
    subsidy: sum(row.subsidy),
    settlement: sum(row.settlement),
    deposit: sum(row.deposit),
    payout: sum(row.payout),
    ahead: sum(linesAheadOf(row)),
    instalment: sum(row.instalment),
    instalments: priceWithDeposit(plan, plan.market, sum(row.price), row.deposit).instalments,
    frequency: plan.frequency,
    total: sum(row.total),
    credit: row.credit?.status ?? null,
    odometerKm,
    guarantors,
    letGoBy: row.lapsedFrom === null ? null : letGoBy(row.lapsedFrom),
    notes: inspectionNotes,
    reason,
    expiresAt,
    acceptedAt,
    inspectedAt,
    endedAt,
    createdAt,
  };
}

/** Whose it is: of others it is not there. */
export const ownUpgrade = ({ db }: ApiDependencies) => owned(async (id) => (await findUpgrade(db, id))?.customerId);

/** @throws Problem not_found */
export async function upgradeOf({ db }: ApiDependencies, id: string): Promise<UpgradeRow> {
  return found(await findUpgrade(db, id));
}
