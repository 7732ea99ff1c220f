import { and, asc, eq, gt, inArray, isNotNull, isNull, like, notInArray, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { attempts, inbound, leases, methods, pins, users } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { hasEnded, leaseStatuses } from '#domain/leases/status';
import { toE164 } from '#domain/phone';
import { clearOf, type Encryption } from '#platform/encryption';
import { maskPhone } from '#domain/phone';
import { record, transact, type Context } from '../context.ts';
import { openCase } from '../cases/open-case.ts';

/** Accounts that are read at once. */
const PAGE = 1_000;
/** In our markets no number begins with zero after the calling code but one that is written with the zero of calls inside the country. */
const WITH_ZERO = '+25_0%';

/** How many rows were written anew. */
export interface Rewritten {
  readonly accounts: number;
  readonly paymentMethods: number;
  readonly payers: number;
}

/**
 * Writes every phone that is kept in the one form of domain/phone.ts. It runs with each new version, in
 * `npm run migrate` and `npm start`, since SQL has not the keys that phones are encrypted and hashed with.
 * What is in that form already is left alone, so that it may run any number of times and beside a version
 * that still writes the old way. A number that cannot exist stays as it is.
 *
 * Where two accounts turn out to have one number, the one with a lease that goes on keeps the login, else
 * the older one. The other still gets its texts, and a case `phone_shared` names both: an admin gives it
 * another phone (`PATCH /v1/users/{id}`), or the customer erases the one that he does not need.
 */
export async function canonicalPhones(db: Database, encryption: Encryption, at: Date): Promise<Rewritten> {
  return {
    accounts: await rewriteAccounts(db, encryption, at),
    paymentMethods: await rewriteMethods(db, encryption, at),
    payers: await rewritePayers(db, encryption),
  };
}

/** What a row has now, and the form it should have; null where nothing is to be done. */
function betterForm(encryption: Encryption, sealed: string | null): string | null {
  const kept = clearOf(encryption, sealed);
  if (kept === null) return null;
  const phone = toE164(kept);
  return phone === kept ? null : phone;
}

const columnsOf = (encryption: Encryption, phone: string) => ({
  phoneEncrypted: encryption.encrypt(phone),
  phoneHash: encryption.hash('phone', phone),
});

async function rewriteAccounts(db: Database, encryption: Encryption, at: Date): Promise<number> {
  let rewritten = 0;
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const page = await db
      .select({ id: users.id, phoneEncrypted: users.phoneEncrypted })
      .from(users)
      .where(and(isNotNull(users.phoneEncrypted), gt(users.id, after)))
      .orderBy(asc(users.id))
      .limit(PAGE);
    const last = page.at(-1);
    if (last === undefined) return rewritten;
    for (const { id, phoneEncrypted } of page) {
      const phone = betterForm(encryption, phoneEncrypted);
      if (phone === null) continue;
      await transact(db, system('upkeep'), at, (context) => rewriteAccount(context, encryption, id, phone));
      rewritten += 1;
    }
    after = last.id;
  }
}

async function rewriteAccount(context: Context, encryption: Encryption, id: string, phone: string): Promise<void> {
  const { tx, at } = context;
  const columns = columnsOf(encryption, phone);
  const [other] = await tx.select({ id: users.id }).from(users).where(eq(users.phoneHash, columns.phoneHash));
  const keeper = other === undefined ? id : await keeperOf(context, [id, other.id]);
  const loser = other === undefined ? null : keeper === id ? other.id : id;
  // Nobody can type what this is the hash of: the account is there, and nobody logs in to it.
  const nobodys = (user: string) => ({ phoneHash: encryption.hash('phone', `shared:${user}`) });
  if (loser === other?.id && loser !== null) await tx.update(users).set(nobodys(loser)).where(eq(users.id, loser));
  await tx
    .update(users)
    .set({ ...columns, ...(loser === id ? nobodys(id) : {}), updatedAt: at })
    .where(eq(users.id, id));
  // A PIN is kept with the hash of its phone: by another hash none is right, and he chooses one anew.
  await tx.delete(pins).where(inArray(pins.userId, loser === null ? [id] : [id, loser]));
  await record(context, { type: 'user.phone_rewritten', subject: id, detail: { keptBy: keeper } });
  if (loser !== null)
    await openCase(context, {
      kind: 'phone_shared',
      about: loser,
      leaseId: null,
      paymentId: null,
      detail: { userId: loser, keptBy: keeper },
    });
}

