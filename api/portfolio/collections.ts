import { z } from '@hono/zod-openapi';
import {
  collectionPeriods,
  collectionRate,
  collections,
  foresee,
  promisesKept,
  vintages,
} from '#db/queries/collections';
import { addDays, daysBetween, localDate, localDateAt } from '#domain/calendar';
import { money, type Currency } from '#domain/money';
import { basisPoints } from '#domain/portfolio/late';
import type { ApiDependencies } from '../dependencies.ts';
import { defineRoute, staff, type router } from '../route.ts';
import { balance, localDay, market, wholeNumber } from '../schemas.ts';
import { answerCsv, csvFile } from './csv.ts';

/** Longest time that is reported at once, in days. */
const LONGEST_DAYS = 366;
/** Days that are foreseen when nobody says how many. */
const USUAL_DAYS = 14;

/** Whether days are in order, and not too many. */
export const within = ({ from, to }: { readonly from: string; readonly to: string }) =>
  from <= to && daysBetween(localDate(from), localDate(to)) < LONGEST_DAYS;
export const tooLong = { path: ['to'], error: `must not be before from, and at most ${LONGEST_DAYS} days after it` };
export const days = { from: localDay, to: localDay, market: market.optional() };
export const format = z.enum(['json', 'csv']).default('json');

export const collectionReport = z
  .object({
    periods: z.array(
      z.object({
        from: localDay.openapi({ description: 'Its first local day' }),
        market,
        due: balance.openapi({ description: 'Of the instalments due in it, by the schedules as they are now' }),
        received: balance.openapi({
          description: 'For instalments, by value date, less what was taken back; fees and deposits are none of it',
        }),
        receivedBasisPoints: z.int().openapi({ description: 'Received of due, in hundredths of a percent' }),
        foreseen: balance.nullable().openapi({
          description:
            'What was expected of it `lead` days before each of its days; null where that was not kept of all',
        }),
      }),
    ),
  })
  .openapi('CollectionReport');

export const forecast = z
  .object({
    market,
    rateBasisPoints: z
      .int()
      .nullable()
      .openapi({ description: 'Of what was due in the last thirty days, how much came in; null where nothing was' }),
    days: z.array(
      z.object({
        on: localDay,
        due: balance,
        expected: balance.openapi({ description: 'Due and not paid ahead, by that rate' }),
      }),
    ),
  })
  .openapi('CollectionForecast');

const curve = z.object({
  month: z.int().openapi({ description: 'Since the month of the handover, which is 0' }),
  collected: balance.openapi({ description: 'Until the end of that month, deposit included' }),
  collectedBasisPoints: z.int(),
  writtenOff: balance,
  recovered: balance,
  lossBasisPoints: z.int().openapi({ description: 'Written off less recovered, of the price of all' }),
});
export const vintageReport = z
  .object({
    vintages: z.array(
      z.object({ vintage: z.string(), market, leases: z.int(), price: balance, months: z.array(curve) }),
    ),
  })
  .openapi('Vintages');

export const promiseReport = z
  .object({
    promises: z.array(
      z.object({
        market,
        status: z.enum(['open', 'kept', 'broken', 'superseded']),
        promises: z.int(),
        amount: balance,
      }),
    ),
    keptBasisPoints: z.int().openapi({ description: 'Kept of kept and broken, by number' }),
  })
  .openapi('Promises');

