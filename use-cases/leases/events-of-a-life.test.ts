import { asc, eq, or } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { holds, outbox } from '#db/schema/index';
import { eventFault } from '#test/events-conform';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { config } from '#test/late-money';
import { placeAllEvents } from '../events/place-events.ts';
import { completeLease, endApplication } from './end-lease.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** What was told of a lease or its vehicle, in order; each as its schema says, and numbered without a gap. */
async function told(leaseId: string): Promise<string[]> {
  await placeAllEvents(database.db);
  const isIts = or(eq(outbox.subject, leaseId), eq(outbox.leaseId, leaseId));
  const events = await database.db.select().from(outbox).where(isIts).orderBy(asc(outbox.position));
  for (const { type, data } of events) expect(eventFault(type, data)).toBeNull();
  const ofLease = events.filter(({ subject }) => subject === leaseId);
  expect(ofLease.map(({ sequence }) => sequence)).toEqual(ofLease.map((_, i) => i + 1));
  return events.map(({ type }) => type);
}

it('a lease tells of its plan, its beginning, each payment and its end', async () => {
  const lease = await bookLease(database, config);
  const { deposit, totalPrice } = await lease.row();
  await lease.pays('2026-01-05T07:00:00Z', deposit);
  await lease.handOver('2026-01-05T08:00:00Z');
  await lease.pays('2026-02-21T08:00:00Z', totalPrice - deposit);
  await lease.at('2026-02-21T08:01:00Z', (context) => completeLease(context, { leaseId: lease.id }));
  expect(await told(lease.id)).toEqual([
    'payment.completed',
    'lease.activated',
    'payment.plan.created',
    'payment.completed',
    'lease.completed',
  ]);
});

it('an application that ends tells that its vehicle is free again', async () => {
  const lease = await bookLease(database, config);
  const { vehicleId } = await lease.row();
  await database.db.insert(holds).values({ id: uuidv7(), vehicleId, leaseId: lease.id });
  await lease.at('2026-01-05T07:00:00Z', (context) =>
    endApplication(context, { leaseId: lease.id, as: 'withdrawn', reason: 'a test' }),
  );
  expect(await told(lease.id)).toContain('vehicle.released');
});
