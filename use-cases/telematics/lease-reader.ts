import type { Client } from '@temporalio/client';
import { catalogue } from '#domain/events/catalogue';
import type { StoredEvent } from '#domain/events/cloud-event';
import { signalWorkflow } from '#steering/signal-workflow';
import { leaseWorkflowId, riskDetected } from '#workflows/lease/messages';
import type { Reader } from '../events/read-batch.ts';

/** Milliseconds that Temporal may take to accept a signal. */
const PATIENCE = 10_000;
/** What of a risk the lease is told. */
const told = catalogue['telematics.risk.detected'].payload.pick({
  id: true,
  type: true,
  severity: true,
  vehicleId: true,
  occurredAt: true,
  details: true,
});

/**
 * Tells the workflows of the leases what happened to their vehicles, each in order, at least once; the workflow knows
 * an event again by its id. A workflow that is gone counts as told.
 *
 * @param connect to the Temporal server, which need not be there yet
 */
export function leaseReader(connect: () => Promise<Client>): { readonly reader: Reader; close(): Promise<void> } {
  let connecting: Promise<Client> | null = null;
  const temporal = async () => {
    connecting ??= connect();
    return connecting.catch((error: unknown) => {
      connecting = null;
      throw error;
    });
  };
  async function take({ leaseId, data }: StoredEvent): Promise<void> {
    if (leaseId === null) return;
    const { id: riskEventId, ...risk } = told.parse(data);
    const client = await temporal();
    await client.withDeadline(Date.now() + PATIENCE, () =>
      signalWorkflow(client, leaseWorkflowId(leaseId), riskDetected, { riskEventId, ...risk }),
    );
  }
  return {
    reader: { name: 'leases', types: ['telematics.risk.detected'], take },
    async close() {
      const client = await connecting?.catch(() => null);
      await client?.connection.close();
    },
  };
}
