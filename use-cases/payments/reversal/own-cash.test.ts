import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cases } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { completeLease } from '../../leases/end-lease.ts';
import { closeCase } from '../../cases/close-case.ts';
import { giveUpDispute } from './give-up-dispute.ts';
import { reversePayment } from './reverse-payment.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig({});
const [one, another] = [randomUUID(), randomUUID()].map((id): Actor => ({ role: 'admin', id }));
const [DAY_1, DAY_2] = ['2026-01-05T07:00:00Z', '2026-01-06T07:00:00Z'];

/** A lease of which the last 50,000 were paid in cash to an admin. */
async function paidInCash() {
  const lease = await bookLease(database, config);
  const { id: leaseId } = lease;
  await lease.isCharged(DAY_1, 20_000);
  await lease.handOver(DAY_1);
  await lease.isCharged(DAY_1, 50_000);
  const attemptId = await lease.paysCash(DAY_2, 50_000, one?.id ?? '');
  const reverses = (actor: Actor | undefined) =>
    lease.at(DAY_2, (context) =>
      reversePayment({ ...context, ...(actor && { actor }) }, { leaseId, attemptId, reason: 'a slip' }),
    );
  const givesUp = (actor: Actor | undefined) =>
    lease.at(DAY_2, (context) =>
      giveUpDispute({ ...context, ...(actor && { actor }) }, { leaseId, decisionId: randomUUID(), reason: 'gone' }),
    );
  const completes = () => lease.at(DAY_2, (context) => completeLease(context, { leaseId }));
  return { lease, reverses, givesUp, completes };
}

it('who took cash does not take it out of the books: another admin does, while the lease runs and after it', async () => {
  for (const isOver of [false, true]) {
    const { lease, reverses, completes } = await paidInCash();
    if (isOver) await completes();
    await expect(reverses(one)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await lease.balances()).get(`float:${one?.id}`)).toBe(50_000);
    await reverses(another);
    // Said again by whoever: it is done.
    await reverses(one);
    expect((await lease.balances()).get(`float:${one?.id}`)).toBe(0);
  }
});

it('nor does he give up what is in dispute of it', async () => {
  const { lease, reverses, givesUp, completes } = await paidInCash();
  await completes();
  await reverses(another);
  await expect(givesUp(one)).rejects.toMatchObject({ code: 'forbidden' });
  const isOpen = and(eq(cases.leaseId, lease.id), eq(cases.status, 'open'));
  expect([(await lease.row()).disputed, await database.db.$count(cases, isOpen)]).toEqual([50_000, 1]);
  // Nor once he has closed its case by hand.
  const [its] = await database.db.select({ id: cases.id }).from(cases).where(isOpen);
  const closed = { id: its?.id ?? '', resolution: 'talked to him' };
  await lease.at(DAY_2, (context) => closeCase({ ...context, ...(one && { actor: one }) }, closed));
  await expect(givesUp(one)).rejects.toMatchObject({ code: 'forbidden' });
  await givesUp(another);
  expect([(await lease.row()).disputed, await database.db.$count(cases, isOpen)]).toEqual([0, 0]);
});
