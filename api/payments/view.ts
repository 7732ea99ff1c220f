import type { PaymentRow } from '#db/queries/payments';
import { money } from '#domain/money';

export function presentPayment(row: PaymentRow) {
  const sum = (amount: number) => money(amount, row.currency);
  return {
    id: row.id,
    leaseId: row.leaseId,
    kind: row.kind,
    provider: row.provider,
    paymentMethodId: row.paymentMethodId,
    payerMasked: row.payerMasked,
    amount: sum(row.settledAmount ?? row.amount),
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
