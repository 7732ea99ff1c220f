import { and, eq } from 'drizzle-orm';
import { audit } from '#db/schema/index';
import { deciding } from '#domain/audit';
import { isOwing, isTampering } from '#domain/leases/tampering';
import { isSuspicious, suspectsTheft } from '#domain/leases/theft';
import type { RiskFact } from '#domain/leases/wire';
import { openCase } from '../cases/open-case.ts';
import { record, type Context } from '../context.ts';
import { lockLease } from './lease-record.ts';

/** Puts what telematics saw on the lease's timeline, once an event; what looks like a theft together is a case. */
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
  await suspect(context, leaseId, risk);
  await callForVisit(context, leaseId, risk);
}

/** What somebody does to the tracker while money is owed is for an agent to look at. */
async function callForVisit(context: Context, leaseId: string, { riskEventId, type }: RiskFact): Promise<void> {
  if (!isTampering(type)) return;
  const { row } = await lockLease(context.tx, leaseId);
  if (!isOwing(row.status)) return;
  await openCase(context, { kind: 'tampering_in_arrears', leaseId, paymentId: null, detail: { riskEventId, type } });
}

async function suspect(context: Context, leaseId: string, { riskEventId, ...risk }: RiskFact): Promise<void> {
  if (!isSuspicious(risk)) return;
  // Of two at the same moment the second sees the first.
  const { row } = await lockLease(context.tx, leaseId);
  if (row.status === 'stolen' || !suspectsTheft(risk, await seenOf(context, leaseId))) return;
  await openCase(context, { kind: 'suspected_theft', leaseId, paymentId: null, detail: { riskEventId } });
}

/** What telematics has seen of a lease's vehicle. */
async function seenOf({ tx }: Context, leaseId: string) {
  const rows = await tx
    .select({ detail: audit.detail })
    .from(audit)
    .where(and(eq(audit.leaseId, leaseId), eq(audit.type, 'telematics.risk.detected')));
  return rows.flatMap(({ detail }) => deciding['telematics.risk.detected'].safeParse(detail).data ?? []);
}