/** What was due and what came in, what is expected, and what became of the leases of a month. */
export function collectionRoutes(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  const { db } = deps;
  const common = { method: 'get', tag: 'portfolio', roles: staff, status: 200 } as const;
  const report = defineRoute(deps, {
    ...common,
    path: '/portfolio/collections',
    summary: 'What was due, what came in and what had been foreseen, by day, week or month',
    query: z
      .object({ ...days, by: z.enum(collectionPeriods).default('day'), lead: wholeNumber(1, 30).default(7), format })
      .refine(within, tooLong),
    answer: collectionReport,
  });
  app.openapi({ ...report, responses: { ...report.responses, 200: orCsv(report.responses[200]) } }, async (c) => {
    const { format: as, from, to, ...asked } = c.req.valid('query');
    const rows = await collections(db, { ...asked, market: asked.market, from: localDate(from), to: localDate(to) });
    if (as === 'csv') return answerCsv(c, 'collections', rows);
    const periods = rows.map(({ currency, due, received, foreseen, ...row }) => ({
      ...row,
      due: money(due, currency),
      received: money(received, currency),
      receivedBasisPoints: basisPoints(received, due),
      foreseen: foreseen === null ? null : money(foreseen, currency),
    }));
    return c.json({ periods }, 200);
  });
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/portfolio/forecast',
      summary: 'What is due on the next days of a market, and how much of it is expected',
      query: z.object({ market, days: wholeNumber(1, LONGEST_DAYS).default(USUAL_DAYS) }),
      answer: forecast,
    }),
    async (c) => {
      const asked = c.req.valid('query');
      const yesterday = addDays(localDateAt(Date.now(), asked.market), -1);
      const [rate, ahead] = await Promise.all([
        collectionRate(db, asked.market, yesterday),
        foresee(db, { market: asked.market, day: yesterday, days: asked.days }),
      ]);
      const shown = ahead
        .toSorted((one, other) => (one.dueOn < other.dueOn ? -1 : 1))
        .map(({ dueOn, currency, due, expected }) => ({
          on: dueOn,
          due: money(due, currency),
          expected: money(expected, currency),
        }));
      return c.json({ market: asked.market, rateBasisPoints: rate, days: shown }, 200);
    },
  );
  const ofVintages = defineRoute(deps, {
    ...common,
    path: '/portfolio/vintages',
    summary: 'What became of the leases of each month of handover, month by month',
    query: z.object({ market: market.optional(), format }),
    answer: vintageReport,
  });
  app.openapi(
    { ...ofVintages, responses: { ...ofVintages.responses, 200: orCsv(ofVintages.responses[200]) } },
    async (c) => {
      const asked = c.req.valid('query');
      const found = (await vintages(db, asked.market)).map((one) => ({ ...one, months: addedUp(one.months) }));
      if (asked.format === 'csv') {
        const rows = found.flatMap(({ months, ...of }) => months.map((month) => ({ ...of, ...month })));
        return answerCsv(c, 'vintages', rows);
      }
      const shown = found.map(({ currency, price, months, ...of }) => ({
        ...of,
        price: money(price, currency),
        months: months.map((month) => presentMonth(month, price, currency)),
      }));
      return c.json({ vintages: shown }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/portfolio/promises',
      summary: 'Promises to pay by the days on which they were to be kept, and what became of them',
      query: z.object(days).refine(within, tooLong),
      answer: promiseReport,
    }),
    async (c) => {
      const { from, to, market: of } = c.req.valid('query');
      const promises = await promisesKept(db, { from: localDate(from), to: localDate(to), market: of });
      const count = (status: string) =>
        promises.reduce((sum, one) => sum + (one.status === status ? one.promises : 0), 0);
      return c.json({ promises, keptBasisPoints: basisPoints(count('kept'), count('kept') + count('broken')) }, 200);
    },
  );
}

/** An answer that comes as a file where `format` says so. */
export function orCsv<Found extends { readonly content: object }>(found: Found) {
  return { ...found, content: { ...found.content, ...csvFile } };
}

type Month = {
  readonly month: number;
  readonly collected: number;
  readonly writtenOff: number;
  readonly recovered: number;
};

/** From what happened in each month to what had happened by its end. */
function addedUp(months: readonly Month[]): Month[] {
  const sum = { collected: 0, writtenOff: 0, recovered: 0 };
  return months.map(({ month, ...moved }) => {
    sum.collected += moved.collected;
    sum.writtenOff += moved.writtenOff;
    sum.recovered += moved.recovered;
    return { month, ...sum };
  });
}

function presentMonth({ month, collected, writtenOff, recovered }: Month, price: number, currency: Currency) {
  return {
    month,
    collected: money(collected, currency),
    collectedBasisPoints: basisPoints(collected, price),
    writtenOff: money(writtenOff, currency),
    recovered: money(recovered, currency),
    lossBasisPoints: basisPoints(Math.max(0, writtenOff - recovered), price),
  };
}
