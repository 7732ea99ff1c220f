import { patched } from '@temporalio/workflow';
import { owedOf } from '#domain/leases/position';
import { isRunning } from '#domain/leases/status';
import type { AttemptOrder } from '#domain/payments/wire';
import { AT_IT_MS, afterQuietHours } from '#domain/quiet-hours';
import { leases } from './activities.ts';
import type { LeaseRun } from './run.ts';
import type { Prompted, Settlement } from './state.ts';

/** So long a settlement is tried that no provider takes, milliseconds. */
const TRIED_MS = 24 * 3_600_000;

/**
 * A settlement of which a prompt was paid goes on with the next, for what is left of its quote by the books: at once by
 * day, and at night while its customer is at it; else in the morning. The story sends it, in whatever run it is then.
 *
 * @param prompted when he was prompted last, epoch milliseconds
 */
export function goOnSettling(lease: LeaseRun, settlement: Settlement, prompted: number): void {
  const { standing } = lease.state;
  if (!isRunning(lease.status) || owedOf(standing) === 0) return;
  const now = Date.now();
  const at = now - prompted < AT_IT_MS ? now : wakingHour(lease, now);
  lease.state.settling = { ...settlingAt(settlement, at, now + TRIED_MS), prompted };
}

/** A prompt that no provider took is sent later, by day. Epoch milliseconds. */
export function promptLater(lease: LeaseRun, settlement: Settlement, at: number, until: number): void {
  if (isRunning(lease.status)) lease.state.settling = settlingAt(settlement, wakingHour(lease, at), until);
}

const settlingAt = ({ quoteId, paymentMethodId }: Settlement, at: number, until: number) => ({
  quoteId,
  paymentMethodId,
  at,
  until,
});

const wakingHour = ({ state: { quiet, terms } }: LeaseRun, at: number) => afterQuietHours(at, quiet, terms.market);

/** A settlement goes no further: where its customer cannot take it up himself, somebody is told. */
export async function stopSettling(lease: LeaseRun, { quoteId }: Settlement): Promise<void> {
  if (isRunning(lease.status)) await leases().noteSettlementStopped({ leaseId: lease.id, quoteId, ...lease.now });
}

/** What follows of a doubt that is over, where a settlement has waited for it. */
export async function followDoubt(lease: LeaseRun, settles: Prompted | undefined, isPaid: boolean): Promise<void> {
  if (settles === undefined || !patched('settlements-go-on')) return;
  if (isPaid) goOnSettling(lease, settles, settles.prompted);
  else await stopSettling(lease, settles);
}

/** The settlement that an order is of, whose customer was prompted just now. */
export function promptedBy(order: AttemptOrder | undefined): Prompted | undefined {
  if (order?.kind !== 'settlement') return undefined;
  const { quoteId, paymentMethodId } = order;
  return { quoteId, paymentMethodId, prompted: Date.now() };
}
