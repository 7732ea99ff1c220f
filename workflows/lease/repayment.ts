import { daysPastDueAt, nextStep, type Step } from '#domain/leases/agenda';
import { localDate } from '#domain/calendar';
import { isRunning } from '#domain/leases/status';
import { money } from '#domain/money';
import { leases } from './activities.ts';
import { askAboutUnknown, collectDue, text } from './collecting.ts';
import { Renewal, type LeaseRun } from './run.ts';

const summaries: Record<Step['do'], string> = {
  collect: 'next instalment',
  enter_arrears: 'end of grace',
  remind: 'next reminder',
  ask_unknown: 'ask about an unknown payment',
  charge_late_fees: 'late fee',
  check_promise: 'the day after a promise',
  resume: 'end of the pause',
};

/**
 * From handover to the last payment: waits for the next thing to do, does it, and looks again.
 *
 * @throws Renewal when the history has grown long.
 */
export async function repay(lease: LeaseRun): Promise<void> {
  while (isRunning(lease.status) && owes(lease)) {
    if (lease.isLong) throw new Renewal();
    const { state } = lease;
    const { market, graceDays } = state.terms;
    const step = nextStep({ ...state, market, graceDays });
    if (step === null) throw new Error('money is owed but nothing is due');
    if (step.at > Date.now()) {
      const before = lease.changes;
      if (await lease.waitFor(() => lease.changes !== before, step.at, summaries[step.do])) continue;
    }
    await take(lease, step);
  }
}

function owes({ state: { standing } }: LeaseRun): boolean {
  return standing.outstanding + standing.feesDue > 0;
}

async function take(lease: LeaseRun, step: Step): Promise<void> {
  const { state } = lease;
  switch (step.do) {
    case 'collect':
      return collectDue(lease, 'instalment');
    case 'ask_unknown':
      return askAboutUnknown(lease, step.attemptId);
    case 'enter_arrears':
      lease.stands(
        await leases().changeStatus({
          leaseId: lease.id,
          to: 'in_arrears',
          reason: 'past grace',
          event: 'lease.in_arrears',
          ...lease.now,
        }),
      );
      return;
    case 'charge_late_fees': {
      const { charged, standing } = await leases().chargeLateFees({ leaseId: lease.id, ...lease.now });
      lease.stands(standing);
      const fee = money(charged, state.terms.currency);
      if (charged > 0) text(lease, `late-fee:${step.at}`, { template: 'late_fee', fee, reference: state.reference });
      return;
    }
    case 'check_promise':
      lease.stands(await leases().checkPromise({ leaseId: lease.id, ...lease.now }));
      return;
    case 'resume':
      lease.stands(await leases().resumeLease({ leaseId: lease.id, ...lease.now }));
      return;
    case 'remind': {
      const daysPastDue = daysPastDueAt(state.standing, Date.now(), state.terms.market);
      lease.isFound();
      state.reminded = { on: localDate(step.on), daysPastDue: step.daysPastDue };
      const { overdue } = await leases().noteOverdue({ leaseId: lease.id, daysPastDue, ...lease.now });
      if (overdue === 0) return;
      const message = {
        template: 'reminder',
        overdue: money(overdue, state.terms.currency),
        daysPastDue,
        reference: state.reference,
      } as const;
      text(lease, `reminder:${step.on}:${step.daysPastDue}`, message);
    }
  }
}
