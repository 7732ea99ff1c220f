import { eq } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { audit } from '#db/schema/index';
import { record, type Context } from '../context.ts';

const keyOf = (submissionId: string) => `kyc.handed_in:${submissionId}`;

/** Staff have handed a customer's papers in. In the transaction that puts them on record: whoever decides on them trusts that there is no such entry. */
export async function recordHandedIn(context: Context, userId: string, submissionId: string): Promise<void> {
  const key = keyOf(submissionId);
  await record(context, { key, type: 'kyc.handed_in', subject: userId, detail: { submissionId } });
}

/** Who of the staff has handed a submission in; null where the customer did. */
export async function whoHandedIn(db: Queryable, submissionId: string): Promise<string | null> {
  const [entry] = await db
    .select({ actor: audit.actor })
    .from(audit)
    .where(eq(audit.key, keyOf(submissionId)));
  return entry?.actor.id ?? null;
}
