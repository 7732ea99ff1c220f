import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Actor } from '#domain/identity/roles';
import { laterStand, type KycStand } from '#domain/kyc/submission';
import type { Standing } from '#domain/leases/standing';
import { hasEnded, isApplication, isRunning, type LeaseStatus } from '#domain/leases/status';
import { holdBackUntil } from '../kit/hold-back.ts';
import { asRefusal } from '../kit/refusal.ts';
import { support } from './activities.ts';
import { details } from './details.ts';
import { renewing } from './messages.ts';
import { writeSearchAttributes } from './search-attributes.ts';
import type { CreditResult, LeaseState, WaitingText } from './state.ts';

/** An application ends before handover; thrown at the wait it interrupts, caught by the story. */
export class Ending extends Error {
  override readonly name = 'Ending';
  readonly as: Extract<LeaseStatus, 'declined' | 'withdrawn' | 'lapsed'>;

  constructor(as: Ending['as'], reason: string) {
    super(reason);
    this.as = as;
  }
}

/** The history has grown long: the lease goes on in a new run, from the status it is in. Thrown at a wait. */
export class Renewal extends Error {
  override readonly name = 'Renewal';
}

/** A run's history stays small enough to be read in the Temporal UI and replayed in a moment. */
const EVENTS_PER_RUN = 4_000;
/**
 * Beyond so many times as much nothing is begun any more until the next run is there, so that nobody can hold a
 * run open by sending it work. The server terminates a run at 51,200 events.
 */
const MOST = 2;
/**
 * A run closes as soon as nothing of it is under way; what is pending at a provider takes ten minutes at most.
 * Where something hangs, the lease goes on and tries again later. Milliseconds.
 */
const CLOSES_WITHIN = 15 * 60_000;
const CLOSES_AGAIN_AFTER = 6 * 3_600_000;

/**
 * One run of a lease's workflow: its state, what is under way in the background, and how it waits.
 * Everything that survives the run is in `state`.
 */
export class LeaseRun {
  readonly state: LeaseState;
  /** Set by a person who withdraws; ends the application at its next or present wait. */
  withdrawal: string | null = null;
  kyc: KycStand | null = null;
  creditDecision: CreditResult | null = null;
  /** Grows whenever something happens that the story may wait for. */
  changes = 0;
  /** Grows whenever money in doubt may have turned out not to be there. */
  doubtsEnded = 0;
  /** True while the story waits; false while it goes from one status to the next. */
  waiting = false;
  #underWay = 0;
  #messages = 0;
  #commands = 0;
  #closing = false;
  /** Before this the run does not try to close again, epoch milliseconds. */
  #closesAgain = 0;
  #texts = new CancellationScope();

  constructor(state: LeaseState) {
    this.state = state;
  }

  get id(): string {
    return this.state.application.leaseId;
  }

  get status(): LeaseStatus {
    return this.state.standing.status;
  }

  /** When the lease came into its status, epoch milliseconds. */
  get since(): number {
    return this.state.since ?? Date.now();
  }

  /** The lease's own time, as activities take it. */
  get now(): { readonly at: string } {
    return { at: new Date().toISOString() };
  }

  /** True while no charge or refund is under way. */
  get idle(): boolean {
    return this.#underWay === 0;
  }

  /** True when nothing of this run is under way, messages included: it may end or continue as new. */
  get quiet(): boolean {
    return this.idle && this.#messages === 0;
  }

  /**
   * True between two statuses of an application: Postgres shows the next one a moment before the workflow
   * is there, so that a command that comes now is held until it is.
   */
  get inTransition(): boolean {
    return !this.waiting && !this.#closing && !isRunning(this.status) && !hasEnded(this.status);
  }

  /** True when the run should continue as new at its next wait. */
  get isLong(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (Date.now() < this.#closesAgain) return false;
    return continueAsNewSuggested || historyLength > this.#events;
  }

  get #events(): number {
    return this.state.eventsPerRun ?? EVENTS_PER_RUN;
  }

  /** True while the run only waits for what is under way, to continue as new: facts of machines are held for the next. */
  get closing(): boolean {
    return this.#closing;
  }

