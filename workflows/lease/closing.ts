import { allHandlersFinished, condition, patched, uuid4 } from '@temporalio/workflow';
import type { CreditCase } from '#domain/cases';
import { RECOVERY_DAYS } from '#domain/leases/recovery';
import { hasEnded, isApplication } from '#domain/leases/status';
import { money } from '#domain/money';
import { REFUND_TRIES } from '#domain/payments/credit';
import { leases, payments } from './activities.ts';
import { askAboutUnknown, settle, text, textByDay } from './collecting.ts';
import { Renewal, type Ending, type LeaseRun } from './run.ts';

const DAY = 24 * 3_600_000;
/** A refund waits so long for its charge's receipt, which the provider named nowhere, then it is a person's case. */
const RECEIPT_DAYS = 28;

/**
 * Ends an application: the vehicle is free again, and what was paid becomes credit. Somebody may have been quicker,
 * with a handover for example: the lease then goes on from where it is.
 */
export async function endApplication(lease: LeaseRun, ending: Ending): Promise<void> {
  if (lease.state.undo.length > 0 && !patched('the-end-gives-the-vehicle-back'))
    await leases().releaseVehicle({ leaseId: lease.id, reason: ending.as, ...lease.now });
  lease.state.undo = [];
  const { as, message: reason } = ending;
  lease.stands(await leases().endApplication({ leaseId: lease.id, as, reason, stage: lease.status, ...lease.now }));
  if (isApplication(lease.status)) return;
  lease.withdrawal = null;
  if (!hasEnded(lease.status)) return;
  if (ending.as !== 'withdrawn') textByDay(lease, ending.as, { template: ending.as });
}

/** Nothing is owed any more: the vehicle is the customer's, and the customer hears it; unless the books know better. */
export async function complete(lease: LeaseRun): Promise<void> {
  if (!hasEnded(lease.status)) lease.stands(await leases().completeLease({ leaseId: lease.id, ...lease.now }));
  if (hasEnded(lease.status)) congratulate(lease);
}

export function congratulate(lease: LeaseRun): void {
  text(lease, 'owner', { template: 'owner' });
}

/** After a write-off the lease goes on taking what the customer pays, until all is there or three years have passed. */
export async function recover(lease: LeaseRun): Promise<void> {
  const deadline = lease.since + RECOVERY_DAYS * DAY;
  while (lease.state.standing.outstanding > 0) {
    const before = lease.changes;
    if (!(await lease.waitFor(() => lease.changes !== before, deadline, 'payments after the write-off'))) return;
  }
}

/**
 * After the end: money still in doubt is asked about until it is known, and what belongs to the customer
 * is given back. The workflow is not over before, and nothing comes between its last look and its end.
 */
export async function settleUp(lease: LeaseRun): Promise<void> {
  const isLong = () => lease.isLong && patched('renew-at-every-wait');
  for (;;) {
    await giveBack(lease);
    const looked = lease.changes;
    await condition(() => (lease.quiet && allHandlersFinished()) || isLong());
    if (isLong()) throw new Renewal();
    if (lease.changes === looked || !isOpen(lease) || !patched('look-again-at-the-end')) return;
    delete lease.state.receiptsUntil;
  }
}

const isOpen = ({ state: { standing, unknown } }: LeaseRun) => standing.credit > 0 || unknown.length > 0;

async function giveBack(lease: LeaseRun): Promise<void> {
  const { state } = lease;
  // Of this look, in whatever run it is made.
  const receiptsUntil = (state.receiptsUntil ??= Date.now() + RECEIPT_DAYS * DAY);
  let refusals = 0;
  let isStuck = false;
  while (hasEnded(lease.status)) {
    await condition(() => lease.idle);
    const [unknown] = state.unknown.toSorted((a, b) => a.askAt - b.askAt);
    const refunds =
      state.standing.credit > 0 && refusals < REFUND_TRIES
        ? await payments().refundsDue({ leaseId: lease.id, ...lease.now })
        : [];
    const next = refunds.find(({ waitsFor }) => waitsFor === undefined);
    if (next !== undefined) {
      const { refundOf, amount, attemptId = uuid4() } = next;
      const outcome = await settle(lease, { attemptId, leaseId: lease.id, kind: 'refund', refundOf, amount });
      if (outcome === 'succeeded') {
        textByDay(lease, `refund:${next.refundOf}:${next.amount}`, {
          template: 'refund',
          amount: money(next.amount, state.terms.currency),
        });
      } else if (outcome === 'nothing_due') {
        // Somebody was quicker, or this run was reset to a time before it gave it back: the books know.
        refusals += 1;
        lease.stands(await leases().readStanding({ leaseId: lease.id, ...lease.now }));
      } else if (outcome !== 'unknown') {
        refusals += 1;
        await lease.waitFor(() => false, Date.now() + DAY, 'try the refund again');
      }
    } else if (unknown !== undefined) {
      const before = lease.changes;
      const left = unknown.askAt - Date.now();
      const changed =
        left > 0 &&
        (await lease.waitFor(() => lease.changes !== before, unknown.askAt, 'a payment whose outcome is unknown'));
      if (!changed) await askAboutUnknown(lease, unknown.attemptId);
    } else if (refunds.length > 0 && Date.now() < receiptsUntil) {
      const before = lease.changes;
      const tomorrow = Math.min(Date.now() + DAY, receiptsUntil);
      await lease.waitFor(() => lease.changes !== before, tomorrow, 'the receipt of a payment, to give it back by');
    } else {
      isStuck = refunds.length > 0 || refusals >= REFUND_TRIES;
      break;
    }
  }
  if (state.standing.credit > 0) {
    // What came in cash, or from a number that is not known, has no way back by mobile money: nothing failed, an agent pays it out.
    const kind: CreditCase = isStuck ? 'refund_failed' : 'credit_to_return';
    await payments().openCase({
      kind,
      leaseId: lease.id,
      paymentId: null,
      detail: { credit: money(state.standing.credit, state.terms.currency) },
      ...lease.now,
    });
  }
}
