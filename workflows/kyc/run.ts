import {
  ActivityCancellationType,
  condition,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { Decided, Decision, KycActivities } from '#domain/kyc/wire';
import type { Actor } from '#domain/identity/roles';
import { activityQueue, prefixOf } from '#domain/task-queues';
import { holdBackUntil } from '../kit/hold-back.ts';
import { asRefusal, isRefused } from '../kit/refusal.ts';
import { answering, refusable, untilDone } from '../kit/retry.ts';
import type { KycView } from './messages.ts';
import type { KycState } from './state.ts';

const queue = () => activityQueue(prefixOf(workflowInfo().taskQueue), 'kyc');

export const activities = (policy = untilDone) => proxyActivities<KycActivities>({ ...policy, taskQueue: queue() });

/** Longest interval between two looks at a pending check, in milliseconds. */
const LONGEST_POLL = 300_000;

/**
 * The activity that sends to the provider and then asks for the verdict at growing intervals, until the
 * deadline of the check. The server gives up when the next try would come after the deadline, so that the
 * intervals stay small beside it.
 */
export function checker(leftMs: number, summary: string): Pick<KycActivities, 'checkIdentity'> {
  const left = Math.max(1_000, leftMs);
  return proxyActivities<KycActivities>({
    taskQueue: queue(),
    summary,
    startToCloseTimeout: '90s',
    scheduleToCloseTimeout: left,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: {
      initialInterval: Math.min(1_000, left / 5),
      backoffCoefficient: 2,
      maximumInterval: Math.min(LONGEST_POLL, Math.max(1_000, left / 20)),
    },
  });
}

/** One run of a customer's identity check: its state, and how it waits. Everything that survives the run is in `state`. */
export class KycRun {
  readonly state: KycState;
  /** What fell for the submission that is open, by an agent or by the check. */
  decided: Decided | null = null;
  /** Webhooks that came for the submission that is open. */
  webhooks = 0;
  /** Of them, those that came before the provider was last asked. */
  heeded = 0;
  /** A submission was handed in. */
  asked = false;
  /** It, or that it is in review, is being put on record. */
  recording = false;
  /** A submission could not be put on record, by a fault of ours. */
  broken = false;
  /** A decision is being written down. */
  deciding = false;
  #waitsFor = 'a submission';
  #until: number | null = null;

  constructor(state: KycState) {
    this.state = state;
  }

  /** The workflow's own time, as activities take it. */
  get now(): { readonly at: string } {
    return { at: new Date().toISOString() };
  }

  /** The open submission as activities name it. @throws Error when there is none. */
  get subject(): { readonly userId: string; readonly submissionId: string } {
    const { userId, open } = this.state;
    if (open === null) throw new Error('no submission is open');
    return { userId, submissionId: open.submissionId };
  }

  get view(): KycView {
    const { open, approval } = this.state;
    return {
      status: open?.status ?? this.decided?.status ?? (approval === null ? null : 'approved'),
      submissionId: open?.submissionId ?? this.decided?.submissionId ?? approval?.submissionId ?? null,
      waitsFor: this.#waitsFor,
      until: this.#until === null ? null : new Date(this.#until).toISOString(),
    };
  }

  /** Waits for `happened`, at most until `deadline` (epoch ms of the workflow's clock). @returns false when the deadline came first. */
  async waitFor(happened: () => boolean, deadline: number, waitsFor: string): Promise<boolean> {
    this.shows(waitsFor, deadline);
    await condition(happened, Math.max(1, deadline - Date.now()), { summary: waitsFor });
    // A decision that is being carried out at the deadline is finished first.
    await holdBackUntil(() => !this.deciding, 'a decision that is under way');
    return happened();
  }

  /** Writes a person's decision on the open submission down. @throws what the activity refused with. */
  async decide(
    decision: { readonly to: Decision; readonly reason: string | null; readonly actor: Actor },
    asked?: string,
  ): Promise<void> {
    try {
      await this.#writeDown(decision, answering);
    } catch (error) {
      throw asRefusal(error, asked);
    }
  }

  /** Writes the check's own decision down; where a person's has fallen meanwhile, that one stands. */
  async decideByItself(decision: { readonly to: Decision; readonly reason: string | null }): Promise<void> {
    try {
      await this.#writeDown(decision, refusable);
    } catch (error) {
      if (!isRefused(error)) throw error;
      await condition(() => this.decided !== null);
    }
  }

  async #writeDown(
    decision: { readonly to: Decision; readonly reason: string | null; readonly actor?: Actor },
    policy: ActivityOptions,
  ): Promise<void> {
    this.deciding = true;
    try {
      this.decided = await activities(policy).decideSubmission({ ...this.subject, ...decision, ...this.now });
    } finally {
      this.deciding = false;
    }
  }

  /** What operators read in the Temporal UI: where it stands, what is waited for, who must act. */
  shows(waitsFor: string, until: number | null): void {
    this.#waitsFor = waitsFor;
    this.#until = until;
    const { open, approval } = this.state;
    const lines = [`### Identity check: \`${this.view.status ?? 'new'}\``];
    lines.push(
      `- **waits for** ${waitsFor}${until === null ? '' : `, until ${new Date(until).toISOString().slice(0, 16)}Z`}`,
    );
    if (open !== null) lines.push(`- **submission** \`${open.submissionId}\``);
    if (open !== null && open.suspicions.length > 0) lines.push(`- **suspicious** ${open.suspicions.join(', ')}`);
    if (approval !== null)
      lines.push(`- **approved** until ${approval.expiresOn}, submission \`${approval.submissionId}\``);
    setCurrentDetails(lines.join('\n'));
  }

  /** True the first time a webhook with this id comes. */
  isNews(id: string): boolean {
    if (this.state.seen.includes(id)) return false;
    this.state.seen = [...this.state.seen, id].slice(-50);
    return true;
  }
}
