import type { RiskFact } from '#domain/leases/wire';
import { record, type Context } from '../context.ts';

/** Puts what telematics saw on the lease's timeline, once an event. */
export async function noteRisk(
  context: Context,
  { leaseId, risk }: { readonly leaseId: string; readonly risk: RiskFact },
): Promise<void> {
  const { riskEventId, ...facts } = risk;
  await record(context, {
    key: `risk:${riskEventId}`,
    type: 'telematics.risk.detected',
    subject: risk.vehicleId,
    leaseId,
    detail: { riskEventId, ...facts },
  });
}
