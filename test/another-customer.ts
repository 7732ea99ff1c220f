import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { leases, methods, users } from '#db/schema/index';
import type { Customer } from '#dev/journey';
import type { Actor } from '#domain/identity/roles';
import { changeCustomer } from '#use-cases/leases/change-customer';
import { lockLease } from '#use-cases/leases/lease-record';
import type { TestDatabase } from './database.ts';
import { day, type LateLease } from './late-money.ts';
import type { Cast } from './people.ts';

/** The lease is somebody else's from a day of January on. @returns who he is, and what he pays by. */
export async function madeOver(
  { db }: TestDatabase,
  lease: LateLease,
  number: number,
): Promise<{ readonly heir: Actor; readonly methodId: string }> {
  const [id, methodId] = [uuidv7(), uuidv7()];
  const [of] = await db
    .select({ provider: methods.provider, phoneEncrypted: methods.phoneEncrypted, masked: methods.masked })
    .from(leases)
    .innerJoin(methods, eq(methods.id, leases.paymentMethodId))
    .where(eq(leases.id, lease.id));
  if (of === undefined) throw new Error('the lease is gone');
  await db.insert(users).values({ id, role: 'customer', name: 'Heir', market: 'UG', phoneHash: id });
  await db.insert(methods).values({ ...of, id: methodId, userId: id, phoneHash: methodId });
  const signed = { customerId: id, paymentMethodId: methodId, signedName: 'Heir', signedAt: day(number) };
  await lease.act(day(number), async (context) =>
    changeCustomer(context, await lockLease(context.tx, lease.id), signed),
  );
  return { heir: { role: 'customer', id }, methodId };
}

/** The same by the routes: proposed, accepted and confirmed. */
export async function isMadeOver(leaseId: string, owner: Customer, heir: Customer, { admin }: Cast): Promise<void> {
  const named = { path: { id: leaseId }, body: { phone: heir.phone } };
  const { id } = await owner.client.post('/v1/leases/{id}/transfers', named);
  const signs = { name: heir.name, paymentMethodId: heir.paymentMethodId };
  await heir.client.post('/v1/transfers/{id}/accept', { path: { id }, body: signs });
  await admin.post('/v1/transfers/{id}/confirm', { path: { id }, body: { reason: 'good' } });
}
