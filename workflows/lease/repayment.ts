import { patched } from '@temporalio/workflow';
import { daysPastDueAt, nextStep, type AgendaFacts, type Postponed, type AgendaItem } from '#domain/leases/agenda';
import { addDays, localDate, localDateAt } from '#domain/calendar';
import { owedOf } from '#domain/leases/position';
import { isRunning } from '#domain/leases/status';
import { money } from '#domain/money';
import { SPREAD_MS } from '#domain/payments/pace';
import { spreadOf } from '#domain/spread';
import type { StopLook } from '#domain/telematics/wire';
import { Renewal } from '../kit/renewal.ts';
import { leases, payments } from './activities.ts';
import { promptFurther } from './collect-settlement.ts';
import { collectDue } from './collecting.ts';
import { askAboutUnknown } from './outcomes.ts';
import { text } from './texting.ts';
import type { LeaseRun } from './run.ts';
import { writeSearchAttributes } from './search-attributes.ts';

const summaries: Record<AgendaItem['do'], string> = {
  collect: 'next instalment',
  enter_arrears: 'end of grace',
  remind: 'next reminder',
  ask_unknown: 'ask about an unknown payment',
  settle: 'the next prompt of a settlement',
  charge_late_fees: 'late fee',
  check_promise: 'the day after a promise',
  resume: 'end of the pause',
  warn_immobilisation: 'warn that the vehicle will be stopped',
  immobilise: 'look at the stop of the vehicle',
};

/**
 * From handover to the last payment: waits for the next thing to do, does it, and looks again.
 *
 * @throws Renewal when the history has grown long.
 */
export async function repay(lease: LeaseRun): Promise<void> {
  let idle = 0;
  while (isRunning(lease.status) && owes(lease)) {
    if (lease.renewal.isDue) throw new Renewal();
    const facts = factsOf(lease);
    const { method } = lease.state;
    const step = nextStep(facts);
    if (step === null) {
      await missing(lease, (idle += 1));
      continue;
    }
    if (step.at > Date.now()) {
      const before = lease.changes;
      if (await lease.waitFor(() => lease.changes !== before, step.at, summaries[step.do])) continue;
    }
    await take(lease, step);
    const isNextMethod = lease.state.method !== method && patched('next-methods-come-at-once');
    idle = isNextMethod || changed(facts, factsOf(lease)) ? 0 : idle + 1;
    if (idle > 0 && patched('back-off-from-what-changes-nothing')) {
      if (idle === IDLE_STEPS) await tell(lease, step.do, idle);
      await backOff(lease, `${summaries[step.do]}: it changed nothing`, idle);
    }
  }
}

function factsOf({ state }: LeaseRun): AgendaFacts {
  const { market, graceDays } = state.terms;
  const { stop: known = null, ...rest } = state;
  // What a payment has ended is over, whatever was known of it.
  const stop = state.standing.immobilisationId === null ? null : known;
  const stops = (stop !== null || typeof state.standing.stopsAfter === 'number') && patched('vehicles-are-stopped');
  const now = patched('mornings') ? Date.now() : null;
  const spread = patched('mornings-are-spread') ? spreadOf(state.application.leaseId, SPREAD_MS) : 0;
  return { ...rest, market, graceDays, now, spread, ...(stops ? { stop } : {}) };
}

/** True when a step has changed something that the agenda goes by: otherwise it would be taken again at once. */
function changed(before: AgendaFacts, after: AgendaFacts): boolean {
  const relevant = ({ standing, notBefore, reminded, postponed, unknown, stop, settling }: AgendaFacts) =>
    JSON.stringify([standing, notBefore, reminded, postponed, unknown, stop, settling]);
  return relevant(before) !== relevant(after);
}

const MINUTE = 60_000;
/** The longest wait after a step that changed nothing, and after how many of them somebody is told. */
const LONGEST_WAIT = 6 * 60 * MINUTE;
const IDLE_STEPS = 12;

/**
 * Something is owed and the schedule knows of nothing that is due, which no books should say: they are read again, and
 * somebody is told.
 */
async function missing(lease: LeaseRun, idle: number): Promise<void> {
  lease.stands(await leases().readStanding({ leaseId: lease.id, ...lease.now }));
  if (!owes(lease) || nextStep(factsOf(lease)) !== null) return;
  if (idle === 1) await tell(lease, 'none', idle);
  await backOff(lease, 'a schedule for what is owed (a case)', idle);
}

async function tell(lease: LeaseRun, step: AgendaItem['do'] | 'none', times: number): Promise<void> {
  const about = { leaseId: lease.id, paymentId: null, detail: { step, times } };
  await payments().openCase({ kind: 'step_without_effect', ...about, ...lease.now });
}

