import { allHandlersFinished, CancellationScope, isCancellation, log, patched, sleep } from '@temporalio/workflow';
import type { Actor } from '#domain/identity/roles';
import { laterStand, type KycStand } from '#domain/kyc/submission';
import type { Standing } from '#domain/leases/standing';
import { hasEnded, isApplication, isRunning, type LeaseStatus } from '#domain/leases/status';
import { holdBackUntil } from '../kit/hold-back.ts';
import { asRefusal } from '../kit/refusal.ts';
import { Renewal, RunLength } from '../kit/renewal.ts';
import { untilDone } from '../kit/retry.ts';
import { Run } from '../kit/run.ts';
import { support } from './activities.ts';
import { detailsOf } from './details.ts';
import { writeSearchAttributes } from './search-attributes.ts';
import type { CreditResult, LeaseState, WaitingText } from './state.ts';

/** An application ends before handover; thrown at the wait it interrupts, caught by the story. */
export class Ending extends Error {
  override readonly name = 'Ending';
  readonly as: Extract<LeaseStatus, 'declined' | 'withdrawn' | 'lapsed'>;

  /** Who ended it; the lease itself where absent. */
  readonly by: Actor | undefined;

  constructor(as: Ending['as'], reason: string, by?: Actor) {
    super(reason);
    this.as = as;
    this.by = by;
  }
}

/**
 * One run of a lease's workflow: its state, what is under way in the background, and how it waits.
 * Everything that survives the run is in `state`.
 */
export class LeaseRun extends Run<LeaseState> {
  readonly renewal: RunLength;
  /** Set by a person who withdraws; ends the application at its next or present wait. */
  withdrawal: { readonly reason: string; readonly by: Actor } | null = null;
  kyc: KycStand | null = null;
  creditDecision: CreditResult | null = null;
  /** Grows whenever something happens that the story may wait for. */
  changes = 0;
  /** Grows whenever money in doubt may have turned out not to be there. */
  doubtsEnded = 0;
  /** The status that the run began with, until the story is told from there: handlers run before it. */
  began: LeaseStatus | null;
  /** True while the story waits; false while it goes from one status to the next. */
  waiting = false;
  #underWay = 0;
  #messages = 0;
  #commands = 0;
  #texts = new CancellationScope();
  readonly #atWork = new Map<string, { again: boolean }>();

  constructor(state: LeaseState) {
    super(state);
    this.began = state.standing.status;
    this.renewal = new RunLength(state.eventsPerRun);
  }

  protected get details() {
    return detailsOf(this.state);
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
    return !this.waiting && !this.renewal.closing && !isRunning(this.status) && !hasEnded(this.status);
  }

  /** Waits until nothing of this run is under way. @returns false when something hangs. */
  async closes(): Promise<boolean> {
    this.renewal.close();
    if (this.#messages > 0 && patched('texts-outlive-a-run')) this.#texts.cancel();
    return this.renewal.closes(() => this.quiet && allHandlersFinished());
  }

  /** A run that could not close goes on, and tries again later. */
  goesOn(): void {
    this.renewal.goesOn();
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
  takesIdentity(stand: KycStand | null): void {
    this.kyc = laterStand(this.kyc, stand);
    this.changes += 1;
  }

  /** False for an event that was told before a later one: it is told again. */
  isNews(sequence: number | undefined): boolean {
    const { heard = 0 } = this.state;
    if (sequence === undefined) return true;
    this.state.heard = Math.max(heard, sequence);
    return sequence > heard;
  }

  /** Notes that the customer has just done something about the deposit, and waits for the prompt. */
  notesDeed({ role }: Actor): void {
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

  /** Does work under a key, after work under it that is under way and may have looked too early: once more, however often it was asked for. */
  async oneAtATime(key: string, work: () => Promise<void>): Promise<void> {
    const underWay = this.#atWork.get(key);
    if (underWay !== undefined) {
      underWay.again ||= patched('money-told-meanwhile-is-looked-at');
      return;
    }
    const turn = { again: true };
    this.#atWork.set(key, turn);
    try {
      while (turn.again) {
        turn.again = false;
        await work();
      }
    } finally {
      this.#atWork.delete(key);
    }
  }

  /**
   * Has the customer told something, once a key. Nothing waits for it but the end of the run, and where the run
   * continues as new the next one asks again.
   */
  writes(text: WaitingText): void {
    this.state.texts = [...(this.state.texts ?? []), text];
    if (!this.renewal.closing) this.#sends(text);
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
      // Its own workflow knows the night and the channels, and waits for them.
      if (patched('notifications-wait-by-themselves')) {
        await support(untilDone).notify({ key: `${this.id}:${key}`, leaseId: this.id, message, ...this.now });
        return;
      }
      if (left > 0 && patched('texts-wait-for-the-morning')) await sleep(left, { summary: 'a text in the morning' });
      await support().sendText({ key: `${this.id}:${key}`, leaseId: this.id, message, ...this.now });
    } catch (error) {
      if (isCancellation(error)) return;
      throw error;
    } finally {
      if (!this.renewal.closing) this.state.texts = this.state.texts?.filter((text) => text.key !== key) ?? [];
    }
  }

  /**
   * Waits for `happened`, at most until `deadline` (epoch ms on the lease's clock).
   *
   * @returns false when the deadline came first.
   * @throws Ending when the customer withdraws meanwhile; Renewal when the history has grown long.
   */
  async waitFor(happened: () => boolean, deadline: number, waitingFor: string): Promise<boolean> {
    this.waiting = true;
    const renews = () => this.renewal.isDue && patched('renew-at-every-wait');
    await this.waits(() => happened() || this.withdrawal !== null || renews(), deadline, waitingFor);
    this.waiting = false;
    // A command that is being carried out at the deadline, or when the customer withdraws, is finished first.
    await holdBackUntil(() => this.#commands === 0, 'a command that is under way');
    if (this.withdrawal !== null && isApplication(this.status))
      throw new Ending('withdrawn', this.withdrawal.reason, this.withdrawal.by);
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
