import { and, eq, inArray, ne } from 'drizzle-orm';
import { submissions } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Suspicion } from '#domain/kyc/decision';
import type { SubmissionOrder } from '#domain/kyc/wire';
import { emit, record, type Context } from '../context.ts';
import { lockUser } from '../identity/lock-user.ts';

/**
 * Puts a submission on record as `pending`. Repeated, it changes nothing.
 *
 * @returns what is suspicious about it, for the decision and for staff; the customer is not told.
 * @throws Problem conflict when another one is open; not_found of a customer who was erased meanwhile.
 */
export async function recordSubmission(
  context: Context,
  order: SubmissionOrder,
): Promise<{ readonly suspicions: Suspicion[] }> {
  const { tx, at } = context;
  const { submissionId, userId } = order;
  const user = await lockUser(context, userId);
  if (user.erasedAt !== null) throw new Problem('not_found');
  const [stored] = await tx.select({ id: submissions.id }).from(submissions).where(eq(submissions.id, submissionId));
  if (stored === undefined) {
    const open = and(eq(submissions.userId, userId), inArray(submissions.status, ['pending', 'in_review']));
    const [other] = await tx.select({ id: submissions.id }).from(submissions).where(open);
    if (other !== undefined) throw new Problem('conflict', 'a submission of yours is being looked at');
    const { submissionId: id, documentIds, consentedAt, ...columns } = order;
    await tx.insert(submissions).values({
      id,
      status: 'pending',
      documentIds: [...documentIds],
      consentedAt: new Date(consentedAt),
      createdAt: at,
      ...columns,
    });
    const data = { submissionId, documentType: order.documentType, country: order.country };
    await record(context, {
      key: `kyc.submitted:${submissionId}`,
      type: 'kyc.submitted',
      subject: userId,
      detail: { ...data, noticeVersion: order.noticeVersion },
    });
    await emit(context, { type: 'kyc.submitted', subject: userId, data: { userId, ...data } });
  }
  return { suspicions: (await isAnothersDocument(context, order)) ? ['document_of_another_customer'] : [] };
}

async function isAnothersDocument({ tx }: Context, { userId, documentNumberHash }: SubmissionOrder): Promise<boolean> {
  const [other] = await tx
    .select({ id: submissions.id })
    .from(submissions)
    .where(
      and(
        eq(submissions.documentNumberHash, documentNumberHash),
        ne(submissions.userId, userId),
        ne(submissions.status, 'rejected'),
      ),
    )
    .limit(1);
  return other !== undefined;
}