/** A step was refused or had nothing to do: it waits, ever longer, for something to change. */
async function backOff(lease: LeaseRun, what: string, idle: number): Promise<void> {
  const before = lease.changes;
  const until = Date.now() + Math.min(LONGEST_WAIT, MINUTE * 2 ** (idle - 1));
  await lease.waitFor(() => lease.changes !== before, until, what);
}

/**
 * What cannot be done today, since the money may be there, is looked at again tomorrow. It is put off before the
 * activity looks: a doubt that ends while it does so puts nothing off, and it is looked at again at once.
 *
 * @param attempt @returns whether it was done
 */
async function orTomorrow({ state }: LeaseRun, what: keyof Postponed, attempt: () => Promise<boolean>): Promise<void> {
  const { postponed: before } = state;
  const putOff = { ...before, [what]: addDays(localDateAt(Date.now(), state.terms.market), 1) };
  state.postponed = putOff;
  const isDone = await attempt();
  const isDoubtOver = state.postponed !== putOff;
  if (isDone && !isDoubtOver) state.postponed = before ?? {};
  if (!isDone && isDoubtOver && !patched('doubts-that-end-put-nothing-off')) state.postponed = putOff;
}

export function owes({ state: { standing } }: LeaseRun): boolean {
  return owedOf(standing) > 0;
}

async function take(lease: LeaseRun, step: AgendaItem): Promise<void> {
  const { state } = lease;
  switch (step.do) {
    case 'collect':
      return collectDue(lease, 'instalment', step.at);
    case 'ask_unknown':
      return askAboutUnknown(lease, step.attemptId);
    case 'settle':
      return promptFurther(lease);
    case 'enter_arrears':
      return orTomorrow(lease, 'arrears', () => enterArrears(lease));
    case 'charge_late_fees':
      return orTomorrow(lease, 'lateFees', () => chargeLateFees(lease, step.at));
    case 'warn_immobilisation':
      return orTomorrow(lease, 'stop', async () => {
        takeStop(lease, await leases().warnImmobilisation({ leaseId: lease.id, ...lease.now }));
        return state.stop !== null;
      });
    case 'immobilise':
      takeStop(lease, await leases().lookAtImmobilisation({ leaseId: lease.id, ...lease.now }));
      return;
    case 'check_promise':
      lease.stands(await leases().checkPromise({ leaseId: lease.id, ...lease.now }));
      return;
    case 'resume':
      lease.stands(await leases().resumeLease({ leaseId: lease.id, ...lease.now }));
      return;
    case 'remind':
      return remind(lease, step);
  }
}

/** @returns whether it is in arrears now, or anything else but on time */
async function enterArrears(lease: LeaseRun): Promise<boolean> {
  const change = { to: 'in_arrears', reason: 'past grace', event: 'lease.in_arrears' } as const;
  lease.stands(await leases().changeStatus({ leaseId: lease.id, ...change, ...lease.now }));
  return lease.status !== 'active';
}

/** @param due when the agenda said so, in epoch milliseconds @returns whether there was a fee */
async function chargeLateFees(lease: LeaseRun, due: number): Promise<boolean> {
  const { charged, standing } = await leases().chargeLateFees({ leaseId: lease.id, ...lease.now });
  lease.stands(standing);
  const { terms, reference } = lease.state;
  const fee = money(charged, terms.currency);
  if (charged > 0) text(lease, `late-fee:${due}`, { template: 'late_fee', fee, reference });
  return charged > 0;
}

async function remind(lease: LeaseRun, step: Extract<AgendaItem, { do: 'remind' }>): Promise<void> {
  const { state } = lease;
  const { market, currency } = state.terms;
  const daysPastDue = daysPastDueAt(state.standing, Date.now(), market);
  writeSearchAttributes(state);
  const sentOn = localDateAt(Date.now(), market);
  const reminded = { on: localDate(step.on), daysPastDue: step.daysPastDue, sentOn };
  state.skipped ??= { before: state.reminded };
  state.reminded = reminded;
  const { overdue } = await leases().noteOverdue({ leaseId: lease.id, daysPastDue, ...lease.now });
  if (overdue === 0) return;
  state.reminded = reminded;
  state.skipped = null;
  const message = { template: 'reminder', overdue: money(overdue, currency), daysPastDue } as const;
  text(lease, `reminder:${step.on}:${step.daysPastDue}`, { ...message, reference: state.reference });
}

/** What is known now of the stop of the vehicle. Another workflow stops it, by the wall's clock: the lease waits for nothing. */
function takeStop(lease: LeaseRun, { standing, immobilisationId, lookAt, text: warning }: StopLook): void {
  lease.stands(standing);
  const hasLook = immobilisationId !== null && lookAt !== null;
  lease.state.stop = hasLook ? { immobilisationId, lookAt } : null;
  if (warning !== undefined) text(lease, warning.key, warning.message);
}
