import { and, asc, eq, sql } from 'drizzle-orm';
import { leaseStatuses } from '#domain/leases/status';
import type { Market } from '#domain/markets';
import { exact, money, type Currency } from '#domain/money';
import { atRisk, type PortfolioGroup, type PortfolioPart } from '#domain/portfolio/at-risk';
import { riskDays, type LateFrom } from '#domain/portfolio/late';
import type { LocalDate } from '#domain/calendar';
import type { Queryable } from '../client.ts';
import { portfolioDays, portfolioParts } from '../schema/index.ts';
import { givenUp, localDay, ofMarket, running, zones } from './lease-sql.ts';

const whole = (value: string | number) => exact(Number(value));

type PartRow = { readonly [K in keyof PortfolioPart]: PortfolioPart[K] extends number ? string : PortfolioPart[K] };

/**
 * The portfolio of now in its parts. Days past due count on each lease's own clock, from its oldest day that is not paid
 * in full, in the local dates of its market. One statement: one moment.
 *
 * @param at whose local date is taken, without it now's: soon after midnight the day that has ended is reported
 */
export async function portfolioNow(
  db: Queryable,
  { market, at }: { readonly market?: Market | undefined; readonly at?: Date },
): Promise<PortfolioPart[]> {
  const steps = riskDays
    .toReversed()
    .map((days) => sql`when ${localDay(at)} - l.oldest_unpaid_on >= ${days} then ${days}::int`);
  const rows = await db.execute<PartRow>(sql`
    with ${zones},
    paid (lease_id, paid) as (
      select line.lease_id, sum(line.paid)
      from leases.schedule_lines line
        join leases.leases l on l.id = line.lease_id and l.schedule_version = line.version and l.status in (${running})
      where ${ofMarket(market)}
      group by line.lease_id
    ),
    given_up (lease_id, amount) as (
      select t.lease_id, sum(e.amount)
      from ledger.transfers t
        join ledger.entries e on e.transfer_id = t.id
        join ledger.accounts a on a.id = e.account_id and a.name = 'write_off'
      where t.kind in ('write_off', 'insurance_missing')
      group by t.lease_id
    ),
    chosen as (
      select l.market, l.plan_id, l.plan ->> 'name' as plan_name, l.currency, l.recovered,
        coalesce(to_char(l.handed_over_at at time zone z.zone, 'YYYY-MM'), '') as vintage,
        l.status in (${running}) as runs, l.restructured_on is not null as restructured,
        l.total_price - l.deposit_paid - coalesce(p.paid, 0) as outstanding,
        case when l.status in (${running}) then case ${sql.join(steps, sql` `)} else 0 end else 0 end as late_from,
        coalesce(g.amount, 0) as given_up
      from leases.leases l join zones z on z.market = l.market
        left join paid p on p.lease_id = l.id
        left join given_up g on g.lease_id = l.id
      where l.status in (${running}, ${givenUp}) and ${ofMarket(market)}
    )
    select market, plan_id as "planId", max(plan_name) as "planName", vintage, currency, late_from as "lateFrom",
      count(*) filter (where runs) as leases,
      coalesce(sum(outstanding) filter (where runs), 0) as outstanding,
      count(*) filter (where runs and restructured) as "restructuredLeases",
      coalesce(sum(outstanding) filter (where runs and restructured), 0) as restructured,
      count(*) filter (where not runs and given_up > 0) as "writtenOffLeases",
      coalesce(sum(given_up) filter (where not runs), 0) as "writtenOff",
      coalesce(sum(recovered) filter (where not runs), 0) as recovered
    from chosen
    group by market, plan_id, vintage, currency, late_from`);
  return rows.map((row) => ({
    ...row,
    lateFrom: readLateFrom(row.lateFrom),
    leases: whole(row.leases),
    outstanding: whole(row.outstanding),
    restructuredLeases: whole(row.restructuredLeases),
    restructured: whole(row.restructured),
    writtenOffLeases: whole(row.writtenOffLeases),
    writtenOff: whole(row.writtenOff),
    recovered: whole(row.recovered),
  }));
}

const readLateFrom = (value: string | number): LateFrom => riskDays.find((days) => days === Number(value)) ?? 0;

/** Portfolio at risk of now, by what it is grouped. */
export async function portfolioAtRisk(
  db: Queryable,
  { by, market }: { readonly by: PortfolioGroup; readonly market?: Market | undefined },
) {
  return atRisk(await portfolioNow(db, { market }), by);
}

/** The portfolio as it was kept of a local day, or null where it was not. Of several markets: those that have the day. */
export async function portfolioOf(
  db: Queryable,
  { day, market }: { readonly day: LocalDate; readonly market?: Market | undefined },
): Promise<{ readonly takenAt: Date; readonly parts: PortfolioPart[] } | null> {
  const isOf = (table: typeof portfolioDays | typeof portfolioParts) =>
    and(eq(table.day, day), market === undefined ? undefined : eq(table.market, market));
  const kept = await db.select().from(portfolioDays).where(isOf(portfolioDays)).orderBy(asc(portfolioDays.takenAt));
  const last = kept.at(-1);
  if (last === undefined) return null;
  const parts = await db.select().from(portfolioParts).where(isOf(portfolioParts));
  return { takenAt: last.takenAt, parts: parts.map(({ day: _day, ...part }) => part) };
}

/** How many leases stand where, with what they owe; of now, those that have ended among them. */
export async function leasesByStage(db: Queryable, market: Market | undefined) {
  const rows = await db.execute<{
    readonly market: Market;
    readonly currency: Currency;
    readonly status: (typeof leaseStatuses)[number];
    readonly leases: string;
    readonly outstanding: string;
    readonly overdue: string;
  }>(sql`
    with ${zones},
    owed as (
      select l.id, sum(line.amount - line.waived - line.paid) as rest,
        coalesce(sum(line.amount - line.waived - line.paid) filter (where line.due_on < ${localDay()}), 0) as overdue
      from leases.leases l join zones z on z.market = l.market
        join leases.schedule_lines line on line.lease_id = l.id and line.version = l.schedule_version
      where l.status in (${running})
      group by l.id
    )
    select l.market, l.currency, l.status, count(*) as leases,
      coalesce(sum(o.rest), 0) as outstanding, coalesce(sum(o.overdue), 0) as overdue
    from leases.leases l left join owed o on o.id = l.id
    where ${ofMarket(market)}
    group by 1, 2, 3`);
  const order = (status: (typeof leaseStatuses)[number]) => leaseStatuses.indexOf(status);
  return rows
    .map((row) => ({
      market: row.market,
      status: row.status,
      leases: Number(row.leases),
      outstanding: money(whole(row.outstanding), row.currency),
      overdue: money(whole(row.overdue), row.currency),
    }))
    .toSorted((one, other) => one.market.localeCompare(other.market) || order(one.status) - order(other.status));
}
