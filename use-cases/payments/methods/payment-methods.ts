import { and, arrayContains, eq, isNull, notInArray, or } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { leases, methods } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { hasEnded, leaseStatuses } from '#domain/leases/status';
import type { PaymentProvider } from '#domain/markets';
import type { Encryption } from '#platform/encryption';
import { maskPhone } from '#domain/phone';
import { openCase } from '../../cases/open-case.ts';
import { record, type Context } from '../../context.ts';
import { requirePerson } from '../../hold-person.ts';

export type PaymentMethodRow = typeof methods.$inferSelect;

/** Adds a mobile-money account; the same one again is the one that is there. @throws Problem not_found of whoever was erased */
export async function addPaymentMethod(
  context: Context,
  encryption: Encryption,
  userId: string,
  input: { provider: PaymentProvider; phone: string },
): Promise<PaymentMethodRow> {
  const { provider, phone } = input;
  const phoneHash = encryption.hash('phone', phone);
  const same = and(
    eq(methods.userId, userId),
    eq(methods.provider, provider),
    eq(methods.phoneHash, phoneHash),
    isNull(methods.deletedAt),
  );
  await requirePerson(context.tx, userId);
  const id = uuidv7();
  const created = await context.tx
    .insert(methods)
    .values({
      id,
      userId,
      provider,
      phoneHash,
      phoneEncrypted: encryption.encrypt(phone),
      masked: maskPhone(phone),
      createdAt: context.at,
    })
    .onConflictDoNothing()
    .returning();
  if (created[0] !== undefined) {
    await record(context, { type: 'payment_method.added', subject: id, detail: { provider } });
    return created[0];
  }
  const [existing] = await context.tx.select().from(methods).where(same);
  if (existing === undefined) throw new Problem('conflict');
  return existing;
}

/** @throws Problem not_found, or payment_method_in_use while a live lease collects by it. */
export async function deletePaymentMethod(context: Context, userId: string, id: string): Promise<void> {
  const { tx, at } = context;
  const [method] = await tx
    .select()
    .from(methods)
    .where(and(eq(methods.id, id), eq(methods.userId, userId), isNull(methods.deletedAt)))
    .for('update');
  if (method === undefined) throw new Problem('not_found');
  const over = leaseStatuses.filter((status) => hasEnded(status));
  const [live] = await tx
    .select({ id: leases.id })
    .from(leases)
    .where(
      and(
        or(eq(leases.paymentMethodId, id), arrayContains(leases.backupMethodIds, [id])),
        notInArray(leases.status, over),
      ),
    )
    .limit(1);
  if (live !== undefined) throw new Problem('payment_method_in_use');
  await tx.update(methods).set({ deletedAt: at }).where(eq(methods.id, id));
  await record(context, { type: 'payment_method.deleted', subject: id });
}

/**
 * A customer has another number now, and the one before may be somebody else's: money that comes from it is not taken for
 * his, and a case asks what becomes of the payment methods of that number.
 */
export async function doubtMethods(
  context: Context,
  { userId, phoneHash }: { readonly userId: string; readonly phoneHash: string },
): Promise<void> {
  const doubted = await context.tx
    .update(methods)
    .set({ doubtedAt: context.at })
    .where(and(eq(methods.userId, userId), eq(methods.phoneHash, phoneHash), isNull(methods.deletedAt)))
    .returning({ id: methods.id });
  if (doubted.length === 0) return;
  const detail = { userId, paymentMethodIds: doubted.map(({ id }) => id) };
  await openCase(context, { kind: 'number_given_up', leaseId: null, paymentId: null, about: userId, detail });
}
