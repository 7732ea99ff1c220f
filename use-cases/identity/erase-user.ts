import { asc, eq } from 'drizzle-orm';
import { leases, users } from '#db/schema/index';
import { Problem, type FieldError } from '#domain/errors';
import { emit, record, type Context } from '../context.ts';
import type { PersonalData } from '../personal-data.ts';
import { personalData } from './all-personal-data.ts';

/**
 * Erases a customer's personal data: name, phone, income, documents, messages, payment methods, the name
 * under an agreement, and what providers wrote of the payer. What the law on accounts and on consumer
 * credit wants kept stays without a name beside it: leases and when they were signed, payments, the
 * ledger, credit decisions, the audit trail. His identity check ends after that (`kyc/erasure-reader.ts`).
 *
 * @throws Problem invalid_state while something is open between him and the house: it names what, and where to look.
 */
export async function eraseUser(context: Context, id: string): Promise<void> {
  const { tx } = context;
  // Leases are locked before their customer, as everywhere: until he is gone, nothing of theirs opens.
  const theirs = eq(leases.customerId, id);
  await tx.select({ id: leases.id }).from(leases).where(theirs).orderBy(asc(leases.id)).for('update');
  const [user] = await tx.select().from(users).where(eq(users.id, id)).for('update');
  if (user === undefined || user.erasedAt !== null) throw new Problem('not_found');
  const all: readonly PersonalData[] = Object.values(personalData);
  const open: FieldError[] = [];
  for (const held of all) open.push(...((await held.open?.(tx, user)) ?? []));
  if (open.length > 0) throw new Problem('invalid_state', 'Something between you and us is open', open);

  for (const held of all) await held.erase(context, user);
  await record(context, { type: 'user.erased', subject: id });
  await emit(context, { type: 'user.erased', subject: id, data: { userId: id } });
}
