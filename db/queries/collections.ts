import { sql } from 'drizzle-orm';
import type { LocalDate } from '#domain/calendar';
import { hasEnded, isOwned, isRunning } from '#domain/leases/status';
import { marketRules, type Market } from '#domain/markets';
import { exact, money, type Currency } from '#domain/money';
import type { Queryable } from '../client.ts';
import { ofMarket, statuses, zones } from './lease-sql.ts';

const whole = (value: string | number) => exact(Number(value));

export const collectionPeriods = ['day', 'week', 'month'] as const;
type CollectionPeriod = (typeof collectionPeriods)[number];

/** Whether a transfer `t` brought money: what a vehicle was taken for, and what insurers and others who pay of a price owe, is none. */
const isMoney = sql`not exists (
  select from ledger.entries other join ledger.accounts of_other on of_other.id = other.account_id
  where other.transfer_id = t.id and of_other.name in ('stock:trade_in', 'insurance', 'subsidy'))`;

/** Days over which it is looked how much of what was due came in. */
const RATE_DAYS = 30;

interface CollectionRow {
  /** Local date on which the period begins. */
  readonly from: string;
  readonly market: Market;
  readonly currency: Currency;
  /** Of the lines due in it, without what was waived. */
  readonly due: number;
  /** What paid for lines by the value date of the money: of whichever lines. */
  readonly received: number;
  /** What was foreseen of its days so many days before each, or null where that was not kept of all of them. */
  readonly foreseen: number | null;
}

/**
 * What was due and what came in. Due is of the schedules as they are now: leases that run, and those that have ended for
 * as long as they ran. Received is what was earned by payments of money (fees are none of it, nor vehicles that were
 * exchanged and what insurers pay), by value date, less what was taken back; the deposit at the handover is no part of either.
 *
 * @param lead days between the forecast and its day
 */
export async function collections(
  db: Queryable,
  asked: {
    readonly from: LocalDate;
    readonly to: LocalDate;
    readonly by: CollectionPeriod;
    readonly market: Market | undefined;
    readonly lead: number;
  },
): Promise<CollectionRow[]> {
  const { from, to, by, market, lead } = asked;
  const rows = await db.execute<{
    readonly [K in keyof CollectionRow]: CollectionRow[K] extends number | null ? string | null : CollectionRow[K];
  }>(sql`
    with ${zones},
    due as (${dueLines(sql`line.due_on between ${from}::date and ${to}::date and ${ofMarket(market)}`)}),
    received as (
      select t.value_on as on, l.market, l.currency, -sum(e.amount) as amount
      from ledger.transfers t join ledger.entries e on e.transfer_id = t.id
        join ledger.accounts a on a.id = e.account_id
        join leases.leases l on l.id = t.lease_id
      where t.value_on between ${from}::date and ${to}::date and t.kind <> 'handover'
        and a.name like 'income:%' and a.name <> 'income:fee' and ${isMoney} and ${ofMarket(market)}
      group by 1, 2, 3
    ),
    foreseen as (
      select f.due_on as on, f.market, f.currency, f.expected as amount
      from portfolio.forecasts f
      where f.due_on between ${from}::date and ${to}::date and f.day = f.due_on - ${lead}::int and ${ofMarket(market, 'f.market')}
    ),
    days as (
      select d.on, m.market, m.currency, coalesce(u.amount, 0) as due, coalesce(r.amount, 0) as received, f.amount as foreseen
      from generate_series(${from}::date, ${to}::date, interval '1 day') as s (at)
        cross join lateral (select s.at::date as on) d
        cross join (select market, currency from due union select market, currency from received union select market, currency from foreseen) m
        left join due u on u.on = d.on and u.market = m.market
        left join received r on r.on = d.on and r.market = m.market
        left join foreseen f on f.on = d.on and f.market = m.market
    )
    select greatest(date_trunc(${by}, days.on)::date, ${from}::date)::text as from, market, currency,
      sum(due) as due, sum(received) as received,
      case when count(foreseen) = count(*) then sum(foreseen) end as foreseen
    from days group by 1, 2, 3 order by 1, 2`);
  return rows.map((row) => ({
    from: row.from,
    market: row.market,
    currency: row.currency,
    due: whole(row.due ?? 0),
    received: whole(row.received ?? 0),
    foreseen: row.foreseen === null ? null : whole(row.foreseen),
  }));
}

/** The lines that somebody had or has to pay, by day and market: of schedules as they are now. */
const dueLines = (which: ReturnType<typeof sql>) => sql`
  select line.due_on as on, l.market, l.currency, sum(line.amount - line.waived) as amount, sum(line.paid) as paid
  from leases.schedule_lines line
    join leases.leases l on l.id = line.lease_id and l.schedule_version = line.version
    join zones z on z.market = l.market
  where (l.status in (${statuses((status) => isRunning(status) || isOwned(status))})
      or l.status in (${statuses((status) => hasEnded(status) && !isOwned(status))})
        and line.due_on <= (l.ended_at at time zone z.zone)::date)
    and ${which}
  group by 1, 2, 3`;

