import { patched } from '@temporalio/workflow';
import type { CreditConditions } from '#domain/credit/assessment';
import { isRunning } from '#domain/leases/status';
import { afterQuietHours } from '#domain/quiet-hours';
import { formatMoney, money } from '#domain/money';
import { businessDeadline } from '../kit/business-deadline.ts';
import { credit, leases } from './activities.ts';
import { collectDue } from './collecting.ts';
import { heldUntil, inItsTime } from './hold-ends.ts';
import { askAboutUnknown, soonestDoubt, waitAndAsk } from './outcomes.ts';
import { text } from './texting.ts';
import { Ending, type LeaseRun } from './run.ts';
import type { UnknownAttempt } from './state.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How long an application waits for the customer's papers, and for an agent, before it lapses. */
const VERIFY_DAYS = 30;
const REFERRAL_BUSINESS_DAYS = 5;
/** An agent who has not handed over by then is told of by a case; the application lapses much later. */
const HANDOVER_BUSINESS_DAYS = 3;
const HANDOVER_DAYS = 30;

/** Deadlines of a stage count from when it began, whatever run it began in. */
const hours = (lease: LeaseRun, count: number) => lease.since + count * HOUR;
const days = (lease: LeaseRun, count: number) => lease.since + count * DAY;

/** Waits for so many business days since the stage began; a holiday that was entered meanwhile makes it later. */
async function waitBusinessDays(
  lease: LeaseRun,
  happened: () => boolean,
  count: number,
  waitingFor: string,
): Promise<boolean> {
  const known = () =>
    businessDeadline((asked) => leases().businessDeadline(asked), {
      from: lease.since,
      days: count,
      market: lease.state.terms.market,
    });
  let deadline = await known();
  while (!(await waitAndAsk(lease, happened, deadline, waitingFor))) {
    const later = await known();
    if (later <= deadline) return happened();
    deadline = later;
  }
  return true;
}

/** Waits until the customer's identity is approved. */
export async function verify(lease: LeaseRun): Promise<void> {
  lease.stands(await leases().changeStatus({ leaseId: lease.id, to: 'verifying', ...lease.now }));
  const deadline = days(lease, VERIFY_DAYS);
  const read = await leases().kycOf({ customerId: lease.state.application.customerId });
  // Before they said of which submission they speak, a read counted as later than every signal.
  if (typeof read === 'string') lease.kyc = { status: read, submissionId: '' };
  else lease.takesIdentity(read);
  if (!(await lease.waitFor(() => lease.kyc?.status === 'approved', deadline, 'identity check of the customer'))) {
    throw new Ending('lapsed', `identity not approved within ${VERIFY_DAYS} days`);
  }
}

/** Assesses the credit; a referral waits for an agent. @returns the conditions of the approval. */
export async function assess(lease: LeaseRun): Promise<CreditConditions | null> {
  lease.stands(await leases().changeStatus({ leaseId: lease.id, to: 'assessing', ...lease.now }));
  let result = await credit().assessCredit({ leaseId: lease.id, ...lease.now });
  if (result.status === 'referred') {
    const decided = () => lease.creditDecision !== null;
    if (!(await waitBusinessDays(lease, decided, REFERRAL_BUSINESS_DAYS, 'an agent to decide the referred credit'))) {
      throw new Ending('lapsed', `no credit decision within ${REFERRAL_BUSINESS_DAYS} business days`);
    }
    result = lease.creditDecision ?? result;
  }
  if (result.status !== 'approved') throw new Ending('declined', 'credit declined');
  return result.conditions;
}

/** Offers the lease; accepting it holds the vehicle (see the `acceptOffer` command). */
export async function offer(lease: LeaseRun, conditions: CreditConditions | null): Promise<void> {
  const { terms } = lease.state;
  const offered = await leases().makeOffer({ leaseId: lease.id, conditions, ...lease.now });
  lease.state.terms = { ...terms, deposit: offered.deposit };
  lease.stands(offered.standing);
  const deadline = hours(lease, terms.offerHours);
  text(lease, 'offer', { template: 'offer', deposit: money(offered.deposit, terms.currency), hours: terms.offerHours });
  const accepted = () => lease.status !== 'offered';
  const waits = (happened: () => boolean, until: number) =>
    lease.waitFor(happened, until, 'the customer to accept the offer');
  if (!(await inItsTime(lease, accepted, deadline, waits))) {
    throw new Ending('lapsed', `offer not accepted within ${terms.offerHours} hours`);
  }
}

