import { condition, patched, workflowInfo } from '@temporalio/workflow';
import { renewing } from './messages.ts';

/** The history has grown long: the workflow goes on in a new run, from where it stands. Thrown at a wait. */
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
/** So far a run goes whose renewal something puts off: 36,000 events of 51,200. */
const MOST_PUT_OFF = 9;
/**
 * A run closes as soon as nothing of it is under way; what is pending at a provider takes ten minutes at most.
 * Where something hangs, the workflow goes on and tries again later. Milliseconds.
 */
const CLOSES_WITHIN = 15 * 60_000;
const CLOSES_AGAIN_AFTER = 6 * 3_600_000;

/** When a run of a workflow that lives for years ends, so that the next goes on with its state. */
export class RunLength {
  readonly #events: number;
  #closing = false;
  /** Before this the run does not try to close again, epoch milliseconds. */
  #closesAgain = 0;

  constructor(events = EVENTS_PER_RUN) {
    this.#events = events;
  }

  /** True when the run should continue as new at its next wait. */
  get isDue(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (Date.now() < this.#closesAgain) return false;
    return continueAsNewSuggested || historyLength > this.#events;
  }

  /** For validators. @throws ApplicationFailure `Renewing` while no command is taken: the next run takes it. */
  refuseBeyond(): void {
    const most = Date.now() < this.#closesAgain ? MOST_PUT_OFF : MOST;
    if (workflowInfo().historyLength > most * this.#events) throw renewing();
  }

  /** True while the run only waits for what is under way, to continue as new: facts of machines are held for the next. */
  get closing(): boolean {
    return this.#closing;
  }

  /** From now on nothing is begun. */
  close(): void {
    this.#closing = true;
  }

  /** Waits until nothing of the run is under way. @returns false when something hangs: it goes on, and tries again later. */
  async closes(over: () => boolean): Promise<boolean> {
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
  }
}
