export { inboundPayment } from './inbound/inbound-payment.ts';
export { kyc } from './kyc/kyc.ts';
export { lease } from './lease/lease.ts';
export { dailyReconciliation } from './reconciliation/daily.ts';
export { reconciliation } from './reconciliation/reconciliation.ts';
export { ticket } from './ticket/ticket.ts';
export { deadLeases } from './upkeep/dead-leases.ts';
export { upkeep } from './upkeep/upkeep.ts';
