import { z } from '@hono/zod-openapi';
import type { UpgradeRow } from '#db/queries/upgrades';
import { creditStatuses } from '#domain/credit/assessment';
import { money as sumOf } from '#domain/money';
import { upgradeStatuses } from '#domain/upgrades/upgrade';
import { frequencies } from '#domain/vehicles/plan';
import { balance, instant, instantOrNull, money, uuid } from '../schemas.ts';

export const upgrade = z
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
    settlement: balance.openapi({ description: 'What settling its lease costs, at most' }),
    /** What is owned of it, and becomes the deposit. */
    deposit: money,
    payout: balance.openapi({ description: 'What a deposit cannot take, and is paid out' }),
    instalment: money,
    instalments: z.int(),
    frequency: z.enum(frequencies),
    total: money,
    credit: z.enum(creditStatuses).nullable(),
    odometerKm: z.int().nullable(),
    reason: z.string().nullable(),
    expiresAt: instant.openapi({ description: 'It lapses then, on the clock of the lease' }),
    acceptedAt: instantOrNull,
    inspectedAt: instantOrNull,
    endedAt: instantOrNull,
    createdAt: instant,
  })
  .openapi('Upgrade');

export function presentUpgrade(row: UpgradeRow) {
  const sum = (amount: number) => sumOf(amount, row.currency);
  const { id, leaseId, customerId, vehicleId, paymentMethodId, status, plan, odometerKm, reason } = row;
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
    settlement: sum(row.settlement),
    deposit: sum(row.deposit),
    payout: sum(row.payout),
    instalment: sum(row.instalment),
    instalments: plan.instalments,
    frequency: plan.frequency,
    total: sum(row.total),
    credit: row.credit?.status ?? null,
    odometerKm,
    reason,
    expiresAt,
    acceptedAt,
    inspectedAt,
    endedAt,
    createdAt,
  };
}
