import { and, eq, inArray, ne } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { submissions } from '#db/schema/index';
import { instantOf, localDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { renewableFrom, type Suspicion } from '#domain/kyc/decision';
import type { SubmissionOrder } from '#domain/kyc/wire';
import type { Config } from '#platform/config';
import { emit, record, type Context } from '../context.ts';
import { lockUser } from '../identity/lock-user.ts';
import { recordHandedIn } from './handed-in.ts';

type SharedDocuments = Pick<Config, 'SHARED_DOCUMENTS'>;

/**
 * Puts a submission on record as `pending`, and who of the staff handed it in. Repeated, it changes nothing.
 *
 * @returns what is suspicious about it, for the decision and for staff; the customer is not told.
 * @throws Problem conflict when another one is open, or an approval is not yet to be renewed; not_found of a customer who was erased meanwhile.
 */
export async function recordSubmission(
  context: Context,
  order: SubmissionOrder,
  rule: SharedDocuments = { SHARED_DOCUMENTS: 'review' },
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
    await refuseWhileApproved(context, user);
    const { submissionId: id, documentIds, consentedAt, handedInBy, ...columns } = order;
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
    if (handedInBy !== undefined) await recordHandedIn({ ...context, actor: handedInBy }, userId, submissionId);
    await emit(context, { type: 'kyc.submitted', subject: userId, data: { userId, ...data } });
  }
  return { suspicions: await suspicionsOf(tx, order, rule) };
}

/** An approval holds whatever its workflow knows of it: one that died knows nothing. */
async function refuseWhileApproved(
  { tx, at }: Context,
  { id, market }: Awaited<ReturnType<typeof lockUser>>,
): Promise<void> {
  const holds = and(eq(submissions.userId, id), eq(submissions.status, 'approved'));
  const [approval] = await tx.select({ expiresOn: submissions.expiresOn }).from(submissions).where(holds);
  if (approval?.expiresOn == null || market === null) return;
  const from = renewableFrom(localDate(approval.expiresOn));
  if (at.getTime() < instantOf(from, 0, market))
    throw new Problem('conflict', `your identity is approved; a renewal is possible from ${from}`);
}

/** What is suspicious about a submission, by the books as they are now. */
export async function suspicionsOf(
  db: Queryable,
  submission: Pick<SubmissionOrder, 'userId' | 'documentNumberHash'>,
  { SHARED_DOCUMENTS }: SharedDocuments,
): Promise<Suspicion[]> {
  if (SHARED_DOCUMENTS === 'trusted') return [];
  return (await isAnothersDocument(db, submission)) ? ['document_of_another_customer'] : [];
}

async function isAnothersDocument(
  db: Queryable,
  { userId, documentNumberHash }: Pick<SubmissionOrder, 'userId' | 'documentNumberHash'>,
): Promise<boolean> {
  const [other] = await db
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
