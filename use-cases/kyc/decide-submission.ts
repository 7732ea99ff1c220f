import { and, eq, ne } from 'drizzle-orm';
import { submissions } from '#db/schema/index';
import { localDate, localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { lapsesOn } from '#domain/kyc/decision';
import type { Decided, DecisionOrder } from '#domain/kyc/wire';
import { emit, record, type Context } from '../context.ts';
import { lockUser } from '../identity/lock-user.ts';

/**
 * Writes a decision down, with its audit entry and event. An approval or a rejection takes the place of
 * an earlier approval, which expires. The same decision again changes nothing.
 *
 * @throws Problem invalid_state when another decision has fallen.
 */
export async function decideSubmission(context: Context, input: DecisionOrder): Promise<Decided> {
  const { tx, actor, at } = context;
  const { submissionId, userId, to, reason } = input;
  const user = await lockUser(context, userId);
  const [row] = await tx.select().from(submissions).where(eq(submissions.id, submissionId)).for('update');
  if (row === undefined || user.market === null)
    throw new Error(`there is no submission ${submissionId} of a customer`);
  const decided = (expiresOn: string | null): Decided => ({
    submissionId,
    status: to,
    expiresOn: expiresOn === null ? null : localDate(expiresOn),
  });
  if (row.status === to) return decided(row.expiresOn);
  const open = row.status === 'pending' || row.status === 'in_review';
  if (!open && !(row.status === 'approved' && to === 'expired')) {
    throw new Problem('invalid_state', `the submission is ${row.status} already`);
  }

  const expiresOn = to === 'approved' ? lapsesOn(localDateAt(at.getTime(), user.market), row.documentExpiresOn) : null;
  const decision = open ? { decidedBy: actor.role === 'system' ? null : actor.id, decidedAt: at, expiresOn } : {};
  await tx
    .update(submissions)
    .set({ status: to, reason, ...decision })
    .where(eq(submissions.id, submissionId));
  if (to !== 'expired') await supersede(context, userId, submissionId);
  const detail = { submissionId, ...(reason === null ? {} : { reason }), ...(expiresOn === null ? {} : { expiresOn }) };
  await record(context, { key: `kyc.${to}:${submissionId}`, type: `kyc.${to}`, subject: userId, detail });
  if (to !== 'expired') await emit(context, { type: `kyc.${to}`, subject: userId, data: { userId, ...detail } });
  return decided(open ? expiresOn : row.expiresOn);
}

async function supersede({ tx }: Context, userId: string, submissionId: string): Promise<void> {
  await tx
    .update(submissions)
    .set({ status: 'expired', reason: 'A later submission has taken its place.' })
    .where(and(eq(submissions.userId, userId), eq(submissions.status, 'approved'), ne(submissions.id, submissionId)));
}