/** Which of two accounts keeps a number: one with a lease that goes on, else the older. */
async function keeperOf({ tx }: Context, ids: readonly [string, string]): Promise<string> {
  const over = leaseStatuses.filter((status) => hasEnded(status));
  const goesOn = and(eq(leases.customerId, users.id), notInArray(leases.status, over));
  const [keeper] = await tx
    .select({ id: users.id })
    .from(users)
    .where(inArray(users.id, [...ids]))
    .orderBy(sql`exists (select 1 from ${leases} where ${goesOn}) desc`, asc(users.createdAt), asc(users.id));
  return keeper?.id ?? ids[0];
}

async function rewriteMethods(db: Database, encryption: Encryption, at: Date): Promise<number> {
  let rewritten = 0;
  for (const row of await db.select().from(methods).where(like(methods.masked, WITH_ZERO))) {
    const phone = betterForm(encryption, row.phoneEncrypted);
    if (phone === null) continue;
    await transact(db, system('upkeep'), at, (context) => rewriteMethod(context, encryption, row, phone));
    rewritten += 1;
  }
  return rewritten;
}

/** One that its customer has in the right form already is deleted, and his leases collect by the other. */
async function rewriteMethod(
  context: Context,
  encryption: Encryption,
  { id, userId, provider, masked: shown, deletedAt }: typeof methods.$inferSelect,
  phone: string,
): Promise<void> {
  const { tx, at } = context;
  const columns = { ...columnsOf(encryption, phone), masked: maskPhone(phone) };
  const [same] = await tx
    .select({ id: methods.id })
    .from(methods)
    .where(
      and(
        eq(methods.userId, userId),
        eq(methods.provider, provider),
        eq(methods.phoneHash, columns.phoneHash),
        isNull(methods.deletedAt),
      ),
    );
  const isDouble = same !== undefined && deletedAt === null;
  if (isDouble) await collectBy(context, { from: id, to: same.id });
  await tx
    .update(methods)
    .set({ ...columns, ...(isDouble ? { deletedAt: at } : {}) })
    .where(eq(methods.id, id));
  await tx
    .update(attempts)
    .set({ payerMasked: columns.masked })
    .where(and(eq(attempts.paymentMethodId, id), eq(attempts.payerMasked, shown)));
  await record(context, {
    type: 'payment_method.rewritten',
    subject: id,
    detail: isDouble ? { sameAs: same.id } : {},
  });
}

async function collectBy({ tx }: Context, { from, to }: { from: string; to: string }): Promise<void> {
  await tx.execute(sql`
    update ${leases} set
      payment_method_id = case payment_method_id when ${from}::uuid then ${to}::uuid else payment_method_id end,
      backup_method_ids = case
        when payment_method_id in (${from}::uuid, ${to}::uuid)
          then array_remove(array_remove(backup_method_ids, ${from}::uuid), ${to}::uuid)
        when ${to}::uuid = any(backup_method_ids) then array_remove(backup_method_ids, ${from}::uuid)
        else array_replace(backup_method_ids, ${from}::uuid, ${to}::uuid) end
    where payment_method_id = ${from}::uuid or ${from}::uuid = any(backup_method_ids)`);
}

async function rewritePayers(db: Database, encryption: Encryption): Promise<number> {
  let rewritten = 0;
  for (const row of await db.select().from(inbound).where(like(inbound.payerMasked, WITH_ZERO))) {
    const phone = betterForm(encryption, row.payerEncrypted);
    if (phone === null) continue;
    const { phoneEncrypted: payerEncrypted, phoneHash: payerHash } = columnsOf(encryption, phone);
    await db
      .update(inbound)
      .set({ payerEncrypted, payerHash, payerMasked: maskPhone(phone) })
      .where(eq(inbound.id, row.id));
    rewritten += 1;
  }
  return rewritten;
}