/** Waits for the signature on the agreement while the vehicle is held. */
export async function sign(lease: LeaseRun): Promise<void> {
  const { signHours } = lease.state.terms;
  const signed = () => lease.status !== 'reserved';
  const waits = (happened: () => boolean, until: number) =>
    lease.waitFor(happened, until, 'the customer to sign the agreement');
  if (!(await inItsTime(lease, signed, hours(lease, signHours), waits)))
    throw new Ending('lapsed', `agreement not signed within ${signHours} hours`);
}

/** What is in doubt, whatever it was for, would pay the deposit first: it is asked about when its time comes. */
function nextDoubt(lease: LeaseRun): UnknownAttempt | undefined {
  const [first] = lease.state.unknown;
  const soonest = soonestDoubt(lease);
  return soonest === first || patched('the-soonest-doubt-is-asked-about') ? soonest : first;
}

/**
 * Collects the deposit by itself, in as many tries as the deadline allows. With all of it in doubt nothing lapses
 * (`endApplication`); less than that holds no vehicle.
 * Nobody is prompted at night but who has just signed, or chosen how to pay.
 */
export async function collectDeposit(lease: LeaseRun): Promise<void> {
  const { state } = lease;
  const { depositHours, deposit, currency, market } = state.terms;
  const deadline = hours(lease, depositHours);
  const lapsesAt = () => Math.max(deadline, heldUntil(lease), state.lapsesAgainAt ?? 0);
  const paid = () => state.standing.depositDue === 0;
  const promptAt = (now: number) =>
    state.asked === true || !patched('deposits-wait-for-the-morning')
      ? state.notBefore
      : afterQuietHours(Math.max(now, state.notBefore, state.readUntil ?? 0), state.quiet, market);
  while (!paid()) {
    const now = Date.now();
    const unknown = nextDoubt(lease);
    const isFree = unknown === undefined && lease.idle;
    if (unknown !== undefined && unknown.askAt <= now) {
      await askAboutUnknown(lease, unknown.attemptId);
    } else if (now >= lapsesAt() && (isFree || patched('deposits-lapse-beside-doubts'))) {
      throw new Ending('lapsed', `deposit not paid within ${depositHours} hours`);
    } else if (isFree && now >= promptAt(now)) {
      lease.inBackground(() => collectDue(lease, 'deposit'));
    } else {
      const before = lease.changes;
      const wake =
        unknown?.askAt ?? (lease.idle ? Math.min(lapsesAt(), promptAt(now)) : Math.max(lapsesAt(), now + HOUR));
      await lease.waitFor(
        () => paid() || lease.changes !== before,
        wake,
        `the deposit of ${formatMoney(money(state.standing.depositDue, currency))}`,
      );
    }
  }
  state.asked = false;
  const { since } = lease;
  const { deposits = since, ...standing } = await leases().changeStatus({
    leaseId: lease.id,
    to: 'awaiting_handover',
    ...lease.now,
  });
  lease.stands(standing);
  if (!paid()) return collectDeposit(lease);
  // One that was taken back and is paid again is told again; a run that was reset tells nothing twice.
  text(lease, `deposit:${deposits}`, { template: 'deposit_received', deposit: money(deposit, currency) });
}

/**
 * Waits for an agent to hand the vehicle over (see the `handOver` command).
 *
 * @returns false when the deposit was taken back meanwhile, and must be collected again.
 */
export async function awaitHandover(lease: LeaseRun): Promise<boolean> {
  const handedOver = () => isRunning(lease.status);
  const over = () => handedOver() || lease.state.standing.depositDue > 0;
  const lapses = days(lease, HANDOVER_DAYS);
  if (await waitBusinessDays(lease, over, HANDOVER_BUSINESS_DAYS, 'an agent to hand the vehicle over'))
    return handedOver();
  await leases().noteHandoverOverdue({ leaseId: lease.id, ...lease.now });
  const waits = (happened: () => boolean, until: number) =>
    waitAndAsk(lease, happened, until, 'an agent to hand the vehicle over, overdue: a case is open');
  if (!(await inItsTime(lease, over, lapses, waits))) {
    throw new Ending('lapsed', `vehicle not handed over within ${HANDOVER_DAYS} days`);
  }
  return handedOver();
}