  /** For validators. @throws ApplicationFailure `Renewing` while no command is taken: the next run takes it. */
  refuseWhileRenewing(): void {
    if (workflowInfo().historyLength > MOST * this.#events) throw renewing();
  }

  /** Waits until nothing of this run is under way. @returns false when something hangs. */
  async closes(): Promise<boolean> {
    this.#closing = true;
    if (this.#messages > 0 && patched('texts-outlive-a-run')) this.#texts.cancel();
    const over = () => this.quiet && allHandlersFinished();
    if (over() || !patched('what-hangs-puts-a-renewal-off')) {
      await condition(over);
      return true;
    }
    return condition(over, CLOSES_WITHIN, { summary: 'what is under way, to go on in a new run' });
  }

  /** A run that could not close goes on, and tries again later. */
  goesOn(): void {
    this.#closing = false;
    this.#closesAgain = Date.now() + CLOSES_AGAIN_AFTER;
    this.#texts = new CancellationScope();
  }

  /** Takes over what an activity said of the money, and shows it to operators. */
  stands(standing: Standing): void {
    const before = this.state.standing;
    this.changes += 1;
    if (isOlder(standing, before)) return;
    this.state.standing = standing;
    if (before.status !== standing.status) this.state.since = Date.now();
    if (before.status !== standing.status || before.nextDue?.on !== standing.nextDue?.on)
      writeSearchAttributes(this.state);
  }

  /** Takes over how the identity check stands, unless something later is known: signals and reads overtake each other. */
  isIdentified(stand: KycStand | null): void {
    this.kyc = laterStand(this.kyc, stand);
    this.changes += 1;
  }

  /** The customer has just done something about the deposit, and waits for the prompt. */
  isAsked({ role }: Actor): void {
    if (role === 'customer' && this.status === 'awaiting_deposit') this.state.asked = true;
  }

  /** Starts money work that the story does not wait for; a run never ends or continues as new before it. */
  inBackground(work: () => Promise<void>): void {
    this.#underWay += 1;
    void finished(work()).then(() => {
      this.#underWay -= 1;
      this.changes += 1;
    });
  }

  /**
   * Sends the customer a text, once a key. Nothing waits for it but the end of the run, and where the run
   * continues as new the next one sends it.
   */
  writes(text: WaitingText): void {
    this.state.texts = [...(this.state.texts ?? []), text];
    if (!this.#closing) this.#sends(text);
  }

  /** Goes on with what the run before has not sent. */
  sendsTexts(): void {
    for (const text of this.state.texts ?? []) this.#sends(text);
  }

  #sends(text: WaitingText): void {
    this.#messages += 1;
    void finished(this.#texts.run(() => this.#sendsInTime(text))).then(() => {
      this.#messages -= 1;
    });
  }

  async #sendsInTime({ key, message, notBefore }: WaitingText): Promise<void> {
    const left = notBefore - Date.now();
    try {
      if (left > 0 && patched('texts-wait-for-the-morning')) await sleep(left, { summary: 'a text in the morning' });
      await support().sendText({ key: `${this.id}:${key}`, leaseId: this.id, message, ...this.now });
    } catch (error) {
      if (isCancellation(error)) return;
      throw error;
    } finally {
      if (!this.#closing) this.state.texts = this.state.texts?.filter((text) => text.key !== key) ?? [];
    }
  }

  /**
   * Waits for `happened`, at most until `deadline` (epoch ms on the lease's clock).
   *
   * @returns false when the deadline came first.
   * @throws Ending when the customer withdraws meanwhile; Renewal when the history has grown long.
   */
  async waitFor(happened: () => boolean, deadline: number, waitingFor: string): Promise<boolean> {
    this.shows(waitingFor, deadline);
    const left = Math.max(1, deadline - Date.now());
    this.waiting = true;
    const renews = () => this.isLong && patched('renew-at-every-wait');
    await condition(() => happened() || this.withdrawal !== null || renews(), left, { summary: waitingFor });
    this.waiting = false;
    // A command that is being carried out at the deadline, or when the customer withdraws, is finished first.
    await holdBackUntil(() => this.#commands === 0, 'a command that is under way');
    if (this.withdrawal !== null && isApplication(this.status)) throw new Ending('withdrawn', this.withdrawal);
    if (happened()) return true;
    if (renews()) throw new Renewal();
    return false;
  }

  /** A lease that was started again from the books goes on at the time that it had reached. */
  async catchesUp(asOf: number): Promise<void> {
    const behind = asOf - Date.now();
    if (behind > 0) await sleep(behind, { summary: 'the time that the lease had reached' });
  }

  /**
   * Carries out a person's command; refusals of its activities are refusals of the command.
   *
   * @param asked the request that it came with, as its sender names it
   */
  async carryOut<T>(command: () => Promise<T>, asked?: string): Promise<T> {
    this.#commands += 1;
    try {
      return await command();
    } catch (error) {
      throw asRefusal(error, asked);
    } finally {
      this.#commands -= 1;
      this.changes += 1;
    }
  }

  /** What operators read in the Temporal UI: what is owed, what is waited for, who must act. */
  shows(waitingFor: string, until: number | null): void {
    setCurrentDetails(details(this.state, waitingFor, until));
  }

  /** True the first time a fact with this id comes. */
  isNews(id: string): boolean {
    if (this.state.seen.includes(id)) return false;
    this.state.seen = [...this.state.seen, id].slice(-200);
    return true;
  }
}

/** True for what was read of the lease before what is known already: activities may end in another order than they read. */
function isOlder({ version }: Standing, known: Standing): boolean {
  return version !== undefined && known.version !== undefined && version < known.version;
}

/** Settles when work has ended, however it did: what it could not do, it has told by itself. */
function finished(work: Promise<void>): Promise<void> {
  return work.catch((error: unknown) => log.error('work in the background failed', { reason: reasonOf(error) }));
}

/** What an activity said, below Temporal's own words. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
