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

/** A prompt of ours, and its announcement at the pay-bill number, of which no statement tells yet. */
async function announcedCharge() {
  const lease = await runningLease(database);
  const { db } = database;
  const attemptId = await lease.unknown(5);
  const [charge] = await db.select().from(attempts).where(eq(attempts.id, attemptId));
  const [row] = await db.select().from(leases).where(eq(leases.id, lease.id));
  if (charge === undefined || row === undefined) throw new Error('gone');
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
  const denial = await refuteInbound({ db, temporal }, { inboundId: id }, new Date());
  const doubts = (await moneyInDoubt(db, [row])).get(row.id) ?? [];
  return { denial, charge, doubts };
}

it('an announcement of a charge of ours that is unknown is no second money in doubt for days', async () => {
  const { charge, doubts } = await announcedCharge();
  expect(doubts.reduce((sum, { amount }) => sum + amount, 0)).toBe(charge.amount);
});
