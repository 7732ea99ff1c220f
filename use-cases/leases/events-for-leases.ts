import { leaseTypedFor } from '#db/queries/doubts';
import { findLease, leaseClock, leaseWithLines } from '#db/queries/leases';
import { findPayment } from '#db/queries/payments';
import type { Database } from '#db/client';
import { catalogue } from '#domain/events/catalogue';
import type { StoredEvent } from '#domain/events/cloud-event';
import { localDateAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import { signalWorkflow } from '#steering/signal-workflow';
import { tellBooksChanged } from '#steering/tell-books-changed';
import { leaseWorkflowId, moneyBooked, riskDetected, vehicleSwitched } from '#workflows/lease/messages';
import type { Reader } from '../events/read-batch.ts';
import { readerOf } from '../events/reader-of.ts';
import { standingOf } from './lease-record.ts';
import { restartFromBooks, type RestartDependencies } from './restart-lease.ts';

/** Milliseconds that Temporal may take to accept a signal. */
const PATIENCE = 10_000;
/** What of a risk the lease is told. */
const risk = catalogue['telematics.risk.detected'].payload.pick({
  id: true,
  type: true,
  severity: true,
  vehicleId: true,
  occurredAt: true,
  details: true,
});
const payment = catalogue['payment.completed'].payload.pick({ paymentId: true, kind: true, provider: true });

/**
 * Tells the workflow of each lease what happened beside it, in order and at least once: risks of its vehicle, money that is booked, money in
 * doubt that was another lease's, a death that is reported, a sale or redemption after a repossession, and that its vehicle stands or moves
 * again. The workflow knows an event again by its id. A workflow that is gone counts as told; where the lease is over, one is started that
 * gives back what is the customer's.
 *
 * @param deps.temporal the server need not be there yet
 */
export function eventsForLeases(deps: RestartDependencies): Reader {
  const told =
    (tell: Tell) =>
    async ({ leaseId, data, sequence }: StoredEvent) => {
      if (leaseId === null) return;
      await deps.temporal.withDeadline(Date.now() + PATIENCE, () => tell(deps, leaseId, data, sequence));
    };
  return readerOf(
    'lease-workflows',
    {
      'payment.completed': told(tellOfMoney),
      'telematics.risk.detected': told(tellOfRisk),
      'vehicle.immobilised': told(tellOfVehicle),
      'vehicle.mobilised': told(tellOfVehicle),
      'lease.redeemed': told(tellOfBooks),
      'lease.vehicle_sold': told(tellOfBooks),
      'death.reported': told(tellOfBooks),
      'death.confirmed': told(tellOfBooks),
      'death.refuted': told(tellOfBooks),
    },
    { formerly: 'leases' },
  );
}

type Tell = (deps: RestartDependencies, leaseId: string, data: unknown, sequence: number) => Promise<void>;

/** A tracker may tell late: what was while another had the lease, or is known when it is over, its workflow is not told. */
async function tellOfRisk({ db, temporal }: RestartDependencies, leaseId: string, data: unknown): Promise<void> {
  const { id: riskEventId, ...told } = risk.parse(data);
  // The lease's timeline tells no places: whoever looks at those is on record.
  const { from: _place, ...details } = told.details;
  const fact = { ...told, details };
  const lease = await findLease(db, leaseId);
  if (lease === undefined || hasEnded(lease.status)) return;
  const { transferredAt, clockOffsetMs } = lease;
  if (transferredAt !== null && Date.parse(fact.occurredAt) < transferredAt.getTime() - clockOffsetMs) return;
  await signalWorkflow(temporal, leaseWorkflowId(leaseId), riskDetected, { riskEventId, ...fact });
}

/** What was said of its customer is in its books. */
async function tellOfBooks(deps: RestartDependencies, leaseId: string): Promise<void> {
  await tellBooksChanged(deps, leaseId);
}

/** It looks at its vehicle at once. */
async function tellOfVehicle({ temporal }: RestartDependencies, leaseId: string): Promise<void> {
  await signalWorkflow(temporal, leaseWorkflowId(leaseId), vehicleSwitched);
}

/** What a lease has charged by itself it knows. */
async function tellOfMoney(deps: RestartDependencies, leaseId: string, data: unknown, sequence: number): Promise<void> {
  const { paymentId, kind, provider } = payment.parse(data);
  if (kind !== 'cash' && kind !== 'inbound' && provider !== 'trade_in' && provider !== 'sale') return;
  const doubted = kind === 'inbound' ? await leaseTypedFor(deps.db, paymentId) : undefined;
  if (doubted !== undefined && doubted !== leaseId) await tellBooksChanged(deps, doubted);
  const { standing, paidAt } = await readBooked(deps.db, leaseId, paymentId);
  const booked = { paymentId, standing, paidAt, sequence };
  if (await signalWorkflow(deps.temporal, leaseWorkflowId(leaseId), moneyBooked, booked)) return;
  if (hasEnded(standing.status)) await restartFromBooks(deps, system('leases'), leaseId);
}

/** Where the lease stands, and when it was paid on its clock, epoch milliseconds: null where only the day is known. */
async function readBooked(db: Database, leaseId: string, paymentId: string) {
  const [lease, payment] = await Promise.all([leaseWithLines(db, leaseId), findPayment(db, paymentId)]);
  if (lease === undefined) throw new Error(`there is no lease ${leaseId}`);
  const { kind, valueOn, requestedAt } = payment;
  const isHourKnown = kind === 'inbound' || valueOn === localDateAt(requestedAt.getTime(), lease.row.market);
  return {
    standing: standingOf(lease, leaseClock(lease.row)),
    paidAt: isHourKnown ? requestedAt.getTime() : null,
  };
}
