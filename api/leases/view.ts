import { z } from '@hono/zod-openapi';
import type { Database, Queryable } from '#db/client';
import { leaseStands, type LeaseRow, type LeaseStand } from '#db/queries/leases';
import { localDateAt } from '#domain/calendar';
import { isStaff } from '#domain/identity/roles';
import { bucketOf, buckets } from '#domain/leases/position';
import { isRunning, leaseStatuses } from '#domain/leases/status';
import { markets } from '#domain/markets';
import { currencies, money } from '#domain/money';
import { frequencies } from '#domain/vehicles/plan';
import type { Caller } from '../context.ts';
import { found, reachedLease } from '../guards.ts';
import { balance, instant, instantOrNull, localDay } from '../schemas.ts';
import { plan, presentTerms } from '../vehicles/plans.ts';

/** What docs/openapi.json calls a lease. */
export const lease = z
  .object({
    id: z.uuid(),
    reference: z
      .string()
      .openapi({ description: 'What a customer types when paying by himself', example: 'K7WQ2MTPA' }),
    status: z.enum(leaseStatuses),
    customerId: z.uuid(),
    vehicleId: z.uuid(),
    paymentMethodId: z.uuid(),
    backupMethodIds: z.array(z.uuid()),
    quietHours: z.object({ from: z.int(), until: z.int() }).nullable(),
    pausedUntil: localDay.nullable(),
    holdExtendedUntil: instantOrNull.openapi({
      description: 'Before the handover: an agent has the vehicle held until then, on the lease’s clock',
    }),
    restructuredOn: localDay.nullable(),
    arrearsRestructured: z
      .int()
      .nullable()
      .openapi({ description: 'Days past due when it was restructured last; its due dates begin anew then' }),
    promisedOn: localDay.nullable(),
    plan: plan.omit({ active: true }),
    market: z.enum(markets),
    currency: z.enum(currencies),
    price: balance,
    deposit: balance,
    instalment: balance,
    frequency: z.enum(frequencies),
    instalmentsTotal: z.int(),
    instalmentsPaid: z.int(),
    totalPrice: balance,
    paid: balance.openapi({ description: 'Deposit and instalments, without fees' }),
    outstanding: balance,
    overdue: balance,
    feesDue: balance,
    credit: balance,
    disputed: balance.openapi({ description: 'Taken back by a provider after it was used or given back' }),
    daysPastDue: z.int(),
    bucket: z.enum(buckets),
    ownedPercent: z.int(),
    twoThirdsPaid: z.boolean(),
    nextDue: z.object({ on: localDay, amount: balance }).nullable(),
    lacksGuarantor: z.boolean().openapi({
      description:
        'The credit was given on somebody who answers for the lease, and nobody has consented to: it is not signed before',
    }),
    agreementSignedAt: instantOrNull,
    handedOverAt: instantOrNull,
    completedAt: instantOrNull,
    endedAt: instantOrNull,
    createdAt: instant,
    asOf: instant.openapi({ description: "The lease's own clock" }),
  })
  .openapi('Lease');

/** Leases as docs/openapi.json has them, in their order. */
export async function viewLeases(db: Queryable, rows: readonly LeaseRow[], { role }: Pick<Caller, 'role'>) {
  return (await leaseStands(db, rows)).map((stand) => presentLease(stand, isStaff(role)));
}

/** @throws Problem not_found, also where it was made over to another customer since the caller was let in */
export async function viewLease(db: Database, leaseId: string, caller: Pick<Caller, 'id' | 'role'>) {
  const row = found(await reachedLease({ db }, caller, leaseId));
  const [lease] = await viewLeases(db, [row], caller);
  return found(lease);
}

/** How late somebody was who had the lease before is nothing that whoever has it now is told. */
function isOfFormer({ transferredAt, restructuredOn, market }: LeaseRow): boolean {
  if (transferredAt === null || restructuredOn === null) return false;
  return restructuredOn <= localDateAt(transferredAt.getTime(), market);
}

function presentLease({ row, asOf, position, late, ownedPercent }: LeaseStand, seesAll: boolean) {
  const { restructuredOn, arrearsRestructured } =
    seesAll || !isOfFormer(row) ? row : { restructuredOn: null, arrearsRestructured: null };
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
    holdExtendedUntil: row.holdExtendedUntil?.toISOString() ?? null,
    restructuredOn,
    arrearsRestructured,
    promisedOn: row.promisedOn,
    plan: presentTerms(row.plan),
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
    nextDue: owes && late.nextDue !== null ? { on: late.nextDue.on, amount: sum(late.nextDue.amount) } : null,
    lacksGuarantor: row.lacksGuarantor,
    agreementSignedAt: row.agreementSignedAt,
    handedOverAt: row.handedOverAt,
    completedAt: row.completedAt,
    endedAt: row.endedAt,
    createdAt: row.createdAt,
    asOf,
  };
}
