import type { CaseRow } from '#db/queries/cases';

export function presentCase(row: CaseRow) {
  const { id, kind, leaseId, paymentId, status, detail, openedAt, closedAt, closedBy, resolution } = row;
  return { id, kind, leaseId, paymentId, status, detail, openedAt, closedAt, closedBy, resolution };
}
