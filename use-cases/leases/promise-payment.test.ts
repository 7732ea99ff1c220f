import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { promises } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, day, FEE, LINE, on, runningLease, type LateLease } from '#test/late-money';
import { completeLease } from './end-lease.ts';
import { lockLease } from './lease-record.ts';
import { pauseLease } from './pause-lease.ts';
import { checkPromise, promisePayment, reviewPromises } from './promise-payment.ts';
import { quoteSettlement } from './settle-early.ts';
import { waiveFees } from './waive-fees.ts';
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
const all = ({ id }: LateLease) =>
  database.db.select().from(promises).where(eq(promises.leaseId, id)).orderBy(promises.madeAt);
const status = async (lease: LateLease) => (await all(lease))[0]?.status;

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

it('a promise is kept where nothing that was due by its day is left once its lease is settled for less', async () => {
  const lease = await runningLease(database, { instalments: 2, markupPercent: 30 });
  const amount = 2 * LINE;
  await lease.act(day(6), (context) => promisePayment(context, { leaseId: lease.id, on: on(12), amount }));
  const quote = await lease.act(day(6, 13), (context) => quoteSettlement(context, { leaseId: lease.id }));
  expect(quote.amount).toBeLessThan(amount);
  await lease.pays(6, quote.amount);
  expect([(await lease.books(6)).status, await status(lease)]).toEqual(['settled_early', 'kept']);
  // It stays so when it is judged again.
  await lease.act(day(14), async (context) =>
    reviewPromises(context, (await lockLease(context.tx, lease.id)).row, on(6)),
  );
  expect(await status(lease)).toBe('kept');
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

describe('of what was owed when it was made', () => {
  const checks = async (lease: LateLease, number: number) => {
    await lease.act(day(number), (context) => checkPromise(context, { leaseId: lease.id }));
    return status(lease);
  };
  const promises = (lease: LateLease, amount: number) =>
    lease.act(day(10), (context) => promisePayment(context, { leaseId: lease.id, on: on(11), amount }), lease.customer);
  /** The line of the 5th has its fee on the 9th, and both or the line alone are promised on the 10th for the 11th. */
  async function late(promised: number) {
    const lease = await runningLease(database);
    await lease.fees(9);
    await promises(lease, promised);
    const waives = (number: number) =>
      lease.act(
        day(number),
        (context) => waiveFees(context, { leaseId: lease.id, amount: FEE, reason: 'he was ill' }),
        admin,
      );
    return { lease, waives };
  }

  it('a promise is kept where a fee of it was waived and the rest was paid in time', async () => {
    const { lease, waives } = await late(LINE + FEE);
    await waives(10);
    await lease.pays(11, LINE);
    expect(await checks(lease, 12)).toBe('kept');
  });

  it('a fee that was waived lessens what was due beside a promise first', async () => {
    const { lease, waives } = await late(LINE);
    await waives(10);
    await lease.pays(11, LINE - FEE);
    expect(await checks(lease, 12)).toBe('broken');
  });

  it('a promise is broken where a fee was waived and the rest was paid too late', async () => {
    const { lease, waives } = await late(LINE);
    await waives(10);
    await lease.pays(12, LINE);
    expect(await checks(lease, 12)).toBe('broken');
  });

  it('neither what is charged, moved and known after it, nor a fee that is waived after it, changes that', async () => {
    const [kept, broken] = [await late(LINE + FEE), await late(LINE + FEE)];
    await kept.waives(10);
    await kept.lease.pays(11, LINE);
    expect([await checks(kept.lease, 12), await checks(broken.lease, 12)]).toEqual(['kept', 'broken']);
    await broken.waives(13);
    await broken.lease.cash(14, LINE, on(11));
    await pause(kept.lease, 13);
    await kept.lease.fees(18);
    await kept.lease.cash(18, 1_000, on(10));
    expect(await Promise.all([kept.lease, broken.lease].map(status))).toEqual(['kept', 'broken']);
  });

  it('a promise is kept once what was paid of it before is known, and waits for a charge that was asked for since it was made', async () => {
    const [known, before, since] = [
      await runningLease(database),
      await runningLease(database),
      await runningLease(database),
    ];
    const old = await before.unknown(5);
    for (const lease of [known, before, since]) await promise(lease);
    const its = await since.unknown(7);
    expect([await checks(known, 8), await checks(before, 8), await checks(since, 8)]).toEqual([
      'broken',
      'broken',
      'open',
    ]);
    // The one of before holds no other up; the one that may have kept it is named.
    await promises(before, LINE);
    await expect(promises(since, LINE)).rejects.toMatchObject({
      code: 'promise_refused',
      message: `payment ${its} may have kept the one of 2026-01-07: nobody knows yet what became of it`,
    });
    await known.cash(11, LINE, on(5));
    await before.decide(11, old, 'succeeded');
    await since.decide(11, its, 'failed');
    expect(await Promise.all([known, since].map(status))).toEqual(['kept', 'broken']);
    expect((await all(before)).map((one) => one.status)).toEqual(['kept', 'open']);
  });

  it('money of before counts for it beyond what was due beside it, which it paid first', async () => {
    const [beside, alone] = [await runningLease(database), await runningLease(database)];
    for (const lease of [beside, alone]) {
      await promise(lease);
      await checks(lease, 8);
    }
    // The line of the 12th is due beside that of the 5th; of the other lease nothing else is.
    const again = (lease: LateLease, number: number) =>
      lease.act(
        day(number),
        (context) => promisePayment(context, { leaseId: lease.id, on: on(number + 1), amount: LINE }),
        lease.customer,
      );
    await again(beside, 12);
    await again(alone, 9);
    await beside.cash(13, LINE, on(7));
    await alone.cash(10, LINE, on(7));
    await checks(beside, 14);
    await checks(alone, 11);
    const statuses = async (lease: LateLease) => (await all(lease)).map((one) => one.status);
    expect([await statuses(beside), await statuses(alone)]).toEqual([
      ['kept', 'broken'],
      ['kept', 'kept'],
    ]);
  });

  it('a promise is kept once its fee is undone, also where other lines were paid meanwhile', async () => {
    const { lease } = await late(LINE + FEE);
    expect(await checks(lease, 12)).toBe('broken');
    await lease.pays(12, LINE);
    await lease.cash(13, LINE, on(7));
    expect(await status(lease)).toBe('kept');
  });
});
