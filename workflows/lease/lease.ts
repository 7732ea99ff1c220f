import { allHandlersFinished, condition, continueAsNew, setHandler } from '@temporalio/workflow';
import { formatMoney, money } from '#domain/money';
import { hasEnded, isRunning } from '#domain/leases/status';
import { asRefusal } from '../kit/refusal.ts';
import { answering } from '../kit/retry.ts';
import { leases } from './activities.ts';
import { assess, awaitHandover, collectDeposit, offer, sign, verify } from './application.ts';
import { complete, endApplication, recover, settleUp } from './closing.ts';
import { text } from './collecting.ts';
import { answer } from './handlers.ts';
import { apply } from './messages.ts';
import { repay } from './repayment.ts';
import { Ending, LeaseRun } from './run.ts';
import { freshState, type LeaseInput, type LeaseState } from './state.ts';

/**
 * The life of a lease, from application to ownership. Workflow id `lease-<leaseId>`.
 *
 * Each stage is a function with its deadline in sight; a stage that fails throws `Ending`, and what was
 * done is undone in reverse. Money is never in doubt silently: see `collecting.ts`.
 */
export async function lease(input: LeaseInput): Promise<void> {
  const run = 'state' in input ? resume(input.state) : await begin(input);
  if (run === null) return;

  if (!isRunning(run.status) && !hasEnded(run.status)) {
    try {
      await verify(run);
      const conditions = await assess(run);
      await offer(run, conditions);
      await sign(run);
      do await collectDeposit(run);
      while (!(await awaitHandover(run)));
      welcome(run);
    } catch (error) {
      if (!(error instanceof Ending)) throw error;
      await endApplication(run, error);
      return settleUp(run);
    }
  }
  if ((await repay(run)) === 'long') return goOn(run);
  if (run.status === 'written_off') await recover(run);
  else await complete(run);
  await settleUp(run);
}

function resume(state: LeaseState): LeaseRun {
  const run = new LeaseRun(state);
  answer(run);
  return run;
}

/** Puts the application on record and answers `apply`. @returns null when it was refused. */
async function begin({
  application,
  polling,
}: Extract<LeaseInput, { application: unknown }>): Promise<LeaseRun | null> {
  let run: LeaseRun | null = null;
  let refused: unknown = null;
  setHandler(apply, async () => {
    await condition(() => run !== null || refused !== null);
    if (run === null) throw refused;
    return run.state.standing;
  });
  try {
    const { reference, terms, standing } = await leases(answering).recordApplication({
      ...application,
      at: new Date().toISOString(),
    });
    run = new LeaseRun({ ...freshState(), application, polling, reference, terms, standing });
    answer(run);
  } catch (error) {
    refused = asRefusal(error);
    await condition(allHandlersFinished);
  }
  return run;
}

function welcome(run: LeaseRun): void {
  const { standing, terms, reference } = run.state;
  if (standing.nextDue === null) return;
  run.shows(`the first instalment of ${formatMoney(money(standing.nextDue.amount, terms.currency))}`, null);
  const instalment = money(terms.instalment, terms.currency);
  text(run, 'welcome', { template: 'welcome', instalment, firstDueOn: standing.nextDue.on, reference });
}

/** A new run with the same state, once nothing of this one is under way. */
async function goOn(run: LeaseRun): Promise<void> {
  await condition(() => run.quiet && allHandlersFinished());
  await continueAsNew<typeof lease>({ state: run.state });
}
