import { z } from '@hono/zod-openapi';
import type { AttemptRow } from '#db/queries/payments';
import { money } from '#domain/money';
import { paymentKinds, paymentStatuses, untilBooked } from '#domain/payments/payment';
import { balance, instant, instantOrNull, localDay } from '../schemas.ts';

/** What docs/openapi.json calls a payment. */
export const payment = z
  .object({
    id: z.uuid(),
    leaseId: z.uuid(),
    kind: z.enum(paymentKinds),
    provider: z.string(),
    paymentMethodId: z.uuid().nullable(),
    payerMasked: z.string(),
    amount: balance,
    takenBack: balance.optional().openapi({
      description: 'What its provider took back of it in parts, where the rest stands, or was taken back last',
    }),
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

export function presentPayment(known: AttemptRow) {
  const row = untilBooked(known);
  const sum = (amount: number) => money(amount, row.currency);
  return {
    id: row.id,
    leaseId: row.leaseId,
    kind: row.kind,
    provider: row.provider,
    paymentMethodId: row.paymentMethodId,
    payerMasked: row.payerMasked,
    amount: sum(row.settledAmount ?? row.amount),
    ...(row.takenBack > 0 && { takenBack: sum(row.takenBack) }),
    status: row.status,
    reason: row.reason,
    attempt: row.attempt,
    refundOf: row.refundOf,
    providerReference: row.providerReference,
    allocation: row.allocation.map((part) => ({ ...part, amount: sum(part.amount) })),
    requestedAt: row.requestedAt,
    settledAt: row.settledAt,
    valueOn: row.valueOn,
    claimedOn: row.claimedOn,
  };
}
