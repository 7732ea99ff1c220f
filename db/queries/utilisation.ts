import { sql } from 'drizzle-orm';
import { addDays, type LocalDate } from '#domain/calendar';
import type { Market } from '#domain/markets';
import type { VehicleType } from '#domain/vehicles/vehicle';
import type { Queryable } from '../client.ts';
import { zones } from './lease-sql.ts';

/** What vehicles of one market, branch and type did in a month. Days are of 24 hours, to the hundredth. */
export interface Utilisation {
  readonly month: string;
  readonly market: Market;
  readonly branchId: string | null;
  readonly branch: string | null;
  readonly type: VehicleType;
  /** That were in the fleet for any time of it. */
  readonly vehicles: number;
  readonly leased: number;
  readonly reserved: number;
  readonly available: number;
  readonly maintenance: number;
}

/**
 * How long vehicles were in each state that is of the fleet, month by month, from what the audit trail says of their states.
 * One that was never changed is what it is since it came; a branch is the one that a vehicle belongs to now.
 *
 * @param asked local days of each vehicle's market; both belong to it
 * @param now the wall's time, behind which nothing is counted
 */
export async function utilisation(
  db: Queryable,
  asked: { readonly from: LocalDate; readonly to: LocalDate; readonly market: Market | undefined },
  now: Date,
): Promise<Utilisation[]> {
  const { from, to, market } = asked;
  const end = addDays(to, 1);
  const rows = await db.execute<{ [K in keyof Utilisation]: Utilisation[K] }>(sql`
    with ${zones},
    fleet as (
      select v.id, v.market, v.branch_id, v.type, v.status, v.created_at, z.zone
      from vehicles.vehicles v join zones z on z.market = v.market
      where ${market === undefined ? sql`true` : sql`v.market = ${market}`} and v.created_at < ${now.toISOString()}::timestamptz
    ),
    told as (
      select v.id, a.at, a.number, a.detail->'status'->>'from' as was, a.detail->'status'->>'to' as status
      from fleet v join events.audit a on a.subject = v.id::text
      where a.detail ? 'status' and a.type like 'vehicle.%'
    ),
    changes as (
      select id, at, number, status from told
      union all
      select v.id, v.created_at, -1,
        coalesce((select t.was from told t where t.id = v.id order by t.at, t.number limit 1), v.status)
      from fleet v
      where not exists (select 1 from told t where t.id = v.id and t.was is null)
    ),
    spans as (
      select id, status, at as since, lead(at, 1, 'infinity') over (partition by id order by at, number) as until
      from changes
    ),
    months as (
      select z.market, to_char(m, 'YYYY-MM') as month,
        greatest(m, ${from}::date)::timestamp at time zone z.zone as begins,
        least(m + interval '1 month', ${end}::date)::timestamp at time zone z.zone as ends
      from zones z, generate_series(date_trunc('month', ${from}::date::timestamp), ${to}::date::timestamp, '1 month') as m
    ),
    spent as (
      select v.id, v.market, v.branch_id, v.type, m.month, s.status,
        extract(epoch from least(s.until, m.ends, ${now.toISOString()}::timestamptz) - greatest(s.since, m.begins)) / 86400 as days
      from fleet v join spans s on s.id = v.id join months m on m.market = v.market
      where s.status in ('available', 'reserved', 'leased', 'maintenance')
        and s.since < least(m.ends, ${now.toISOString()}::timestamptz) and s.until > m.begins
    )
    select p.month, p.market, p.branch_id as "branchId", b.name as branch, p.type,
      count(distinct p.id) filter (where p.days > 0)::int as vehicles,
      ${daysIn('leased')}, ${daysIn('reserved')}, ${daysIn('available')}, ${daysIn('maintenance')}
    from spent p left join vehicles.branches b on b.id = p.branch_id
    group by p.month, p.market, p.branch_id, b.name, p.type
    having sum(p.days) > 0
    order by p.month, p.market, b.name nulls last, p.branch_id, p.type`);
  return [...rows];
}

const daysIn = (status: 'leased' | 'reserved' | 'available' | 'maintenance') =>
  sql`round(coalesce(sum(p.days) filter (where p.status = ${status}), 0), 2)::float8 as ${sql.identifier(status)}`;
