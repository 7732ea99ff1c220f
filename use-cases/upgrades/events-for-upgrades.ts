import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { findLease, leaseClock } from '#db/queries/leases';
import { listUpgrades } from '#db/queries/upgrades';
import { catalogue } from '#domain/events/catalogue';
import type { StoredEvent } from '#domain/events/cloud-event';
import { system } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import { isOver } from '#domain/upgrades/upgrade';
import { signalWorkflow } from '#steering/signal-workflow';
import { startUpgrade } from '#steering/start-upgrade';
import { upgradeMoved, upgradeWorkflowId } from '#workflows/upgrade/messages';
import { transact } from '../context.ts';
import type { Reader } from '../events/read-batch.ts';
import { readerOf } from '../events/reader-of.ts';
import { cancelUpgrade } from './end-upgrade.ts';

/** Milliseconds that Temporal may take to accept it. */
const PATIENCE = 10_000;
const told = catalogue['upgrade.requested'].payload.pick({ upgradeId: true, customerId: true, vehicleId: true });

/**
 * Starts the workflow of an exchange that was asked for, and tells it what people have done. With a lease that ends otherwise,
 * or is made over, its exchange is over.
 */
export function eventsForUpgrades(deps: {
  readonly db: Database;
  readonly temporal: Client;
  readonly config: { readonly TASK_QUEUE_PREFIX: string };
}): Reader {
  const { temporal } = deps;
  const end = async ({ leaseId }: StoredEvent) => {
    if (leaseId !== null) await endWithLease(deps.db, leaseId);
  };
  const inTime = (tell: () => Promise<unknown>) => temporal.withDeadline(Date.now() + PATIENCE, tell);
  const move = async ({ data }: StoredEvent) => {
    const { upgradeId } = told.parse(data);
    await inTime(() => signalWorkflow(temporal, upgradeWorkflowId(upgradeId), upgradeMoved));
  };
  return readerOf('upgrade-workflows', {
    'upgrade.requested': async ({ data }) => {
      const { upgradeId: id, ...about } = told.parse(data);
      await inTime(() => startUpgrade(deps, { id, ...about }));
    },
    'upgrade.approved': move,
    'upgrade.completed': move,
    'upgrade.ended': move,
    'lease.completed': end,
    'lease.terminated': end,
    'transfer.completed': end,
  });
}

async function endWithLease(db: Database, leaseId: string): Promise<void> {
  const [open] = await listUpgrades(db, { leaseId }, { limit: 1 });
  const lease = await findLease(db, leaseId);
  if (open === undefined || lease === undefined || isOver(open.status)) return;
  const isMadeOver = open.customerId !== lease.customerId;
  if (!isMadeOver && !hasEnded(lease.status)) return;
  const reason = isMadeOver ? 'the lease is somebody else’s' : `the lease is ${lease.status}`;
  await transact(db, system('upgrades'), leaseClock(lease), (context) =>
    cancelUpgrade(context, { upgradeId: open.id, reason }),
  );
}
