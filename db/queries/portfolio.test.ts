import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '#use-cases/context';
import { totalLoss } from '#use-cases/leases/total-loss';
import { writeOffLease } from '#use-cases/leases/write-off';
import { decideInsurance } from '#use-cases/payments/deciding/decide-insurance';
import { cases, leases } from '#db/schema/index';
import { addDays, localDateAt } from '#domain/calendar';
import { money } from '#domain/money';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, weeklyPlan, type LeaseTerms } from '#test/lease-books';
import { portfolioAtRisk } from './portfolio.ts';

const config = testConfig();
const DAY = 86_400_000;
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const change = (id: string, changes: Partial<typeof leases.$inferInsert>) =>
  database.db.update(leases).set(changes).where(eq(leases.id, id));

/** A lease that runs, whose oldest unpaid line was due so many days ago on its own clock. */
async function late(days: number, terms: LeaseTerms = {}, aheadMs = 0) {
  const lease = await bookLease(database, config, terms);
  await lease.pays('2026-01-05T09:00:00Z', terms.deposit ?? 20_000);
  await lease.handOver('2026-01-06T09:00:00Z');
  const today = localDateAt(Date.now() + aheadMs, terms.market ?? 'UG');
  await change(lease.id, { oldestUnpaidOn: addDays(today, -days), clockOffsetMs: aheadMs });
  return lease;
}

const report = async (filter: Parameters<typeof portfolioAtRisk>[1]) => {
  const { groups, totals } = await portfolioAtRisk(database.db, filter);
  const short = ({ leases, outstanding, atRisk }: (typeof totals)[number]) => [
    leases,
    outstanding.amount,
    ...atRisk.map((one) => `${one.leases}: ${one.amount.amount} = ${one.basisPoints}`),
  ];
  return {
    groups: groups.map((one) => [one.group.name, one.currency, ...short(one)]),
    totals: totals.map((one) => [one.currency, ...short(one)]),
    writtenOff: groups.map(({ writtenOff }) => writtenOff),
  };
};

