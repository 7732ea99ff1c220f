import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { promises } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { day, FEE, LINE, on, runningLease, type LateLease } from '#test/late-money';
import { completeLease } from './end-lease.ts';
import { pauseLease } from './pause-lease.ts';
import { checkPromise, promisePayment } from './promise-payment.ts';
import { writeOffLease } from './write-off.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const promise = (lease: LateLease) =>
  lease.act(
    day(6),
    (context) => promisePayment(context, { leaseId: lease.id, on: '2026-01-07', amount: LINE }),
    lease.customer,
  );
const pause = (lease: LateLease, number: number) =>
  lease.act(
    day(number),
    (context) => pauseLease(context, { leaseId: lease.id, kind: 'holiday', days: 1 }),
    lease.customer,
  );
const status = async ({ id }: LateLease) =>
  (await database.db.select().from(promises).where(eq(promises.leaseId, id)))[0]?.status;

it('a promise that waits for a charge is judged by it, whatever its customer changes meanwhile', async () => {
  const lease = await runningLease(database);
  await promise(lease);
  const attempt = await lease.unknown(7);
  await lease.act(day(8, 9), (context) => checkPromise(context, { leaseId: lease.id }));
  await pause(lease, 8);
  expect(await status(lease)).toBe('open');
  await lease.decide(10, attempt, 'failed');
  expect(await status(lease)).toBe('broken');
});

it('a promise is over with its lease: kept where the last money keeps it, and not waited for where it is given up', async () => {
  const [paid, part, lost] = [await runningLease(database), await runningLease(database), await runningLease(database)];
  for (const lease of [paid, part, lost]) await promise(lease);
  await paid.pays(7, 10 * LINE);
  await part.pays(7, LINE);
  await paid.act(day(7, 13), (context) => completeLease(context, { leaseId: paid.id }));
  for (const { id: leaseId, act } of [part, lost])
    await act(day(7, 13), (context) => writeOffLease(context, { leaseId, reason: 'gone' }));
  expect(await Promise.all([paid, part, lost].map(status))).toEqual(['kept', 'kept', 'superseded']);
});

it('a promise whose day is over is broken, and one whose day is to come is not waited for, once the days change', async () => {
  const [over, toCome] = [await runningLease(database), await runningLease(database)];
  for (const lease of [over, toCome]) await promise(lease);
  await pause(over, 8);
  await pause(toCome, 6);
  expect([await status(over), await status(toCome)]).toEqual(['broken', 'superseded']);
});

it('a promise of a shilling buys no time, and the fifth within ninety days neither, whatever is promised', async () => {
  const lease = await runningLease(database);
  const promises = (number: number, amount: number) =>
    lease.act(
      day(number),
      (context) => promisePayment(context, { leaseId: lease.id, on: on(number + 1), amount }),
      lease.customer,
    );
  const refused = { code: 'promise_refused', errors: [{ path: 'on' }] };
  await expect(promises(6, 1)).rejects.toMatchObject(refused);
  await expect(promises(6, LINE / 10 - 1)).rejects.toMatchObject(refused);
  // Each is kept, of a line that is due by then.
  for (const number of [6, 13, 20, 27]) {
    await promises(number, LINE);
    await lease.pays(number + 1, LINE);
    await lease.act(day(number + 2), (context) => checkPromise(context, { leaseId: lease.id }));
  }
  await expect(promises(34, LINE)).rejects.toMatchObject(refused);
});

it('a promise is for no more than is due and not paid by its day', async () => {
  const promises = (lease: LateLease, made: number, until: number, amount: number) =>
    lease.act(
      day(made),
      (context) => promisePayment(context, { leaseId: lease.id, on: on(until), amount }),
      lease.customer,
    );
  const above = (most: string) => ({ code: 'unprocessable', errors: [{ path: 'amount.amount', message: most }] });
  const lease = await runningLease(database);
  await expect(promises(lease, 6, 11, LINE + 1)).rejects.toMatchObject(
    above(`must be at most ${LINE}, what is due by then`),
  );
  // The second line is due by the 12th; what is paid is not due any more.
  await lease.pays(6, 10_000);
  await expect(promises(lease, 6, 12, 2 * LINE)).rejects.toMatchObject(
    above(`must be at most ${2 * LINE - 10_000}, what is due by then`),
  );
  await promises(lease, 6, 12, 2 * LINE - 10_000);
  const fee = await runningLease(database);
  await fee.fees(9);
  await promises(fee, 10, 11, LINE + FEE);
  const paid = await runningLease(database);
  await paid.pays(6, LINE);
  await expect(promises(paid, 7, 11, LINE)).rejects.toMatchObject({
    code: 'unprocessable',
    errors: [{ path: 'on', message: 'nothing is due by then' }],
  });
});
