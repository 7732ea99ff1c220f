import { allHandlersFinished, condition, patched, uuid4 } from '@temporalio/workflow';
import type { RefundDue } from '#domain/payments/wire';
import type { CreditCase } from '#domain/cases';
import { RECOVERY_DAYS } from '#domain/leases/recovery';
import { hasEnded, isApplication, isOwned } from '#domain/leases/status';
import { money } from '#domain/money';
import { REFUND_TRIES } from '#domain/leases/lease-credit';
import { Renewal } from '../kit/renewal.ts';
import { leases, payments } from './activities.ts';
import { sendAndBook } from './collecting.ts';
import { askAboutUnknown, soonestDoubt, waitAndAsk } from './outcomes.ts';
import { text } from './texting.ts';
import { owes } from './repayment.ts';
import type { Ending, LeaseRun } from './run.ts';
import type { LeaseState } from './state.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A lease that owes nothing and has not ended looks at its books so often, whatever it hears. */
const WEEK = 7 * DAY;
/** A refund waits so long for its charge's receipt, which the provider named nowhere, then it is a person's case. */
const RECEIPT_DAYS = 28;

/**
 * Ends an application: the vehicle is free again, and what was paid becomes credit. Somebody may have been quicker,
 * with a handover for example: the lease then goes on from where it is. Where the deposit that is late may be there,
 * it is looked at again within the hour, and as soon as the doubt ends.
 */
export async function endApplication(lease: LeaseRun, ending: Ending): Promise<void> {
  if (lease.state.undo.length > 0 && !patched('the-end-gives-the-vehicle-back'))
    await leases().releaseVehicle({ leaseId: lease.id, reason: ending.as, ...lease.now });
  lease.state.undo = [];
  const { as, message: reason, by } = ending;
  const cause = { ...lease.now, ...(by === undefined ? {} : { actor: by }) };
  const stage = lease.status;
  const since = new Date(lease.since).toISOString();
  lease.stands(await leases().endApplication({ leaseId: lease.id, as, reason, stage, since, ...cause }));
  if (lease.status === 'awaiting_deposit' && lease.status === stage && lease.state.standing.depositDue > 0)
    lease.state.lapsesAgainAt = Date.now() + HOUR;
  if (isApplication(lease.status)) return;
  lease.withdrawal = null;
  if (!hasEnded(lease.status)) return;
  // An agent may have declined it in the minute in which it would have lapsed.
  const ended = lease.status === 'declined' ? lease.status : ending.as;
  if (ended !== 'withdrawn') text(lease, ended, { template: ended });
}

/**
 * Nothing is owed any more: the vehicle is the customer's, and the customer hears it; unless the books know better.
 * Where that hangs on a day on which an agent says that he took cash, somebody else decides on the day first.
 */
export async function complete(lease: LeaseRun): Promise<void> {
  if (!hasEnded(lease.status)) lease.stands(await leases().completeLease({ leaseId: lease.id, ...lease.now }));
  if (isOwned(lease.status)) return congratulate(lease);
  if (hasEnded(lease.status)) return;
  if (owes(lease) || !patched('days-of-cash-hold-the-end')) return;
  const before = lease.changes;
  await waitAndAsk(lease, () => lease.changes !== before, Date.now() + WEEK, 'a decision on the day of cash (a case)');
}

/** What ends a lease may be a late callback or somebody's decision at night: it is told by day. */
export function congratulate(lease: LeaseRun): void {
  text(lease, 'owner', { template: 'owner' });
}

/** After a write-off the lease goes on taking what the customer pays, until all is there or three years have passed. */
export async function recover(lease: LeaseRun): Promise<void> {
  const deadline = lease.since + RECOVERY_DAYS * DAY;
  while (lease.state.standing.outstanding > 0) {
    const before = lease.changes;
    if (!(await waitAndAsk(lease, () => lease.changes !== before, deadline, 'payments after the write-off'))) return;
  }
}

/**
 * After the end: money still in doubt is asked about until it is known, and what belongs to the customer
 * is given back. The workflow is not over before, and nothing comes between its last look and its end.
 */
