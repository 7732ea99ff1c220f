import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { config, deps } from '#test/late-money';
import { bookLease } from '#test/lease-books';
import { openAttempt } from '../payments/open-attempt.ts';
import { completeLease } from './end-lease.ts';
import { writeOffLease } from './write-off.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it('a lease that was paid off a moment before is not written off: it is refused, and completed', async () => {
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T06:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  await lease.pays('2026-01-06T06:00:00Z', 100_000);
  const writeOff = lease.at('2026-01-06T06:00:01Z', (context) =>
    writeOffLease(context, { leaseId: lease.id, reason: 'gone' }),
  );
  await expect(writeOff).rejects.toMatchObject({ code: 'invalid_state' });
  await lease.at('2026-01-06T06:00:02Z', (context) => completeLease(context, { leaseId: lease.id }));
  expect((await lease.row()).status).toBe('completed');
});

it('it does not wait for what its customer asks his phone for, unless that pays all of it', async () => {
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T06:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  const pays = (amount: number) => {
    const order = { leaseId: lease.id, paymentMethodId: lease.methodId, attemptId: randomUUID(), amount } as const;
    return lease.at('2026-01-06T06:00:00Z', (context) => openAttempt(context, deps, { ...order, kind: 'pay' }));
  };
  const writeOff = () =>
    lease.at('2026-01-06T06:00:01Z', (context) => writeOffLease(context, { leaseId: lease.id, reason: 'gone' }));
  const all = await pays(100_000);
  await expect(writeOff()).rejects.toMatchObject({ code: 'invalid_state' });
  const failed = { status: 'failed', reason: 'expired' } as const;
  await database.db
    .update(attempts)
    .set(failed)
    .where(eq(attempts.id, all?.id ?? ''));
  await pays(1_000);
  expect(await writeOff()).toMatchObject({ status: 'written_off', outstanding: 100_000 });
});

it('what an insurer pays for the loss is recovery, and so much less is the customer’s to pay', async () => {
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T06:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  const writeOff = (amount: number) =>
    lease.at('2026-01-06T06:00:00Z', (context) =>
      writeOffLease(context, { leaseId: lease.id, reason: 'stolen', insurance: { amount, reference: 'CLAIM 7' } }),
    );
  await expect(writeOff(100_001)).rejects.toMatchObject({ code: 'unprocessable' });
  expect((await lease.row()).status).toBe('active');
  expect(await writeOff(90_000)).toMatchObject({ status: 'written_off', outstanding: 10_000 });
  expect((await lease.row()).recovered).toBe(90_000);
  const balances = await lease.balances();
  expect([balances.get('insurance'), balances.get('recovery'), balances.get('write_off')]).toEqual([
    90_000, -90_000, 100_000,
  ]);
});
