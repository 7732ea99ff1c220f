import { patched } from '@temporalio/workflow';
import { instantOf } from '#domain/calendar';
import { renewableFrom } from '#domain/kyc/decision';
import { holdBackUntil } from '../kit/hold-back.ts';
import { activities, type KycRun } from './run.ts';

/**
 * Holds an approval until it lapses or a renewal of it is submitted. While a renewal is looked at, the
 * approval holds on: a customer who came in time does not lose by our slowness.
 */
export async function watch(run: KycRun): Promise<void> {
  const { approval, market, userId } = run.state;
  if (approval === null) return;
  const subject = { userId, submissionId: approval.submissionId };
  const submitted = () => run.state.open !== null;
  const at = (date: typeof approval.expiresOn) => instantOf(date, 0, market);
  const renewable = at(renewableFrom(approval.expiresOn));
  if (Date.now() < renewable) await run.waitFor(submitted, renewable, 'the time to renew');
  await activities().noteRenewalDue({ ...subject, expiresOn: approval.expiresOn, ...run.now });
  if (await run.waitFor(submitted, at(approval.expiresOn), 'the customer to renew before the approval lapses')) return;
  await holdBackUntil(() => !run.recording, 'a submission that is being recorded');
  if (submitted()) return;

  const decided = { ...subject, to: 'expired', reason: 'The approval has lapsed.' } as const;
  const lapsed = await activities().decideSubmission({ ...decided, ...run.now });
  // One that took so long to be recorded that nobody waited for it is examined now.
  if (!submitted() || !patched('a-lapse-decides-no-renewal')) run.decided = lapsed;
  run.state.approval = null;
  await activities().tellWaitingLeases({ ...subject, status: 'expired' });
}
