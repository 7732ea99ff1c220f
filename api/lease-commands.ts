import { WithStartWorkflowOperation, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { leaseStart, limitsOf } from '#use-cases/leases/start-lease';
import { receiveAfterEnd } from '#use-cases/payments/receive-after-end';
import type { Database } from '#db/client';
import { findLease, viewLeases, type LeaseRow, type LeaseView } from '#db/queries/leases';
import { findPaymentMethod, listPayments, presentPayment } from '#db/queries/payments';
import { findVehicle } from '#db/queries/vehicles';
import { Problem, TryLater } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import type { Money } from '#domain/money';
import { inLeaseCurrency } from '#domain/payments/payable';
import type { ReceivedMoney } from '#domain/payments/payment';
import { marketOfPhone } from '#domain/phone';
import type { Config } from '#platform/config';
import type { MobileMoneyRegistry } from '#providers/mobile-money/registry';
import * as messages from '#workflows/lease/messages';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { keyOfItsOwn, type CommandKey } from './command-key.ts';
import { sendCommand, startWithCommand, uuidFor, type Command } from './send-command.ts';

/** What steering a lease needs: the workflow to talk to, and Postgres to read. */
export interface LeaseCommandDependencies {
  readonly config: Config;
  readonly db: Database;
  readonly temporal: Client;
  readonly mobileMoney: MobileMoneyRegistry;
}

/**
 * Starts the lease's workflow and waits until the application is on record. The lease's id follows from
 * the customer and the idempotency key, so that a crash between the two makes no second lease; one that is on record
 * is the answer, whatever has become of its workflow.
 *
 * @throws Problem as the workflow refuses.
 */
export async function applyForLease(
  deps: LeaseCommandDependencies,
  customerId: string,
  request: { vehicleId: string; planId: string; paymentMethodId: string },
  key: CommandKey = keyOfItsOwn(),
): Promise<LeaseView> {
  const { config, temporal } = deps;
  const leaseId = uuidFor('lease', customerId, key);
  if ((await findLease(deps.db, leaseId)) !== undefined) return readLease(deps.db, leaseId);
  const vehicle = await findVehicle(deps.db, request.vehicleId);
  const application = { leaseId, customerId, ...request };
  const lease = { id: leaseId, customerId, vehicleId: request.vehicleId, market: vehicle?.market };
  const options = {
    ...leaseStart(config, lease, { application, ...limitsOf(config) }),
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
  };
  const start = () => new WithStartWorkflowOperation('lease', options);
  // It may be refused, and then there is no such lease to look at.
  const command = { workflowId: options.workflowId, updateId: 'apply', lookAt: '/v1/leases' };
  await startWithCommand(temporal, command, messages.apply, [], start);
  return readLease(deps.db, leaseId);
}

/** @throws Problem not_found */
export async function readLease(db: Database, leaseId: string): Promise<LeaseView> {
  const row = await findLease(db, leaseId);
  if (row === undefined) throw new Problem('not_found');
  const [lease] = await viewLeases(db, [row]);
  if (lease === undefined) throw new Problem('not_found');
  return lease;
}

/**
 * A command to a lease: the same actor, update and key again are the same one. The lease is in the key, whose path names
 * it, or what is its own: a payment, a case.
 */
export function leaseCommand(
  leaseId: string,
  { name }: { readonly name: string },
  { actor }: { readonly actor: Actor },
  key: CommandKey = keyOfItsOwn(),
): Command {
  return {
    workflowId: leaseWorkflowId(leaseId),
    updateId: uuidFor('update', actor.id, name, key),
    lookAt: `/v1/leases/${leaseId}`,
  };
}

/**
 * Sends a command to a running lease and waits for its answer. `key` makes a repetition the same command.
 *
 * @throws Problem invalid_state when the lease is over, unavailable when its workflow died; otherwise as `sendCommand`.
 */
export async function commandLease<Input extends { readonly actor: Actor }, Result>(
  deps: LeaseCommandDependencies,
  leaseId: string,
  definition: UpdateDefinition<Result, [Input]>,
  input: Input,
  key?: CommandKey,
): Promise<Result> {
  try {
    return await sendCommand(deps.temporal, leaseCommand(leaseId, definition, input, key), definition, input);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const row = await findLease(deps.db, leaseId);
    if (row === undefined || hasEnded(row.status))
      throw new Problem('invalid_state', `this is not possible: the lease is ${row?.status ?? 'over'}`);
    throw new TryLater('unavailable', 'The work on the lease has stopped; an operator has to restart it', 60);
  }
}

/** Gives a lease money that is there already. One that has ended is booked beside its workflow. @throws as `commandLease` */
export async function giveMoney(
  deps: LeaseCommandDependencies,
  leaseId: string,
  input: { readonly actor: Actor; readonly money: ReceivedMoney },
  key?: CommandKey,
): Promise<void> {
  if (await receiveAfterEnd(deps, { leaseId, ...input })) return;
  await commandLease(deps, leaseId, messages.receiveMoney, input, key);
}

/** A command after which people look at the lease. @returns it as it is then. @throws as `commandLease` */
export async function steerLease<Input extends { readonly actor: Actor }>(
  deps: LeaseCommandDependencies,
  leaseId: string,
  definition: UpdateDefinition<unknown, [Input]>,
  input: Input,
  key?: CommandKey,
): Promise<LeaseView> {
  await commandLease(deps, leaseId, definition, input, key);
  return readLease(deps.db, leaseId);
}

/** A person's own payment of any amount. @returns the payment, pending. */
export async function payLease(
  deps: LeaseCommandDependencies,
  lease: LeaseRow,
  actor: Actor,
  request: { amount: Money; paymentMethodId?: string | undefined },
  key: CommandKey,
): Promise<ReturnType<typeof presentPayment>> {
  const { amount, paymentMethodId = lease.paymentMethodId } = request;
  inLeaseCurrency(lease, amount);
  const method = await ownPaymentMethod(deps, lease, paymentMethodId);
  const most = deps.mobileMoney.get(method.provider).maximumCharge;
  if (most !== null && amount.amount > most) {
    throw new Problem('unprocessable', 'the provider takes less in one payment', [
      { path: 'amount.amount', message: `must be at most ${most}` },
    ]);
  }
  const attemptId = uuidFor('payment', actor.id, lease.id, key);
  await commandLease(deps, lease.id, messages.pay, { actor, attemptId, paymentMethodId, amount: amount.amount }, key);
  const [payment] = await listPayments(deps.db, { id: attemptId }, { limit: 1 });
  if (payment === undefined) throw new Problem('internal');
  return presentPayment(payment);
}

/** Pays a settlement quote. @returns the payment, pending: the first of several where the provider takes less at once. */
export async function settleLease(
  deps: LeaseCommandDependencies,
  lease: LeaseRow,
  actor: Actor,
  request: { quoteId: string; paymentMethodId?: string | undefined },
  key: CommandKey,
): Promise<ReturnType<typeof presentPayment>> {
  const { quoteId, paymentMethodId = lease.paymentMethodId } = request;
  await ownPaymentMethod(deps, lease, paymentMethodId);
  const attemptId = uuidFor('settlement', actor.id, lease.id, key);
  await commandLease(deps, lease.id, messages.settle, { actor, quoteId, attemptId, paymentMethodId }, key);
  const [payment] = await listPayments(deps.db, { id: attemptId }, { limit: 1 });
  if (payment === undefined) throw new Problem('internal');
  return presentPayment(payment);
}

/** @throws Problem naming the field when the method is not the lease's customer's or not of its market. */
export async function ownPaymentMethod(deps: LeaseCommandDependencies, lease: LeaseRow, paymentMethodId: string) {
  const method = await findPaymentMethod(deps.db, paymentMethodId);
  const refuse = (message: string) => new Problem('unprocessable', message, [{ path: 'paymentMethodId', message }]);
  if (method?.userId !== lease.customerId) throw refuse('there is no such payment method of the customer');
  if (marketOfPhone(method.masked) !== lease.market)
    throw refuse(`must be a number of ${lease.market}, as the lease is`);
  return method;
}
