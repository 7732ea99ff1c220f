import { sql } from 'drizzle-orm';
import { isGivenUp, isRunning, leaseStatuses } from '#domain/leases/status';
import { marketRules, markets, type Market } from '#domain/markets';
import { exact, money, type Currency } from '#domain/money';
import type { Queryable } from '../client.ts';

export const portfolioGroups = ['market', 'product', 'vintage'] as const;
type PortfolioGroup = (typeof portfolioGroups)[number];

/** Days past due from which on a lease's outstanding is at risk. */
export const riskDays = [1, 7, 30, 90] as const;

export interface PortfolioFilter {
  readonly by: PortfolioGroup;
  readonly market?: Market | undefined;
}

/** What a group is known by: a market's code, a plan's id, the local month of the handover. */
const keys = {
  market: { key: sql`l.market`, name: sql`l.market` },
  product: { key: sql`l.plan_id`, name: sql`l.plan ->> 'name'` },
  vintage: { key: sql`l.vintage`, name: sql`l.vintage` },
} as const satisfies Record<PortfolioGroup, unknown>;

const running = leaseStatuses.filter(isRunning);
const givenUp = leaseStatuses.filter(isGivenUp);
const list = (values: readonly string[]) =>
  sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  );

type Row = Record<`leases_${number}` | `at_risk_${number}`, string> & {
  readonly key: string | null;
  readonly name: string | null;
  readonly currency: Currency;
  readonly total: boolean;
  readonly leases: string;
  readonly outstanding: string;
  readonly restructured_leases: string;
  readonly restructured: string;
  readonly written_off_leases: string;
  readonly written_off: string;
  readonly recovered: string;
};

/**
 * Portfolio at risk: of the leases that run, the outstanding of those at least so many days past due, over the
 * outstanding of all. Days past due count on each lease's own clock, from its oldest day that is not paid in
 * full, in the local dates of its market. Restructured leases are shown beside it, whatever they are at: their days past due began
 * anew. What was given up is no part of it and is shown beside it. One
 * statement: one moment. The last row of each currency is its total.
 */
export async function portfolioAtRisk(db: Queryable, { by, market }: PortfolioFilter) {
  const { key, name } = keys[by];
  const zones = sql.join(
    markets.map((one) => sql`(${one}, ${marketRules(one).timeZone})`),
    sql`, `,
  );
  const atRisk = sql.join(
    riskDays.map(
      (days) => sql`
        count(*) filter (where l.owes and l.days_past_due >= ${days}) as ${sql.identifier(`leases_${days}`)},
        coalesce(sum(l.outstanding) filter (where l.owes and l.days_past_due >= ${days}), 0) as ${sql.identifier(`at_risk_${days}`)}`,
    ),
    sql`, `,
  );
  const rows = await db.execute<Row>(sql`
    with zones (market, zone) as (values ${zones}),
    chosen as (
      select lease.*, z.zone, lease.status in (${list(running)}) as owes
      from leases.leases lease join zones z on z.market = lease.market
      where lease.status in (${list([...running, ...givenUp])})
        ${market === undefined ? sql`` : sql`and lease.market = ${market}`}
    ),
    paid (lease_id, paid) as (
      select line.lease_id, sum(line.paid)
      from leases.schedule_lines line
        join chosen c on c.owes and c.id = line.lease_id and c.schedule_version = line.version
      group by line.lease_id
    ),
    given_up (lease_id, amount) as (
      select t.lease_id, sum(e.amount)
      from chosen c
        join ledger.transfers t on t.lease_id = c.id and t.kind = 'write_off'
        join ledger.entries e on e.transfer_id = t.id
        join ledger.accounts a on a.id = e.account_id and a.name = 'write_off'
      where not c.owes
      group by t.lease_id
    ),
    l as (
      select c.market, c.plan_id, c.plan, c.currency, c.owes, c.recovered, c.restructured_on is not null as restructured,
        to_char(c.handed_over_at at time zone c.zone, 'YYYY-MM') as vintage,
        c.total_price - c.deposit_paid - coalesce(p.paid, 0) as outstanding,
        ((now() + c.clock_offset_ms * interval '1 millisecond') at time zone c.zone)::date - c.oldest_unpaid_on as days_past_due,
        coalesce(g.amount, 0) as given_up
      from chosen c left join paid p on p.lease_id = c.id left join given_up g on g.lease_id = c.id
    )
    select ${key} as key, max(${name}) as name, l.currency, grouping(${key}) = 1 as total,
      count(*) filter (where l.owes) as leases,
      coalesce(sum(l.outstanding) filter (where l.owes), 0) as outstanding,
      ${atRisk},
      count(*) filter (where l.owes and l.restructured) as restructured_leases,
      coalesce(sum(l.outstanding) filter (where l.owes and l.restructured), 0) as restructured,
      count(*) filter (where not l.owes and l.given_up > 0) as written_off_leases,
      coalesce(sum(l.given_up) filter (where not l.owes), 0) as written_off,
      coalesce(sum(l.recovered) filter (where not l.owes), 0) as recovered
    from l
    group by grouping sets ((${key}, l.currency), (l.currency))
    order by l.currency, total, key`);
  return {
    groups: rows
      .filter(({ total }) => !total)
      .map((row) => ({ group: { key: row.key ?? '', name: row.name ?? '' }, ...figuresOf(row) })),
    totals: rows.filter(({ total }) => total).map(figuresOf),
  };
}

function figuresOf(row: Row) {
  const { currency } = row;
  const sum = (value: string | undefined) => money(exact(Number(value)), currency);
  const outstanding = sum(row.outstanding);
  return {
    currency,
    leases: Number(row.leases),
    outstanding,
    atRisk: riskDays.map((days) => {
      const amount = sum(row[`at_risk_${days}`]);
      return {
        days,
        leases: Number(row[`leases_${days}`]),
        amount,
        basisPoints: basisPoints(amount.amount, outstanding.amount),
      };
    }),
    restructured: {
      leases: Number(row.restructured_leases),
      amount: sum(row.restructured),
      basisPoints: basisPoints(sum(row.restructured).amount, outstanding.amount),
    },
    writtenOff: {
      leases: Number(row.written_off_leases),
      amount: sum(row.written_off),
      recovered: sum(row.recovered),
    },
  };
}

/** `part` of `whole` in hundredths of a percent, to the nearest one; 0 of nothing. */
function basisPoints(part: number, whole: number): number {
  if (whole <= 0) return 0;
  return Number((BigInt(part) * 20_000n + BigInt(whole)) / (2n * BigInt(whole)));
}
