import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase } from '#db/client';
import { attempts } from '#db/schema/index';
import { leaseThat, reallyCharged, type Customer } from '#dev/journey';
import { inTime } from '#platform/in-time';
import { createWorkers } from '#workers/create-workers';
import { startCuttable, type Cuttable } from '#test/cuttable';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

/** Milliseconds in which the workers' way to Postgres is cut, longer than a charge is looked at here; the API keeps its own. */
const AWAY = 4_000;

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ LOG_LEVEL: 'silent' });
  staff = await cast(platform);
});
afterAll(() => platform.close());

const place = () => ({ api: platform.url, simulators: platform.simulators });

/** Does something while the workers reach Postgres by a way that can be cut. */
async function byCuttable(work: (way: Cuttable) => Promise<void>): Promise<void> {
  await platform.withoutWorkers(async () => {
    const url = new URL(platform.database.url);
    const way = await startCuttable(url.hostname, Number(url.port));
    url.host = `127.0.0.1:${way.port}`;
    const database = connectDatabase(url.href, { pool: 5, name: 'cuttable', travels: true });
    const { config, temporal } = platform;
    const { log } = platform.deps;
    const { workers, connection } = await createWorkers({ config, log, temporal, ...database });
    const running = Promise.all(workers.map((worker) => worker.run()));
    try {
      await work(way);
    } finally {
      way.mend();
      for (const worker of workers) worker.shutdown();
      await running;
      await connection.close();
      await database.close();
      await way.stop();
    }
  });
}

/** Where it is cut: what the worker says to Postgres, whether Postgres hears it, and for how long. */
interface Point {
  readonly where: string;
  readonly words: string;
  readonly when: 'before' | 'after';
  readonly ms?: number;
  /** Of the payer's number: how the simulator treats the charge. */
  readonly digits?: string;
}
const always: readonly Point[] = [
  { where: 'before there is a row', words: 'insert into "payments"."attempts"', when: 'before' },
  { where: 'before it is noted as sent', words: 'set "sent"', when: 'before' },
  { where: 'after it was sent', words: 'set "provider_request_id"', when: 'before' },
];
const points: readonly Point[] = [
  ...always,
  { where: 'when the row may be stored', words: 'insert into "payments"."attempts"', when: 'after', ms: 11_000 },
  { where: 'when it may be noted as sent', words: 'set "sent"', when: 'after' },
  // The callback is lost, so that the worker hears of it first.
  { where: 'before it is settled', words: '"settled_at" = ', when: 'before', digits: '002' },
  { where: 'before it is posted', words: 'post_transfer', when: 'before' },
];

async function attemptsOf(leaseId: string, kind: 'deposit' | 'instalment' | 'refund') {
  return platform.database.db
    .select()
    .from(attempts)
    .where(and(eq(attempts.leaseId, leaseId), eq(attempts.kind, kind)));
}

/** Nothing is in doubt, one succeeded, and the phone was charged what the books say. */
async function isWhole(customer: Customer, leaseId: string, kind: 'deposit' | 'instalment' | 'refund', due: number) {
  const all = await attemptsOf(leaseId, kind);
  expect(all.filter(({ status }) => status === 'succeeded')).toHaveLength(1);
  expect(all.filter(({ status }) => status !== 'succeeded' && status !== 'failed')).toEqual([]);
  for (const { status, reason } of all) if (status === 'failed') expect(reason).toBe('not_sent');
  expect(await reallyCharged(place(), customer.phone)).toBe(due);
}

describe('while Postgres is away', { timeout: 60_000 }, () => {
  it.each(points)(
    '%s, a deposit is charged once and the application goes on',
    async ({ words, when, ms = AWAY, digits = '100' }) => {
      const customer = await newCustomer(platform, { digits });
      const { id, deposit } = await leaseIn('reserved', customer, staff);
      await byCuttable(async (way) => {
        const mended = inTime(way.cutAt(words, when, ms), 40_000);
        await customer.client.post('/v1/leases/{id}/sign', { path: { id }, body: { name: customer.name } });
        await mended;
        // A try that was given up is made again a minute and a half later on the lease's own clock, at night in the morning.
        await hoursLater(platform, id, 12);
        await leaseThat(customer.client, id, 'paid', ({ status }) => status === 'awaiting_handover');
      });
      await isWhole(customer, id, 'deposit', deposit.amount);
    },
  );

  it.each(always)('$where, an instalment is charged once', async ({ words, when, ms = AWAY }) => {
    const customer = await newCustomer(platform);
    const { id, deposit, instalment } = await leaseIn('active', customer, staff);
    await byCuttable(async (way) => {
      const mended = inTime(way.cutAt(words, when, ms), 40_000);
      await Promise.all([mended, hoursLater(platform, id, 7 * 24 + 9)]);
      await hoursLater(platform, id, 5);
      await leaseThat(customer.client, id, 'paid', ({ instalmentsPaid }) => instalmentsPaid === 1);
    });
    await isWhole(customer, id, 'instalment', deposit.amount + instalment.amount);
  });

  it.each(always)('$where, a withdrawal ends and its refund is made once', async ({ words, when, ms = AWAY }) => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('awaiting_handover', customer, staff);
    await byCuttable(async (way) => {
      const mended = inTime(way.cutAt(words, when, ms), 40_000);
      await customer.client.post('/v1/leases/{id}/withdraw', { path: { id } });
      await mended;
      await hoursLater(platform, id, 3 * 24);
      await platform.temporal.workflow.getHandle(`lease-${id}`).result();
    });
    await isWhole(customer, id, 'refund', 0);
  });
});
