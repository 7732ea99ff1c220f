import { allHandlersFinished, condition, continueAsNew, patched, setHandler } from '@temporalio/workflow';
import { formatMoney, money } from '#domain/money';
import { isApplication, isGivenUp, isOwned, isPast, isRunning, type LeaseStatus } from '#domain/leases/status';
import { asRefusal } from '../kit/refusal.ts';
import { Renewal } from '../kit/renewal.ts';
import { answering } from '../kit/retry.ts';
import { leases } from './activities.ts';
import { assess, awaitHandover, collectDeposit, offer, sign, verify } from './application.ts';
import { complete, congratulate, endApplication, recover, clearAccount } from './closing.ts';
import { takeHeld, takeUp } from './facts.ts';
import { text } from './texting.ts';
import { answer } from './handlers.ts';
import { apply } from './messages.ts';
import { repay } from './repayment.ts';
import { Ending, LeaseRun } from './run.ts';
import { freshState, type LeaseInput, type LeaseState } from './state.ts';

/**
 * The life of a lease, from application to ownership. Workflow id `lease-<leaseId>`.
 *
 * Each stage is a function with its deadline in sight; a stage that fails throws `Ending`, which ends the application
 * unless it has gone on meanwhile. Money is never in doubt silently: see `outcomes.ts`.
 */
export async function lease(input: LeaseInput): Promise<void> {
  const run = 'state' in input ? resume(input.state) : await begin(input);
  if (run === null) return;
  while (!(await lived(run))) {
    const { status } = run;
    const over = await run.closes();
    tellOfWhatCame(run, status);
    if (over) await continueAsNew<typeof lease>({ state: run.state });
    run.goesOn();
  }
}

/** @returns false when the lease should go on in a new run. */
async function lived(run: LeaseRun): Promise<boolean> {
  try {
    await live(run);
    return true;
  } catch (error) {
    if (!(error instanceof Renewal)) throw error;
    return false;
  }
}

/** What the story would have told of a command or payment that came to its end while the run was closing. */
function tellOfWhatCame(run: LeaseRun, before: LeaseStatus): void {
  if (isApplication(before) && isRunning(run.status)) welcome(run);
  if (isRunning(before) && isOwned(run.status)) congratulate(run);
}

/** What came about before the story of this run: in its first moments, or while none ran. Each text is sent once. */
function tellOfMissed(run: LeaseRun, began: LeaseStatus | null, isFromBooks: boolean): void {
  const wasApplication = began !== null && isApplication(began);
  const wasRunning = isFromBooks || (began !== null && isRunning(began));
  const isWelcome = wasApplication && isRunning(run.status);
  const isOwner = wasRunning && isOwned(run.status);
  if ((!isWelcome && !isOwner) || !patched('what-came-before-the-story-is-told')) return;
  if (isWelcome) welcome(run);
  else congratulate(run);
}

/** The story, from the status that the lease is in to its end. */
async function live(run: LeaseRun): Promise<void> {
  const { began } = run;
  const isFromBooks = run.state.restart !== undefined && run.state.restart !== null;
  run.began = null;
  await takeUp(run);
  takeHeld(run);
  run.sendsTexts();
  tellOfMissed(run, began, isFromBooks);
  const applied = isApplication(run.status);
  while (isApplication(run.status)) await applyOrEnd(run);
  if (applied && isRunning(run.status)) welcome(run);
  while (isRunning(run.status)) {
    await repay(run);
    if (!isGivenUp(run.status)) await complete(run);
  }
  if (isGivenUp(run.status)) await recover(run);
  await clearAccount(run);
}

async function applyOrEnd(run: LeaseRun): Promise<void> {
  try {
    await applyFor(run);
  } catch (error) {
    if (!(error instanceof Ending)) throw error;
    await endApplication(run, error);
  }
}

/** From the application to the vehicle in the customer's hands, beginning with the stage that the lease is in. */
async function applyFor(run: LeaseRun): Promise<void> {
  const begun = run.status;
  if (!isPast('verifying', begun)) await verify(run);
  if (!isPast('offered', begun)) await offer(run, begun === 'offered' ? null : await assess(run));
  if (!isPast('reserved', begun)) await sign(run);
  do await collectDeposit(run);
  while (!(await awaitHandover(run)));
}

function resume(state: LeaseState): LeaseRun {
  const run = new LeaseRun(state);
  answer(run);
  return run;
}

/** Puts the application on record and answers `apply`. @returns null when it was refused. */
async function begin({
  application,
  ...limits
}: Extract<LeaseInput, { application: unknown }>): Promise<LeaseRun | null> {
  let run: LeaseRun | null = null;
  let refused: unknown = null;
  setHandler(apply, async (asked?: string) => {
    await condition(() => run !== null || refused !== null);
    if (run === null) throw asRefusal(refused, asked);
    return run.state.standing;
  });
  try {
    const { reference, terms, standing } = await leases(answering).recordApplication({
      ...application,
      at: new Date().toISOString(),
    });
    run = new LeaseRun({ ...freshState(), application, ...limits, reference, terms, standing, since: Date.now() });
    answer(run);
  } catch (error) {
    refused = error;
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
