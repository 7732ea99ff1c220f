import { and, eq, ne } from 'drizzle-orm';
import { submissions } from '#db/schema/index';
import { instantOf, localDate, localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { lapsesOn } from '#domain/kyc/decision';
import { mayFollow } from '#domain/kyc/submission';
import type { Decided, DecisionOrder } from '#domain/kyc/wire';
import type { Market } from '#domain/markets';
import { emit, record, type Context } from '../context.ts';
import { lockUser } from '../identity/lock-user.ts';
import { decisionOf, lockSubmission, type SubmissionRow } from './submission-record.ts';

/**
 * Writes a decision down, with its audit entry and event. An approval or a rejection takes the place of
 * an earlier approval, which expires. The same decision again changes nothing.
 *
 * @returns the decision that stands: what the check says by itself changes none that has fallen.
 * @throws Problem invalid_state for a person when another decision has fallen.
 */
export async function decideSubmission(context: Context, input: DecisionOrder): Promise<Decided> {
  const { tx, actor, at } = context;
  const { submissionId, userId, to, reason } = input;
  const { market } = await lockUser(context, userId);
  const row = await lockSubmission(tx, submissionId);
  if (market === null) throw new Error(`submission ${submissionId} is of no customer`);
  const stands = decisionOf(row);
  if (stands !== null && !mayTakeItsPlace(row, to, market, at)) {
    if (stands.status === to || actor.role === 'system') return stands;
    throw new Problem('invalid_state', `the submission is ${row.status} already`);
  }

  const expiresOn = to === 'approved' ? lapsesOn(localDateAt(at.getTime(), market), row.documentExpiresOn) : null;
  const decision =
    stands === null ? { decidedBy: actor.role === 'system' ? null : actor.id, decidedAt: at, expiresOn } : {};
  await tx
    .update(submissions)
    .set({ status: to, reason, ...decision })
    .where(eq(submissions.id, submissionId));
  if (to !== 'expired') await supersede(context, userId, submissionId);
  const detail = { submissionId, ...(reason === null ? {} : { reason }), ...(expiresOn === null ? {} : { expiresOn }) };
  await record(context, { key: `kyc.${to}:${submissionId}`, type: `kyc.${to}`, subject: userId, detail });
  if (to !== 'expired') await emit(context, { type: `kyc.${to}`, subject: userId, data: { userId, ...detail } });
  return { submissionId, status: to, expiresOn: stands?.expiresOn ?? expiresOn };
}

/** Of decisions only an approval ends by itself, and not before its day. */
function mayTakeItsPlace({ status, expiresOn }: SubmissionRow, to: Decided['status'], market: Market, at: Date) {
  return mayFollow(status, to) && expiresOn !== null && at.getTime() >= instantOf(localDate(expiresOn), 0, market);
}

async function supersede({ tx }: Context, userId: string, submissionId: string): Promise<void> {
  await tx
    .update(submissions)
    .set({ status: 'expired', reason: 'A later submission has taken its place.' })
    .where(and(eq(submissions.userId, userId), eq(submissions.status, 'approved'), ne(submissions.id, submissionId)));
}
