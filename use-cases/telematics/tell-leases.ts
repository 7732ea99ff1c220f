import type { Client } from '@temporalio/client';
import type postgres from 'postgres';
import type { RiskType, Severity } from '#domain/telematics/risk';
import { signalWorkflow } from '#steering/signal-workflow';
import { leaseWorkflowId, riskDetected } from '#workflows/lease/messages';

interface Untold {
  readonly id: string;
  readonly type: RiskType;
  readonly severity: Severity;
  readonly vehicleId: string;
  readonly leaseId: string;
  readonly occurredAt: Date;
  readonly details: Record<string, unknown>;
}

const BATCH = 100;

/**
 * Tells the workflows of the leases what happened to their vehicles, each lease in order, at least once;
 * the workflow knows an event again by its id. A workflow that is gone counts as told.
 *
 * @returns how many were told, and the first error of those that could not be.
 */
export async function tellLeases(
  sql: postgres.Sql,
  temporal: Client,
): Promise<{ readonly told: number; readonly error: unknown }> {
  return sql.begin(async (tx) => {
    const untold = await tx<Untold[]>`
      select id, type, severity, vehicle_id as "vehicleId", lease_id as "leaseId", occurred_at as "occurredAt", details
      from telematics.risk_events
      where signalled_at is null and lease_id is not null
      order by created_at, id limit ${BATCH} for no key update skip locked`;
    const told: string[] = [];
    let failure: unknown = null;
    const byLease = new Map<string, Untold[]>();
    for (const risk of untold) byLease.set(risk.leaseId, [...(byLease.get(risk.leaseId) ?? []), risk]);
    await Promise.all(
      [...byLease.values()].map(async (risks) => {
        try {
          for (const risk of risks) {
            await signal(temporal, risk);
            told.push(risk.id);
          }
        } catch (error) {
          failure ??= error;
        }
      }),
    );
    if (told.length > 0)
      await tx`update telematics.risk_events set signalled_at = now() where id = any(${told}::uuid[])`;
    return { told: told.length, error: failure };
  });
}

async function signal(temporal: Client, { id, leaseId, occurredAt, ...risk }: Untold): Promise<void> {
  const fact = { riskEventId: id, occurredAt: occurredAt.toISOString(), ...risk };
  await signalWorkflow(temporal, leaseWorkflowId(leaseId), riskDetected, fact);
}
