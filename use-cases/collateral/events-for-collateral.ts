import { and, eq, inArray } from 'drizzle-orm';
import type { Database } from '#db/client';
import { isRegistered } from '#db/queries/collateral';
import { findLease } from '#db/queries/leases';
import { collateralSteps } from '#db/schema/index';
import { catalogue } from '#domain/events/catalogue';
import type { StoredEvent } from '#domain/events/cloud-event';
import { isUnregistered, stepsAtEnd } from '#domain/collateral/step';
import { system } from '#domain/identity/roles';
import { transact, type Context } from '../context.ts';
import type { Reader } from '../events/read-batch.ts';
import { readerOf } from '../events/reader-of.ts';
import { lockLease, type LeaseRow } from '../leases/lease-record.ts';
import { tellCustomer, type TellingDependencies } from '../support/tell-customer.ts';
import { openSteps } from './open-steps.ts';
import { closeStep } from './step-record.ts';

type Told = Pick<StoredEvent, 'id' | 'type' | 'data' | 'time'>;

/**
 * Opens what has to be done at the registers when a lease begins, has another customer, or ends. The lease waits for none of
 * it: it is over when it is over, and what is owed to its customer stays open until it is done.
 */
export function eventsForCollateral(deps: TellingDependencies): Reader {
  const { db } = deps;
  return readerOf('collateral', {
    'lease.activated': (event) =>
      ofLease(db, event, async (context, lease) => {
        if (!isUnregistered(lease.status))
          await openSteps(context, lease, { kinds: ['registration'], cause: event.id });
      }),
    'transfer.completed': (event) =>
      ofLease(db, event, async (context, lease) => {
        if (!isUnregistered(lease.status) && (await isRegistered(context.tx, lease.id)))
          await openSteps(context, lease, { kinds: ['amendment'], cause: event.id });
      }),
    'lease.completed': (event) => ofLease(db, event, (context, lease) => atEnd(context, lease, event.id)),
    'lease.terminated': (event) => ofLease(db, event, (context, lease) => atEnd(context, lease, event.id)),
    'lease.redeemed': (event) =>
      ofLease(db, event, (context, lease) => openSteps(context, lease, { kinds: ['title'], cause: event.id })),
    'collateral.done': (event) => tell(deps, event),
  });
}

async function ofLease(
  db: Database,
  { data, time }: Told,
  work: (context: Context, lease: LeaseRow) => Promise<void>,
): Promise<void> {
  const { leaseId } = catalogue['transfer.completed'].payload.pick({ leaseId: true }).parse(data);
  await transact(db, system('collateral'), time, async (context) => {
    const { row } = await lockLease(context.tx, leaseId);
    await work(context, row);
  });
}

async function atEnd(context: Context, lease: LeaseRow, cause: string): Promise<void> {
  if (!isUnregistered(lease.status)) return;
  const kinds = stepsAtEnd(lease.status, await isRegistered(context.tx, lease.id));
  await dropRegistrations(context, lease, `the lease is ${lease.status}`);
  await openSteps(context, lease, { kinds, cause });
}

/** What was still to be registered of a lease need not be any more. Call it with the lease locked. */
async function dropRegistrations(context: Context, lease: LeaseRow, reason: string): Promise<void> {
  const isOpen = and(eq(collateralSteps.leaseId, lease.id), eq(collateralSteps.status, 'open'));
  const isOfRegister = inArray(collateralSteps.kind, ['registration', 'amendment']);
  const rows = await context.tx.select().from(collateralSteps).where(and(isOpen, isOfRegister)).for('update');
  for (const row of rows) await closeStep(context, { lease, row }, { status: 'dropped', reason });
}

/** The customer hears of what was owed to him. */
async function tell(deps: TellingDependencies, { data, time }: Told): Promise<void> {
  const { leaseId, stepId, kind } = catalogue['collateral.done'].payload.parse(data);
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined || (kind !== 'title' && kind !== 'discharge')) return;
  const { reference } = lease;
  const message = { template: kind === 'title' ? 'title_transferred' : 'interest_discharged', reference } as const;
  await tellCustomer(deps, { key: `collateral:${stepId}`, leaseId, message, at: time.toISOString() });
}