describe('portfolio at risk', () => {
  it('is the outstanding of late leases over that of all that run, from exactly so many days on', async () => {
    const rwanda = { market: 'RW', plan: { ...weeklyPlan, market: 'RW' } } as const;
    // Outstanding 100,000 each; the last one is paid in part.
    for (const days of [-3, 0, 1, 6, 7, 29, 30, 89, 90]) await late(days, rwanda);
    const part = await late(0, rwanda);
    await part.pays('2026-01-07T09:00:00Z', 40_000);
    const { groups, totals } = await report({ by: 'market', market: 'RW' });
    // Paid to the fourth line, the fifth was due on 10 February: late as well.
    const figures = [10, 960_000, '8: 760000 = 7917', '6: 560000 = 5833', '4: 360000 = 3750', '2: 160000 = 1667'];
    expect(groups).toEqual([['RW', 'RWF', ...figures]]);
    expect(totals).toEqual([['RWF', ...figures]]);
  });

  it('goes by the clock of each lease and the local date of its market', async () => {
    const kenya = { market: 'KE', plan: { ...weeklyPlan, market: 'KE' } } as const;
    const ahead = await late(31, kenya, 400 * DAY);
    const { groups } = await report({ by: 'market', market: 'KE' });
    expect(groups).toEqual([
      ['KE', 'KES', 1, 100_000, '1: 100000 = 10000', '1: 100000 = 10000', '1: 100000 = 10000', '0: 0 = 0'],
    ]);
    await change(ahead.id, { clockOffsetMs: 0 });
    expect((await report({ by: 'market', market: 'KE' })).groups[0]?.at(4)).toBe('0: 0 = 0');
  });

  it('is told by product and by month of handover in local time', async () => {
    const [one, two] = ['Gold', 'Silver'].map((name) => ({ ...weeklyPlan, id: randomUUID(), name }));
    const [gold, silver] = [
      await late(10, { ...(one && { plan: one }) }),
      await late(0, { ...(two && { plan: two }) }),
    ];
    // 31 March 22:30 UTC is April in Kampala.
    await change(gold.id, { handedOverAt: new Date('2026-03-31T22:30:00Z') });
    await change(silver.id, { handedOverAt: new Date('2026-03-31T20:30:00Z') });
    const products = (await report({ by: 'product', market: 'UG' })).groups;
    expect(products.map(([name, , leases, , , seven]) => [name, leases, seven]).toSorted()).toEqual([
      ['Gold', 1, '1: 100000 = 10000'],
      ['Silver', 1, '0: 0 = 0'],
    ]);
    const months = (await report({ by: 'vintage', market: 'UG' })).groups;
    expect(months.map(([month, , leases]) => [month, leases])).toEqual([
      ['2026-03', 1],
      ['2026-04', 1],
    ]);
  });

  it('shows apart what was written off, with what came in after that', async () => {
    const plan = { ...weeklyPlan, id: randomUUID(), name: 'Lost' };
    const lost = await late(200, { plan });
    await lost.at('2026-06-01T09:00:00Z', (context) => writeOffLease(context, { leaseId: lost.id, reason: 'gone' }));
    await lost.pays('2026-06-02T09:00:00Z', 2_500);
    const { groups } = await portfolioAtRisk(database.db, { by: 'product', market: 'UG' });
    const found = groups.find(({ group }) => group.key === plan.id);
    expect(found).toMatchObject({
      leases: 0,
      outstanding: { amount: 0 },
      atRisk: [{ amount: { amount: 0 } }, {}, {}, {}],
    });
    expect(found?.writtenOff).toEqual({
      leases: 1,
      amount: { amount: 100_000, currency: 'UGX' },
      recovered: { amount: 2_500, currency: 'UGX' },
    });
  });

  it('counts as a loss what an insurer was said to pay for one and does not', async () => {
    const plan = { ...weeklyPlan, id: randomUUID(), name: 'Burnt out' };
    const lost = await late(0, { plan });
    const insurance = { amount: 100_000, reference: 'C 1' };
    const ends = (context: Context) => totalLoss(context, { leaseId: lost.id, reason: 'burnt out', insurance });
    await lost.at('2026-01-07T09:00:00Z', ends);
    const writtenOff = async () => {
      const { groups } = await portfolioAtRisk(database.db, { by: 'product', market: 'UG' });
      return groups.find(({ group }) => group.key === plan.id)?.writtenOff;
    };
    expect(await writtenOff()).toMatchObject({ leases: 0, amount: { amount: 0 } });
    const [claim] = await database.db.select().from(cases).where(eq(cases.leaseId, lost.id));
    const came = { decision: 'confirmed', amount: money(70_000, 'UGX'), resolution: 'on the statement' } as const;
    const decides = (context: Context) =>
      decideInsurance(
        { ...context, actor: { role: 'admin', id: randomUUID() } },
        { caseId: claim?.id ?? '', leaseId: lost.id, ...came },
      );
    await lost.at('2026-02-07T09:00:00Z', decides);
    // Of what is missing the credit pays that it was thought to make: the markup that is not used any more.
    expect(await writtenOff()).toMatchObject({ leases: 1, amount: { amount: 30_000 }, recovered: { amount: 16_666 } });
  });

  it('is nothing where there is nothing', async () => {
    const empty = await createTestDatabase();
    try {
      expect(await portfolioAtRisk(empty.db, { by: 'vintage' })).toEqual({ groups: [], totals: [] });
    } finally {
      await empty.close();
    }
  });
});

it('what was restructured is beside it, though it is late no more', async () => {
  const kenya = { market: 'KE', plan: { ...weeklyPlan, market: 'KE' } } as const;
  const read = async () => (await portfolioAtRisk(database.db, { by: 'market', market: 'KE' })).totals[0]?.restructured;
  const [one] = [await late(0, kenya), await late(0, kenya)];
  expect((await read())?.leases).toBe(0);
  await change(one.id, { restructuredOn: '2026-02-01', arrearsRestructured: 22 });
  expect(await read()).toMatchObject({ leases: 1, amount: { amount: 100_000, currency: 'KES' } });
  expect((await read())?.basisPoints).toBeGreaterThan(0);
});
