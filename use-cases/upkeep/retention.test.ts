import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, callbacks, commands, notifications, riskEvents, users, vehicles, waiting } from '#db/schema/index';
import { createLogger } from '#platform/log';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { deleteExpired } from './delete-expired.ts';

let database: TestDatabase;
let leaseId: string;
let userId: string;
let vehicleId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  leaseId = (await bookLease(database, testConfig())).id;
  const [[user], [vehicle]] = await Promise.all([
    database.db.select({ id: users.id }).from(users),
    database.db.select({ id: vehicles.id }).from(vehicles),
  ]);
  userId = user?.id ?? '';
  vehicleId = vehicle?.id ?? '';
});
afterAll(() => database.close());

const now = new Date('2026-11-23T12:00:00Z');
const ago = (days: number) => new Date(now.getTime() - days * 86_400_000);
const [OLD, YOUNG] = [401, 399] as const;

async function calledBack(days: number, status: 'pending' | 'failed' | 'succeeded', booked: boolean): Promise<void> {
  const { db } = database;
  const attemptId = randomUUID();
  await db.insert(attempts).values({
    id: attemptId,
    leaseId,
    kind: 'instalment',
    due: `pay-${attemptId}`,
    provider: 'mtn',
    payerMasked: 'nobody',
    amount: 1_000,
    currency: 'UGX',
    status,
    transferId: booked ? randomUUID() : null,
    requestedAt: ago(days),
    ...(status === 'succeeded' ? { settledAt: ago(days) } : {}),
  });
  const called = { id: randomUUID(), provider: 'mtn', attemptId, bodyEncrypted: 'x', receivedAt: ago(days) };
  await db.insert(callbacks).values(called);
}

it('what only a dispute may need goes after 400 days, and what is open or of weight stays', async () => {
  const { db, sql } = database;
  await calledBack(OLD, 'succeeded', true);
  await calledBack(OLD, 'failed', false);
  await calledBack(OLD, 'succeeded', false);
  await calledBack(OLD, 'pending', false);
  await calledBack(YOUNG, 'succeeded', true);
  for (const days of [OLD, YOUNG])
    await db.insert(commands).values({ id: `${leaseId}:${days}`, leaseId, at: ago(days) });
  const risk = (days: number, severity: 'low' | 'medium' | 'critical') =>
    db.insert(riskEvents).values({
      id: randomUUID(),
      episode: randomUUID(),
      type: 'harsh_braking',
      severity,
      vehicleId,
      trackerId: randomUUID(),
      occurredAt: ago(days),
      createdAt: ago(days),
      endedAt: null,
      position: null,
      details: {},
    });
  await risk(OLD, 'low');
  await risk(OLD, 'medium');
  await risk(OLD, 'critical');
  await risk(YOUNG, 'low');
  const place = (days: number, status: 'left' | 'waiting') =>
    db.insert(waiting).values({
      id: randomUUID(),
      vehicleId,
      customerId: randomUUID(),
      status,
      createdAt: ago(days),
      endedAt: status === 'left' ? ago(days) : null,
    });
  await place(OLD, 'left');
  await place(OLD, 'waiting');
  await place(YOUNG, 'left');
  const told = (days: number, isLegal: boolean) =>
    db.insert(notifications).values({
      id: randomUUID(),
      key: randomUUID(),
      userId,
      template: 'reminder',
      channel: 'sms',
      isLegal,
      createdAt: ago(days),
      sentAt: ago(days),
      bodyEncrypted: 'x',
    });
  await told(1_096, false);
  await told(1_096, true);
  await told(1_000, false);

  const config = { EVENTS_RETENTION_DAYS: 90, POSITIONS_RETENTION_DAYS: 90 };
  const log = createLogger('test', 'silent');
  const counts = await deleteExpired({ sql, at: now, config, log, beat: () => {} });
  expect(counts).toMatchObject({ callbacks: 2, commandsCarriedOut: 1, lesserRisks: 2, pastWaiting: 1, told: 1 });
  expect(await db.$count(callbacks)).toBe(3);
  expect(await db.$count(riskEvents)).toBe(2);
});