export async function clearAccount(lease: LeaseRun): Promise<void> {
  const isLong = () => lease.renewal.isDue && patched('renew-at-every-wait');
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

/** Gives back what can be, asks about what is in doubt, and tells somebody of the credit that is left. */
async function giveBack(lease: LeaseRun): Promise<void> {
  const { state } = lease;
  // Of this look, in whatever run it is made.
  const receiptsUntil = (state.receiptsUntil ??= Date.now() + RECEIPT_DAYS * DAY);
  const refusals = new Refusals();
  let stops = 0;
  let stuck: readonly RefundDue[] = [];
  let isStuck = false;
  while (hasEnded(lease.status)) {
    await condition(() => lease.idle);
    const unknown = soonestDoubt(lease);
    const isSpent = refusals.isSpent;
    const refunds =
      state.standing.credit > 0 && !isSpent ? await payments().refundsDue({ leaseId: lease.id, ...lease.now }) : [];
    const tried = refunds.filter((one) => one.givenUp !== true && !refusals.hadAll(one));
    const isReady = ({ waitsFor }: RefundDue) => waitsFor === undefined;
    const next = tried.find((one) => isReady(one) && !refusals.hadToday(one));
    const isHeld = tried.some(({ waitsFor }) => waitsFor === 'case');
    if (next !== undefined) {
      const came = await refund(lease, next);
      if (came === 'refused' && refusals.note(next)) await tomorrow(lease);
      stops = came === 'stopped' ? stops + 1 : 0;
      if (stops > 1) await waitForChange(lease, Date.now() + HOUR, 'what is to be given back');
    } else if (tried.some(isReady)) {
      await tomorrow(lease);
      refusals.nextDay();
    } else if (unknown !== undefined) await askInTime(lease, unknown);
    else if (isHeld) await waitForChange(lease, Date.now() + DAY, 'a case about money that may have gone already');
    else if (tried.length > 0 && Date.now() < receiptsUntil) {
      const tomorrow = Math.min(Date.now() + DAY, receiptsUntil);
      await waitForChange(lease, tomorrow, 'the receipt of a payment, to give it back by');
    } else {
      isStuck = refunds.length > 0 || isSpent;
      stuck = refunds;
      break;
    }
  }
  if (state.standing.credit > 0) await tellOfCredit(lease, isStuck ? 'refund_failed' : 'credit_to_return', stuck);
}

/** What of one look was refused: each refund has its tries, one a day, and none waits for another. */
class Refusals {
  readonly #ofEach = new Map<string, number>();
  readonly #today = new Set<string>();
  #all = 0;

  /** @returns true in runs that began when all refunds of a lease had their tries together: a day is waited for at once. */
  note({ refundOf }: RefundDue): boolean {
    this.#all += 1;
    this.#ofEach.set(refundOf, (this.#ofEach.get(refundOf) ?? 0) + 1);
    if (!patched('each-refund-has-its-tries')) return true;
    this.#today.add(refundOf);
    return false;
  }

  hadAll = ({ refundOf }: RefundDue) => (this.#ofEach.get(refundOf) ?? 0) >= REFUND_TRIES;

  hadToday = ({ refundOf }: RefundDue) => this.#today.has(refundOf);

  nextDay(): void {
    this.#today.clear();
  }

  /** As runs count that began when all refunds of a lease had their tries together. */
  get isSpent(): boolean {
    return this.#all >= REFUND_TRIES && !patched('each-refund-has-its-tries');
  }
}

/** What was refused is tried again on another day. */
const tomorrow = (lease: LeaseRun) => lease.waitFor(() => false, Date.now() + DAY, 'try the refund again');

/** @returns false when nothing has changed until then. */
function waitForChange(lease: LeaseRun, until: number, waitingFor: string): Promise<boolean> {
  const before = lease.changes;
  return lease.waitFor(() => lease.changes !== before, until, waitingFor);
}

/** Sends a refund; one that we stopped ourselves is looked at again. */
async function refund(lease: LeaseRun, due: RefundDue): Promise<'sent' | 'refused' | 'stopped'> {
  const { refundOf, amount, attemptId = uuid4() } = due;
  const outcome = await sendAndBook(lease, { attemptId, leaseId: lease.id, kind: 'refund', refundOf, amount });
  if (outcome === 'unknown') return 'sent';
  if (outcome === 'succeeded') {
    const given = money(amount, lease.state.terms.currency);
    text(lease, `refund:${attemptId}`, { template: 'refund', amount: given });
    return 'sent';
  }
  if (outcome !== 'nothing_due' && outcome !== 'not_due') return 'refused';
  // Somebody was quicker, or this run was reset to a time before it gave it back. The books know.
  lease.stands(await leases().readStanding({ leaseId: lease.id, ...lease.now }));
  return patched('only-refusals-count') ? 'stopped' : 'refused';
}

/** Asks about money in doubt when it is time to, unless something changes before. */
async function askInTime(lease: LeaseRun, { attemptId, askAt }: LeaseState['unknown'][number]): Promise<void> {
  const changed = askAt > Date.now() && (await waitForChange(lease, askAt, 'a payment whose outcome is unknown'));
  if (!changed) await askAboutUnknown(lease, attemptId);
}

/**
 * A person's case of what is left. What came in cash, or from a number that is not known, has no way back by mobile
 * money: nothing failed, an agent pays it out.
 */
async function tellOfCredit(lease: LeaseRun, kind: CreditCase, refunds: readonly RefundDue[]): Promise<void> {
  const { standing, terms } = lease.state;
  const refused = refunds.flatMap(({ refundOf: paymentId, amount, refused: was }) =>
    was === undefined ? [] : [{ paymentId, amount: money(amount, terms.currency), ...was }],
  );
  const credit = money(standing.credit, terms.currency);
  const detail = refused.length === 0 ? { credit } : { credit, refused };
  await payments().openCase({ kind, leaseId: lease.id, paymentId: null, detail, ...lease.now });
}
