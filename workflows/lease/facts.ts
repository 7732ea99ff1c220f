import { patched } from '@temporalio/workflow';
import type { RiskFact } from '#domain/leases/wire';
import { leases } from './activities.ts';
import { askAboutUnknown, book, bookKnown, doubt, endDoubt, paid } from './outcomes.ts';
import type { LeaseRun } from './run.ts';
import { writeSearchAttributes } from './search-attributes.ts';
import { followDoubt } from './settling.ts';
import type { HeldFact } from './state.ts';
import { text } from './texting.ts';

/** A lease that was started again from the books: what was under way when it died is asked about first. */
export async function takeUp(lease: LeaseRun): Promise<void> {
  const { restart } = lease.state;
  if (restart === undefined || restart === null) return;
  await lease.catchesUp(restart.asOf);
  writeSearchAttributes(lease.state);
  const { settlement } = restart;
  for (const attemptId of restart.orphans) {
    const settles = settlement?.attemptId === attemptId ? settlement : undefined;
    const outcome = await doubt(lease, attemptId, undefined, settles);
    if (outcome === null) await askAboutUnknown(lease, attemptId);
    else if (outcome.status === 'succeeded') await book(lease, outcome);
    if (outcome !== null) await followDoubt(lease, settles, outcome.status === 'succeeded');
  }
  lease.state.restart = null;
}

/** Facts that machines told the run before while it was about to continue as new. */
export function takeHeld(lease: LeaseRun): void {
  const { held = [] } = lease.state;
  lease.state.held = [];
  for (const fact of held) takeFact(lease, fact);
}

/** Takes a fact that a machine told; while the run is closing it is kept for the next. */
export function takeFact(lease: LeaseRun, fact: HeldFact): void {
  if (lease.renewal.closing) {
    const { held = [] } = lease.state;
    const isKnown = 'books' in fact && held.some((one) => 'books' in one);
    if (!isKnown) lease.state.held = [...held, fact];
    return;
  }
  if ('money' in fact) {
    const attemptId = fact.money;
    lease.inBackground(() => lease.oneAtATime(attemptId, () => bookArrived(lease, attemptId)));
    return;
  }
  lease.inBackground(async () => {
    if ('failed' in fact) await bookKnown(lease, { status: 'failed', ...fact.failed });
    else if ('risk' in fact) await noteRisk(lease, fact.risk);
    else {
      endDoubt(lease);
      lease.stands(await leases().readStanding({ leaseId: lease.id, ...lease.now }));
    }
  });
}

/** What telematics saw; who has crashed is asked how he is, and that he may have a pause. */
async function noteRisk(lease: LeaseRun, risk: RiskFact): Promise<void> {
  await leases().noteRisk({ leaseId: lease.id, risk, ...lease.now });
  if (risk.type === 'crash' && lease.status !== 'stolen' && patched('a-crash-offers-a-pause'))
    text(lease, `crash:${risk.riskEventId}`, { template: 'crash_noticed', reference: lease.state.reference });
}

/** Money came for which no activity waited any more: what becomes of a doubt, however late a provider says so. */
async function bookArrived(lease: LeaseRun, attemptId: string): Promise<void> {
  const isDoubted = lease.state.unknown.some((one) => one.attemptId === attemptId);
  if (isDoubted && patched('late-answers-begin-anew')) return bookKnown(lease, { status: 'succeeded', attemptId });
  const { outstanding } = lease.state.standing;
  await book(lease, { status: 'succeeded', attemptId });
  // It counted as failed until now; money that is told of again is no news.
  if (lease.state.standing.outstanding < outstanding && patched('failed-and-paid-begins-anew')) paid(lease, null);
  const doubted = lease.state.unknown.find((one) => one.attemptId === attemptId);
  lease.state.unknown = lease.state.unknown.filter((one) => one !== doubted);
  await followDoubt(lease, doubted?.settles, true);
}
