import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventsBetween } from '#db/queries/live';
import { hears } from '#domain/events/audience';
import { MADE_OVER, madeOverBooks } from '#test/made-over';
import { newestPosition, placeAllEvents } from './place-events.ts';

let books: Awaited<ReturnType<typeof madeOverBooks>>;
beforeAll(async () => {
  books = await madeOverBooks();
});
afterAll(() => books.close());

it('who had a lease hears what happened while he had it, and who has it now does not', async () => {
  const { lease } = await books.charged();
  const { db } = books.database;
  await placeAllEvents(db);
  const upTo = await newestPosition(db);
  const ofLease = async (of: string | undefined) => {
    const all = await eventsBetween(db, { after: 0, upTo, limit: 1_000, ...(of !== undefined && { of }) });
    return all.filter(({ leaseId, time }) => leaseId === lease.id && time < new Date(MADE_OVER));
  };
  const heardBy = (userId: string, events: Awaited<ReturnType<typeof ofLease>>) =>
    events.filter((event) => hears({ userId, role: 'customer' }, event)).length;
  const [all, own] = [await ofLease(undefined), await ofLease(lease.customerId)];
  expect(heardBy(lease.customerId, own)).toBeGreaterThan(0);
  expect(heardBy(lease.customerId, own)).toBe(heardBy(lease.customerId, all));
  const payments = all.filter(({ type }) => type === 'payment.completed');
  expect(payments.map(({ customerId }) => customerId)).toEqual(payments.map(() => lease.customerId));
});
