import { randomUUID } from 'node:crypto';
import { CompleteAsyncError } from '@temporalio/activity';
import { uuidv7 } from 'uuidv7';
import { createCreditActivities } from '#activities/credit';
import { createLeaseActivities } from '#activities/leases';
import { startLease } from '#steering/start-lease';
import { stateFromBooks } from '#use-cases/leases/state-from-books';
import { collect } from '#use-cases/payments/charging/collect';
import { createPaymentActivities } from '#activities/payments';
import { eventually } from '#dev/client';
import type { Customer } from '#dev/journey';
import type { Actor } from '#domain/identity/roles';
import type { TestPlatform } from './platform.ts';

/** Statuses that a lease can begin in without its workflow, in their order. */
export const beginnings = ['reserved', 'awaiting_deposit', 'awaiting_handover', 'active'] as const;
export type Beginning = (typeof beginnings)[number];

/** The callback of a deposit is lost: nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';

/**
 * Takes a customer's lease to a status by the activities that its workflow would have run, one after the other, and
 * starts the workflow from the books: a tenth of the work that the whole story is. The books are the same, but for the
 * texts to the customer, which are not sent. The deposit is really charged by the simulator.
 *
 * @returns the lease's id.
 */
export async function beginLease(
  { deps }: TestPlatform,
  to: Beginning,
  customer: Customer,
  choice: { readonly vehicleId: string; readonly planId: string },
  agent: Actor,
): Promise<string> {
  const leaseId = uuidv7();
  const leases = createLeaseActivities(deps);
  const now = () => ({ leaseId, at: new Date().toISOString() });
  const self = { role: 'customer', id: customer.id } as const;
  const { terms } = await leases.recordApplication({
    ...now(),
    ...choice,
    customerId: customer.id,
    paymentMethodId: customer.paymentMethodId,
  });
  for (const status of ['verifying', 'assessing'] as const) await leases.changeStatus({ ...now(), to: status });
  const { status, conditions } = await createCreditActivities(deps).assessCredit(now());
  if (status !== 'approved') throw new Error(`the credit of ${customer.name} is ${status}`);
  await leases.makeOffer({ ...now(), conditions });
  const until = new Date(Date.now() + terms.signHours * 3_600_000).toISOString();
  await leases.holdVehicle({ ...now(), actor: self, until });
  const steps: Record<Beginning, () => Promise<unknown>> = {
    reserved: async () => {},
    awaiting_deposit: () => leases.signAgreement({ ...now(), actor: self, name: customer.name }),
    awaiting_handover: async () => {
      await payDeposit(deps, leaseId);
      await leases.changeStatus({ ...now(), to: 'awaiting_handover' });
    },
    active: () => leases.handOver({ ...now(), actor: agent, odometerKm: 5 }),
  };
  for (const step of beginnings.slice(0, beginnings.indexOf(to) + 1)) await steps[step]();
  const { row, state } = await stateFromBooks(deps.db, deps.config, leaseId);
  await startLease(deps, row, { state });
  return leaseId;
}

/** As the activity does, whose second try asks the provider. */
async function payDeposit(deps: TestPlatform['deps'], leaseId: string): Promise<void> {
  const at = new Date().toISOString();
  const order = { attemptId: randomUUID(), leaseId, kind: 'deposit', method: 0, asked: true, at } as const;
  const charging = { ...deps, config: { ...deps.config, PUBLIC_URL: NOWHERE } };
  const outcome = await eventually('the deposit', async () => {
    try {
      return await collect(charging, { attempt: 1 }, order);
    } catch (error) {
      if (!(error instanceof CompleteAsyncError)) throw error;
      return undefined;
    }
  });
  if (outcome.status !== 'succeeded') throw new Error(`the deposit is ${outcome.status}`);
  await createPaymentActivities(deps).postPayment({ leaseId, attemptId: outcome.attemptId, at });
}
