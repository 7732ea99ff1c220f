import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cases, inbound, leases, methods, pins, users } from '#db/schema/index';
import { createEncryption } from '#platform/encryption';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { insertLease } from '#test/telematics-world';
import { canonicalPhones } from './canonical-phones.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const encryption = createEncryption(testConfig().ENCRYPTION_KEYS);
const AT = new Date('2026-11-28T10:00:00Z');
const NOTHING = { accounts: 0, paymentMethods: 0, payers: 0 };
const rewrite = () => canonicalPhones(database.db, encryption, AT);
/** As it was kept before: checked in one form and stored in the other. */
const kept = (phone: string) => ({
  phoneEncrypted: encryption.encrypt(phone),
  phoneHash: encryption.hash('phone', phone),
});
const withZero = (phone: string) => `${phone.slice(0, 4)}0${phone.slice(4)}`;

async function account(phone: string, createdAt: string): Promise<string> {
  const id = uuidv7();
  const values = { id, role: 'customer', name: 'Person', market: 'UG', createdAt: new Date(createdAt) } as const;
  await database.db.insert(users).values({ ...values, ...kept(phone) });
  return id;
}
async function method(userId: string, phone: string): Promise<string> {
  const id = uuidv7();
  const masked = `${phone.slice(0, 5)}*****${phone.slice(-3)}`;
  await database.db.insert(methods).values({ id, userId, provider: 'mtn', masked, ...kept(phone) });
  return id;
}
const userOf = async (id: string) => (await database.db.select().from(users).where(eq(users.id, id)))[0];
const whoLogsInBy = async (phone: string) =>
  (
    await database.db
      .select({ id: users.id })
      .from(users)
      .where(eq(users.phoneHash, encryption.hash('phone', phone)))
  ).map(({ id }) => id);
const phoneOf = async (id: string) => encryption.decrypt((await userOf(id))?.phoneEncrypted ?? '');

it('writes an account, a payment method and a payer in the one form, once', async () => {
  const phone = '+256772458119';
  const id = await account(withZero(phone), '2026-01-01');
  const way = await method(id, withZero(phone));
  await database.db.insert(inbound).values({
    id: uuidv7(),
    provider: 'mtn',
    receipt: 'R1',
    market: 'UG',
    account: 'x',
    payerEncrypted: encryption.encrypt(withZero(phone)),
    payerHash: encryption.hash('phone', withZero(phone)),
    payerMasked: '+2560******119',
    amount: 1,
    currency: 'UGX',
    paidAt: AT,
    status: 'suspense',
  });
  // By the new hash no PIN would be right any more: he chooses one anew.
  await database.db.insert(pins).values({ userId: id, hash: 'x', setAt: AT });
  expect(await rewrite()).toEqual({ accounts: 1, paymentMethods: 1, payers: 1 });
  expect(await database.db.select().from(pins)).toEqual([]);
  expect(await whoLogsInBy(phone)).toEqual([id]);
  expect(await phoneOf(id)).toBe(phone);
  const hash = encryption.hash('phone', phone);
  const [after] = await database.db.select().from(methods).where(eq(methods.id, way));
  expect(after).toMatchObject({ phoneHash: hash, masked: '+2567*****119', deletedAt: null });
  expect(await database.db.select().from(inbound)).toMatchObject([{ payerHash: hash, payerMasked: '+2567*****119' }]);
  expect(await rewrite()).toEqual(NOTHING);
});

it('a number that cannot exist stays, and does not stop the others', async () => {
  const id = await account('+256999999999', '2026-01-01');
  expect(await rewrite()).toEqual(NOTHING);
  expect(await phoneOf(id)).toBe('+256999999999');
});

it.each([
  ['the older', '+256772000201', ['2026-01-01', '2026-02-01'], null, 0],
  ['the older, whichever was written rightly', '+256772000202', ['2026-02-01', '2026-01-01'], null, 1],
  ['the one with a lease that goes on', '+256772000203', ['2026-01-01', '2026-02-01'], 1, 1],
] as const)('of two accounts with one number %s keeps the login; both get texts, and a case', async (...row) => {
  const [, phone, [since, sinceToo], withLease, keeps] = row;
  const both = [await account(phone, since), await account(withZero(phone), sinceToo)] as const;
  const [keeper, other] = keeps === 0 ? both : [both[1], both[0]];
  if (withLease !== null) await insertLease(database.db, uuidv7(), both[withLease]);
  expect(await rewrite()).toMatchObject({ accounts: 1 });
  expect(await whoLogsInBy(phone)).toEqual([keeper]);
  expect(await whoLogsInBy(withZero(phone))).toEqual([]);
  expect([await phoneOf(keeper), await phoneOf(other)]).toEqual([phone, phone]);
  const opened = await database.db.select().from(cases).where(eq(cases.kind, 'phone_shared'));
  expect(opened.filter(({ detail }) => detail['userId'] === other)).toMatchObject([
    { status: 'open', detail: { userId: other, keptBy: keeper } },
  ]);
  expect(await rewrite()).toEqual(NOTHING);
});

it('of two payment methods that are one, one is left, and leases collect by it', async () => {
  const phone = '+256772000301';
  const customerId = await account(phone, '2026-01-01');
  const [right, double, third] = [
    await method(customerId, phone),
    await method(customerId, withZero(phone)),
    await method(customerId, '+256772000302'),
  ] as const;
  const leaseBy = async (paymentMethodId: string, backupMethodIds: string[]) => {
    const id = await insertLease(database.db, uuidv7(), customerId);
    await database.db.update(leases).set({ paymentMethodId, backupMethodIds }).where(eq(leases.id, id));
    return id;
  };
  const ids = [
    await leaseBy(double, [third]),
    await leaseBy(double, [right, third]),
    await leaseBy(right, [third, double]),
    await leaseBy(third, [double]),
    await leaseBy(third, [double, right]),
    await leaseBy(third, []),
  ];
  expect(await rewrite()).toEqual({ ...NOTHING, paymentMethods: 1 });
  const rows = await Promise.all(ids.map((id) => database.db.select().from(leases).where(eq(leases.id, id))));
  expect(rows.map(([row]) => [row?.paymentMethodId, row?.backupMethodIds])).toEqual([
    [right, [third]],
    [right, [third]],
    [right, [third]],
    [third, [right]],
    [third, [right]],
    [third, []],
  ]);
  const left = await database.db.select().from(methods).where(eq(methods.userId, customerId));
  expect(left.filter(({ deletedAt }) => deletedAt === null).map(({ id }) => id)).toEqual([right, third]);
  expect(await rewrite()).toEqual(NOTHING);
});
