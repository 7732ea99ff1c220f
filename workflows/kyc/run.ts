import { condition, type ActivityOptions } from '@temporalio/workflow';
import type { Decided, DecisionOrder, KycActivities, Subject } from '#domain/kyc/wire';
import type { Actor } from '#domain/identity/roles';
import { activitiesOf } from '../kit/activities.ts';
import { holdBackUntil } from '../kit/hold-back.ts';
import { asRefusal, isRefused } from '../kit/refusal.ts';
import { answering, refusable } from '../kit/retry.ts';
import { Run } from '../kit/run.ts';
import type { KycView } from './messages.ts';
import type { KycState } from './state.ts';

export const activities = activitiesOf<KycActivities>('kyc');

/** A decision on a submission, before it is written down. */
type Fallen = Omit<DecisionOrder, 'userId'>;

/** One run of a customer's identity check: its state, and how it waits. Everything that survives the run is in `state`. */
export class KycRun extends Run<KycState> {
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
  protected override waitsFor = 'a submission';
  protected override readonly remembers = 50;

  protected get details() {
    const { open, approval } = this.state;
    const facts: string[] = [];
    if (open !== null) facts.push(`- **submission** \`${open.submissionId}\``);
    if (open !== null && open.suspicions.length > 0) facts.push(`- **suspicious** ${open.suspicions.join(', ')}`);
    if (approval !== null)
      facts.push(`- **approved** until ${approval.expiresOn}, submission \`${approval.submissionId}\``);
    return { heading: `Identity check: \`${this.view.status ?? 'new'}\``, facts };
  }

  /** A submission as activities name it. */
  subject({ submissionId }: Pick<Subject, 'submissionId'>): Subject {
    return { userId: this.state.userId, submissionId };
  }

  get view(): KycView {
    const { open, approval } = this.state;
    return {
      status: open?.status ?? this.decided?.status ?? (approval === null ? null : 'approved'),
      submissionId: open?.submissionId ?? this.decided?.submissionId ?? approval?.submissionId ?? null,
      waitsFor: this.waitsFor,
      until: this.until === null ? null : new Date(this.until).toISOString(),
    };
  }

  /** Waits for `happened`, at most until `deadline` (epoch ms of the workflow's clock). @returns false when the deadline came first. */
  async waitFor(happened: () => boolean, deadline: number, waitsFor: string): Promise<boolean> {
    await this.waits(happened, deadline, waitsFor);
    // A decision that is being carried out at the deadline is finished first.
    await holdBackUntil(() => !this.deciding, 'a decision that is under way');
    return happened();
  }

  /** Writes a person's decision on a submission down. @throws what the activity refused with. */
  async decide(decision: Fallen & { readonly actor: Actor }, asked?: string): Promise<void> {
    try {
      await this.#writeDown(decision, answering);
    } catch (error) {
      throw asRefusal(error, asked);
    }
  }

  /** Writes the check's own decision down; where a person's has fallen meanwhile, that one stands. */
  async decideByItself(decision: Fallen): Promise<void> {
    try {
      await this.#writeDown(decision, refusable);
    } catch (error) {
      if (!isRefused(error)) throw error;
      await condition(() => this.decided !== null);
    }
  }

  async #writeDown(decision: Fallen & { readonly actor?: Actor }, policy: ActivityOptions): Promise<void> {
    this.deciding = true;
    try {
      const order = { ...this.subject(decision), ...decision, ...this.now };
      this.decided = await activities(policy).decideSubmission(order);
    } finally {
      this.deciding = false;
    }
  }
}
