import type postgres from 'postgres';
import { isOwned, leaseStatuses } from '#domain/leases/status';
import { daysAfterOwnership } from '#domain/telematics/ownership';
import { inBatches, type Retention } from '../retention.ts';

const owned = leaseStatuses.filter(isOwned);

/**
 * Vehicles that have been somebody's own for longer than the days of their market: by the last payment, a redemption, or the sale of one
 * that was taken back. Times are the wall's.
 */
const ownedBefore = (sql: postgres.Sql, at: Date) => sql`
  select v.id from vehicles.vehicles v
  join leases.leases l on l.vehicle_id = v.id
  left join leases.repossessions r on r.lease_id = l.id and r.status in ('redeemed', 'sold')
  join jsonb_each_text(${JSON.stringify(daysAfterOwnership)}::text::jsonb) as market(code, days) on market.code = v.market
  where v.status = 'sold' and (l.status = any(${owned}::text[]) or r.lease_id is not null)
  group by v.id
  having max(coalesce(r.ended_at, l.completed_at) - l.clock_offset_ms * interval '1 millisecond')
    < ${at}::timestamptz - max(market.days::int) * interval '1 day'`;

export const ownedRetention = {
  /**
   * Where vehicles were that are their customers' own. What they told stays with the lease, without a place; nothing
   * of it goes on.
   */
  async ownedVehicles({ sql, at, beat }) {
    const positions = await inBatches(
      (limit) => sql`
        delete from telematics.positions where (tracker_id, ts, sequence) in (
          select p.tracker_id, p.ts, p.sequence from telematics.positions p
          where p.vehicle_id in (${ownedBefore(sql, at)}) limit ${limit})`,
      beat,
    );
    const latest = await sql`
      delete from telematics.latest_positions where vehicle_id in (${ownedBefore(sql, at)})`;
    beat();
    await sql`delete from telematics.distances where vehicle_id in (${ownedBefore(sql, at)})`;
    await sql`delete from telematics.odometers where vehicle_id in (${ownedBefore(sql, at)})`;
    await sql`
      delete from telematics.quarantine where tracker_id in (
        select id from telematics.trackers where vehicle_id in (${ownedBefore(sql, at)}))`;
    beat();
    await sql`
      update telematics.risk_events
      set position = null, details = details - 'from', ended_at = coalesce(ended_at, occurred_at)
      where vehicle_id in (${ownedBefore(sql, at)}) and (position is not null or ended_at is null or details ? 'from')`;
    return positions + latest.count;
  },
} satisfies Retention;
