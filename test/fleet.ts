import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { uuidv7 } from 'uuidv7';
import { transact } from '#use-cases/context';
import { handOver } from '#use-cases/leases/hand-over';
import { limitsOf } from '#steering/start-lease';
import type { Database } from '#db/client';
import { leases, methods, users, vehicles } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import type { SimulatedProvider } from '#dev/simulators/simulated';
import { marketRules, type Market } from '#domain/markets';
import { workflowQueue } from '#domain/task-queues';
import type { Plan } from '#domain/vehicles/plan';
import type { Config } from '#platform/config';
import { createEncryption } from '#platform/encryption';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { freshState, type LeaseState } from '#workflows/lease/state';
import { maskPhone } from '#domain/phone';
import { inTurns } from './in-turns.ts';

/** Someone who pays for one lease. */
export interface Payer {
  readonly provider: SimulatedProvider;
  readonly market: Market;
  readonly phone: string;
}

/** A running lease of a fleet, with the state that its workflow goes on with. */
export interface FleetLease extends Payer {
  readonly state: LeaseState;
}

const fleetPlan = {
  id: randomUUID(),
  name: 'Weekly',
  vehicleTypes: ['motorcycle'],
  frequency: 'weekly',
  instalments: 10,
  depositPercent: 10,
  markupPercent: 20,
  graceDays: 2,
  lateFee: null,
  immobiliseAfterDaysPastDue: 7,
  immobiliseNoticeHours: 24,
  offerHours: 72,
  signHours: 48,
  depositHours: 72,
  components: { vehicle: 80, insurance: 15, tracker: 5 },
} satisfies Omit<Plan, 'market'>;

/** Transactions at once: fewer than the pool has connections. */
const AT_ONCE = 8;

/**
 * Leases that have just been handed over, one for each payer: the rows set by set, the handover by its use
 * case, so that the books begin as they would. There is no deposit: all money of the books is collected later.
 *
 * @param instalments whole minor units of a line, by market
 * @param fleetName begins the references of its leases, of which no two are the same
 * @param lines of each schedule, a week apart
 */
export async function createFleet(
  db: Database,
  config: Config,
  payers: readonly Payer[],
  instalments: Readonly<Record<Market, number>> = { UG: 70_000, KE: 150_000, RW: 25_000 },
  fleetName = 'FLEET',
  lines = fleetPlan.instalments,
): Promise<FleetLease[]> {
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const at = new Date();
  const rows = payers.map((payer, index) =>
    leaseOf(payer, `${fleetName}${String(index).padStart(5, '0')}`, { amount: instalments[payer.market], lines }, at),
  );
  await db.insert(users).values(
    rows.map(({ lease, phone, market }) => ({
      id: lease.customerId,
      role: 'customer' as const,
      name: 'Amina Nakato',
      market,
      phoneHash: encryption.hash('phone', phone),
      phoneEncrypted: encryption.encrypt(phone),
    })),
  );
  await db.insert(vehicles).values(
    rows.map(({ lease }) => ({
      id: lease.vehicleId,
      type: 'motorcycle' as const,
      make: 'Bajaj',
      model: 'Boxer',
      year: 2025,
      market: lease.market,
      price: lease.price,
      currency: lease.currency,
      registration: `FLEET ${lease.reference}`,
      vin: `FLEET${lease.reference}`,
      status: 'reserved' as const,
    })),
  );
  await db.insert(methods).values(
    rows.map(({ lease, phone, provider }) => ({
      id: lease.paymentMethodId,
      userId: lease.customerId,
      provider,
      phoneHash: encryption.hash('phone', phone),
      phoneEncrypted: encryption.encrypt(phone),
      masked: maskPhone(phone),
    })),
  );
  await db.insert(leases).values(rows.map(({ lease }) => lease));
  return inTurns(rows, AT_ONCE, async ({ lease, ...payer }) => {
    const order = { leaseId: lease.id, odometerKm: 1 };
    const standing = await transact(db, system('fleet'), at, (context) => handOver(context, order));
    return { ...payer, state: stateOf(lease, standing, config) };
  });
}

function leaseOf(payer: Payer, reference: string, each: { readonly amount: number; readonly lines: number }, at: Date) {
  const plan: Plan = { ...fleetPlan, market: payer.market, instalments: each.lines };
  const instalment = each.amount;
  const lease = {
    id: uuidv7(),
    reference,
    status: 'awaiting_handover' as const,
    customerId: uuidv7(),
    vehicleId: uuidv7(),
    planId: plan.id,
    plan,
    paymentMethodId: uuidv7(),
    market: payer.market,
    currency: marketRules(payer.market).currency,
    frequency: plan.frequency,
    price: instalment * plan.instalments,
    deposit: 0,
    instalment,
    instalmentsTotal: plan.instalments,
    totalPrice: instalment * plan.instalments,
    createdAt: at,
    updatedAt: at,
  };
  return { ...payer, lease };
}

/** What the workflow of a lease knows right after the handover. */
function stateOf(
  lease: ReturnType<typeof leaseOf>['lease'],
  standing: LeaseState['standing'],
  config: Config,
): LeaseState {
  const { id: leaseId, customerId, vehicleId, planId, paymentMethodId, reference, plan } = lease;
  const { graceDays, offerHours, signHours, depositHours } = plan;
  return {
    ...freshState(),
    application: { leaseId, customerId, vehicleId, planId, paymentMethodId },
    ...limitsOf(config),
    reference,
    terms: {
      market: lease.market,
      currency: lease.currency,
      deposit: lease.deposit,
      instalment: lease.instalment,
      graceDays,
      offerHours,
      signHours,
      depositHours,
    },
    standing,
  };
}

/** Starts the workflows of a fleet as a continue-as-new would. */
export async function startFleet(client: Client, config: Config, fleet: readonly FleetLease[]): Promise<void> {
  await inTurns(fleet, AT_ONCE, ({ state }) =>
    client.workflow.start('lease', {
      workflowId: leaseWorkflowId(state.application.leaseId),
      taskQueue: workflowQueue(config.TASK_QUEUE_PREFIX),
      args: [{ state }],
    }),
  );
}
