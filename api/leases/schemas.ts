import { z } from '@hono/zod-openapi';
import { buckets } from '#domain/leases/position';
import { leaseStatuses } from '#domain/leases/status';
import { markets } from '#domain/markets';
import { currencies } from '#domain/money';
import { paymentKinds, paymentStatuses } from '#domain/payments/payment';
import { frequencies } from '#domain/vehicles/plan';
import { balance, instant, instantOrNull, localDay } from '../schemas.ts';
import { plan } from '../vehicles/schemas.ts';

/** What the contract calls a lease, its schedule, statement and timeline, and a payment. */
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
    agreementSignedAt: instantOrNull,
    handedOverAt: instantOrNull,
    completedAt: instantOrNull,
    endedAt: instantOrNull,
    createdAt: instant,
    asOf: instant.openapi({ description: "The lease's own clock" }),
  })
  .openapi('Lease');

export const payment = z
  .object({
    id: z.uuid(),
    leaseId: z.uuid(),
    kind: z.enum(paymentKinds),
    provider: z.string(),
    paymentMethodId: z.uuid().nullable(),
    payerMasked: z.string(),
    amount: balance,
    status: z.enum(paymentStatuses),
    reason: z.string().nullable(),
    attempt: z.int(),
    refundOf: z.uuid().nullable(),
    providerReference: z.string().nullable(),
    allocation: z.array(
      z.object({
        component: z.string(),
        instalment: z.int().nullable(),
        amount: balance,
        of: z.uuid().optional().openapi({ description: 'Of credit paid out in cash: the payment that brought it' }),
      }),
    ),
    requestedAt: instant,
    settledAt: instantOrNull,
    valueOn: localDay.nullable().openapi({ description: 'The local day on which it was paid; null until it is known' }),
    claimedOn: localDay.nullable().openapi({
      description: 'Of cash: the earlier day on which the agent says that he took it, whether it was confirmed or not',
    }),
  })
  .openapi('Payment');
