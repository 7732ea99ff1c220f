import { condition, setCurrentDetails } from '@temporalio/workflow';

/** One run of a workflow that lives long: how it waits, and what it says of itself. What survives it is in `state`. */
export abstract class Run<State extends { seen: string[] }> {
  readonly state: State;
  protected waitsFor = '';
  protected until: number | null = null;
  /** So many ids of the newest facts from machines are kept. */
  protected readonly remembers: number = 200;

  constructor(state: State) {
    this.state = state;
  }

  /** What it is and how it stands, and what else operators should know: markdown without personal data. */
  protected abstract get details(): { readonly heading: string; readonly facts: readonly string[] };

  /** The workflow's own time, as activities take it. */
  get now(): { readonly at: string } {
    return { at: new Date().toISOString() };
  }

  /** What operators read in the Temporal UI: where it stands, what is waited for (until when, epoch milliseconds), who must act. */
  shows(waitsFor: string, until: number | null): void {
    this.waitsFor = waitsFor;
    this.until = until;
    const { heading, facts } = this.details;
    const deadline = until === null ? '' : `, until ${new Date(until).toISOString().slice(0, 16)}Z`;
    setCurrentDetails([`### ${heading}`, `- **waits for** ${waitsFor}${deadline}`, ...facts].join('\n'));
  }

  /** Waits for `happened`, at most until `deadline` (epoch milliseconds of the workflow's clock), and shows it. */
  protected async waits(happened: () => boolean, deadline: number, waitsFor: string): Promise<void> {
    this.shows(waitsFor, deadline);
    await condition(happened, Math.max(1, deadline - Date.now()), { summary: waitsFor });
  }

  /** Takes a fact by its id: machines say things twice. @returns true the first time. */
  takesOnce(id: string): boolean {
    if (this.state.seen.includes(id)) return false;
    this.state.seen = [...this.state.seen, id].slice(-this.remembers);
    return true;
  }
}
