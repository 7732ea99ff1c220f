import type { CaseRow } from '#db/queries/cases';

export function presentCase(row: CaseRow & { readonly ticketIds: readonly string[] }) {
  const { id, kind, leaseId, paymentId, status, detail, openedAt, closedAt, closedBy, resolution } = row;
  const ticketIds = [...row.ticketIds];
  return { id, kind, leaseId, paymentId, status, detail, openedAt, closedAt, closedBy, resolution, ticketIds };
}
