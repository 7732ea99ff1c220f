import { setHandler } from '@temporalio/workflow';
import { instantOf } from '#domain/calendar';
import { renewableFrom } from '#domain/kyc/decision';
import { asRefusal, isBroken, refusal } from '../kit/refusal.ts';
import { answering } from '../kit/retry.ts';
import { checked, decide, status, submit } from './messages.ts';
import { holdBackUntil } from '../kit/hold-back.ts';
import { activities, type KycRun } from './run.ts';

/** Wires what people ask and the provider tells to a run. Validators refuse at once, without a trace in the history. */
export function answer(run: KycRun): void {
  answerCustomer(run);
  answerAgent(run);
  setHandler(checked, ({ submissionId, id }) => {
    if (run.state.open?.submissionId === submissionId && run.takesOnce(id)) run.webhooks += 1;
  });
  setHandler(status, () => run.view);
}

function answerCustomer(run: KycRun): void {
  setHandler(
    submit,
    async (order, asked?: string) => {
      run.asked = true;
      run.recording = true;
      try {
        // The decision that the customer has seen may not have arrived here yet.
        await holdBackUntil(() => run.state.open === null || !beingDecided(run), 'the decision before');
        refuseUnlessOpenTo(run);
        const { suspicions } = await activities(answering).recordSubmission({ order, ...run.now });
        run.state.open = { submissionId: order.submissionId, suspicions, status: 'pending' };
        run.decided = null;
        run.webhooks = 0;
        run.heeded = 0;
        return { submissionId: order.submissionId, status: 'pending' };
      } catch (error) {
        run.broken = isBroken(error);
        throw asRefusal(error, asked);
      } finally {
        run.recording = false;
      }
    },
    {
      validator: (_order) => {
        if (run.recording) throw lookedAt();
        if (!beingDecided(run)) refuseUnlessOpenTo(run);
      },
    },
  );
}

const lookedAt = () => refusal('conflict', 'a submission of yours is being looked at');

/** @throws ApplicationFailure while a submission is open, or an approval is not yet to be renewed. */
function refuseUnlessOpenTo({ state: { open, approval, market } }: KycRun): void {
  if (open !== null) throw lookedAt();
  if (approval === null) return;
  const from = renewableFrom(approval.expiresOn);
  if (Date.now() < instantOf(from, 0, market))
    throw refusal('conflict', `your identity is approved; a renewal is possible from ${from}`);
}

const beingDecided = ({ deciding, decided }: KycRun) => deciding || decided !== null;

function answerAgent(run: KycRun): void {
  setHandler(
    decide,
    async ({ submissionId, decision, reason, actor }, asked?: string) => {
      await holdBackUntil(() => !run.recording, 'the record of the submission');
      await run.decide({ submissionId, to: decision, reason, actor }, asked);
      return { submissionId, status: decision };
    },
    {
      validator: ({ submissionId }) => {
        const { open } = run.state;
        if (open?.submissionId !== submissionId || open?.status !== 'in_review' || beingDecided(run)) {
          throw refusal('invalid_state', 'the submission is not in review');
        }
      },
    },
  );
}