/** What is due on each of the next days of a market after `day`, and how much of what nobody has paid ahead will come by how it came lately. */
export async function foresee(
  db: Queryable,
  { market, day, days }: { readonly market: Market; readonly day: LocalDate; readonly days: number },
) {
  const { currency } = marketRules(market);
  const due = await db.execute<{ readonly on: LocalDate; readonly amount: string; readonly paid: string }>(sql`
    with ${zones}
    select u.on::text as on, u.amount, u.paid from (${dueLines(sql`l.market = ${market} and line.due_on > ${day}::date and line.due_on <= ${day}::date + ${days}::int`)}) u`);
  const rate = await collectionRate(db, market, day);
  return due.map(({ on, amount, paid }) => ({
    dueOn: on,
    currency,
    due: whole(amount),
    expected: Number(((BigInt(amount) - BigInt(paid)) * BigInt(rate ?? 10_000)) / 10_000n),
  }));
}

/** Of what was due in the thirty days until `day`, how much came in, in basis points and at most all; null where nothing was due. */
export async function collectionRate(db: Queryable, market: Market, day: LocalDate): Promise<number | null> {
  const [row] = await db.execute<{ readonly rate: string | null }>(sql`
    with ${zones},
    due as (select coalesce(sum(u.amount), 0) as amount from (${dueLines(sql`l.market = ${market} and line.due_on <= ${day}::date and line.due_on > ${day}::date - ${RATE_DAYS}::int`)}) u),
    received as (
      select coalesce(-sum(e.amount), 0) as amount
      from ledger.transfers t join ledger.entries e on e.transfer_id = t.id
        join ledger.accounts a on a.id = e.account_id
        join leases.leases l on l.id = t.lease_id
      where l.market = ${market} and t.value_on <= ${day}::date and t.value_on > ${day}::date - ${RATE_DAYS}::int
        and t.kind <> 'handover' and a.name like 'income:%' and a.name <> 'income:fee' and ${isMoney}
    )
    select case when due.amount > 0 then greatest(0, least(10000, floor(10000 * received.amount / due.amount))) end as rate
    from due, received`);
  return row?.rate === null || row?.rate === undefined ? null : Number(row.rate);
}

/**
 * What became of the leases of each month of handover, by months since then (local dates; 0 is the month itself): what
 * came in as money of all that they cost, deposit included, what was given up, what came after that. Not added up.
 */
export async function vintages(db: Queryable, market: Market | undefined) {
  const of = ofMarket(market);
  const [sizes, moves] = await Promise.all([
    db.execute<{
      readonly vintage: string;
      readonly market: Market;
      readonly currency: Currency;
      readonly leases: string;
      readonly price: string;
    }>(sql`
      with ${zones}
      select to_char(l.handed_over_at at time zone z.zone, 'YYYY-MM') as vintage, l.market, l.currency,
        count(*) as leases, sum(l.total_price) as price
      from leases.leases l join zones z on z.market = l.market
      where l.handed_over_at is not null and ${of}
      group by 1, 2, 3 order by 1, 2`),
    db.execute<{
      readonly vintage: string;
      readonly market: Market;
      readonly month: string;
      readonly collected: string;
      readonly writtenOff: string;
      readonly recovered: string;
    }>(sql`
      with ${zones},
      of_lease as (
        select l.id, l.market, date_trunc('month', l.handed_over_at at time zone z.zone) as month
        from leases.leases l join zones z on z.market = l.market
        where l.handed_over_at is not null and ${of}
      )
      select to_char(o.month, 'YYYY-MM') as vintage, o.market,
        greatest(0, 12 * (extract(year from t.value_on) - extract(year from o.month)) + extract(month from t.value_on) - extract(month from o.month)) as month,
        coalesce(-sum(e.amount) filter (where a.name like 'income:%' and a.name <> 'income:fee' and ${isMoney}), 0)
          + coalesce(sum(e.amount) filter (where a.name like 'lease:%:deposit' and not ${isMoney}), 0) as collected,
        coalesce(sum(e.amount) filter (where a.name = 'write_off'), 0) as "writtenOff",
        coalesce(-sum(e.amount) filter (where a.name = 'recovery'), 0) as recovered
      from ledger.transfers t join of_lease o on o.id = t.lease_id
        join ledger.entries e on e.transfer_id = t.id join ledger.accounts a on a.id = e.account_id
      where a.name like 'income:%' or a.name in ('write_off', 'recovery') or a.name like 'lease:%:deposit'
      group by 1, 2, 3 order by 1, 2, 3`),
  ]);
  return sizes.map(({ vintage, market: of_, currency, leases, price }) => ({
    vintage,
    market: of_,
    currency,
    leases: Number(leases),
    price: whole(price),
    months: moves
      .filter((move) => move.vintage === vintage && move.market === of_)
      .map((move) => ({
        month: Number(move.month),
        collected: whole(move.collected),
        writtenOff: whole(move.writtenOff),
        recovered: whole(move.recovered),
      })),
  }));
}

/** Promises by the local day on which they were to be kept, and what became of them. */
export async function promisesKept(
  db: Queryable,
  { from, to, market }: { readonly from: LocalDate; readonly to: LocalDate; readonly market: Market | undefined },
) {
  const rows = await db.execute<{
    readonly market: Market;
    readonly currency: Currency;
    readonly status: 'open' | 'kept' | 'broken' | 'superseded';
    readonly promises: string;
    readonly amount: string;
  }>(sql`
    select l.market, l.currency, p.status, count(*) as promises, sum(p.amount) as amount
    from leases.promises p join leases.leases l on l.id = p.lease_id
    where p.on between ${from}::date and ${to}::date and ${ofMarket(market)}
    group by 1, 2, 3`);
  return rows.map(({ market: of, currency, status, promises, amount }) => ({
    market: of,
    status,
    promises: Number(promises),
    amount: money(whole(amount), currency),
  }));
}
