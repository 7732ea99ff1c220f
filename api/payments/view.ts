import type { PaymentRow } from '#db/queries/payments';
import type { ReconciliationRow } from '#db/queries/reconciliations';
import type { RemittanceRow } from '#db/queries/remittances';
import type { InboundRow } from '#db/queries/suspense';
import type { Suggestion } from '#domain/payments/suggestions';
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

export function presentInbound(row: InboundRow, suggestions: readonly Suggestion[]) {
  return {
    id: row.id,
    provider: row.provider,
    providerReference: row.receipt,
    payerMasked: row.payerMasked,
    account: row.account,
    amount: money(row.amount, row.currency),
    paidAt: row.paidAt,
    receivedAt: row.receivedAt,
    status: row.status,
    leaseId: row.leaseId,
    paymentId: row.paymentId,
    resolvedAt: row.resolvedAt,
    suggestions: [...suggestions],
  };
}

export function presentReconciliation(row: ReconciliationRow) {
  const { id, provider, market, date, status, matched, failure, requestedBy, startedAt, finishedAt } = row;
  return {
    id,
    provider,
    market,
    date,
    status,
    matched,
    differences: row.differences.map(({ currency, statementAmount, ledgerAmount, ...difference }) => ({
      ...difference,
      statementAmount: statementAmount === null ? null : money(statementAmount, currency),
      ledgerAmount: ledgerAmount === null ? null : money(ledgerAmount, currency),
    })),
    totals: row.totals.map(({ currency, statement, ledger, ...total }) => ({
      ...total,
      statement: money(statement, currency),
      ledger: money(ledger, currency),
    })),
    failure,
    requestedBy,
    startedAt,
    finishedAt,
  };
}

export function presentRemittance(row: RemittanceRow) {
  const { id, agentId, amount, currency, status, reference, declaredAt, declaredBy, decidedAt, reason } = row;
  return { id, agentId, amount: money(amount, currency), status, reference, declaredAt, declaredBy, decidedAt, reason };
}
