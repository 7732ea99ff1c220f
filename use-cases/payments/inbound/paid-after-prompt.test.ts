import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { moneyInDoubt } from '#db/queries/doubts';
import { attempts, inbound, leases } from '#db/schema/index';
import { connectTemporal } from '#platform/temporal/connection';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { config, runningLease } from '#test/late-money';
import { refuteInbound } from './refute-inbound.ts';

let database: TestDatabase;
let temporal: Awaited<ReturnType<typeof connectTemporal>>;
beforeAll(async () => {
  [database, temporal] = await Promise.all([createTestDatabase(), connectTemporal(config)]);
});
afterAll(() => Promise.all([database.close(), temporal.connection.close()]));

it('who pays by himself when the prompt did not come is not forgotten as soon as that prompt is known as failed', async () => {
  const lease = await runningLease(database);
  const { db } = database;
  const attemptId = await lease.unknown(5);
  const [row] = await db.select().from(leases).where(eq(leases.id, lease.id));
  const [charge] = await db.select().from(attempts).where(eq(attempts.id, attemptId));
  if (row === undefined || charge === undefined) throw new Error('gone');
  // A minute later he pays the same sum by pay-bill; the statement lags for more than ten minutes.
  const id = uuidv7();
  await db.insert(inbound).values({
    id,
    provider: 'mtn',
    market: 'UG',
    receipt: id.toUpperCase(),
    account: row.reference,
    payerMasked: 'unknown',
    amount: charge.amount,
    currency: 'UGX',
    paidAt: new Date(),
    status: 'announced',
  });
  const stands = async () => {
    const denial = await refuteInbound({ db, temporal }, { inboundId: id }, new Date());
    const doubts = (await moneyInDoubt(db, [row])).get(row.id) ?? [];
    const [item] = await db.select().from(inbound).where(eq(inbound.id, id));
    return [denial, item?.status, doubts.reduce((sum, { amount }) => sum + amount, 0)];
  };
  const isWaitedFor = ['waits', 'announced', charge.amount];
  expect(await stands()).toEqual(isWaitedFor);
  await lease.decide(5, attemptId, 'failed');
  expect(await stands()).toEqual(isWaitedFor);
});

it('of two announcements beside one charge that is unknown one is money of its own', async () => {
  const lease = await runningLease(database);
  const { db } = database;
  const [charge] = await db
    .select()
    .from(attempts)
    .where(eq(attempts.id, await lease.unknown(5)));
  const [row] = await db.select().from(leases).where(eq(leases.id, lease.id));
  if (row === undefined || charge === undefined) throw new Error('gone');
  for (const id of [uuidv7(), uuidv7()])
    await db.insert(inbound).values({
      id,
      provider: 'mtn',
      market: 'UG',
      receipt: id.toUpperCase(),
      account: row.reference,
      payerMasked: 'unknown',
      amount: charge.amount,
      currency: 'UGX',
      paidAt: new Date(),
      status: 'announced',
    });
  const doubts = (await moneyInDoubt(db, [row])).get(row.id) ?? [];
  expect(doubts.map(({ amount }) => amount)).toEqual([charge.amount, charge.amount]);
});
