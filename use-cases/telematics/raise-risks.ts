import type postgres from 'postgres';
import { uuidv7 } from 'uuidv7';
import { leaseThen } from '#db/queries/tracking';
import { traceparentNow } from '#platform/tracing/traced';
import { alarmOf } from '#domain/telematics/alarms';
import { episodeName, riskEvent, type RiskRow } from '#domain/telematics/risk';
import type { EventType, Payload } from '#domain/events/catalogue';

/** A risk that was found; nothing of it is written yet. Its position is null where the vehicle was last believed to be. */
export interface Risk extends Omit<RiskRow, 'id' | 'leaseId' | 'endedAt' | 'acknowledgedAt'> {
  /** Its type, or `type:name` where it is told of each of several things. */
  readonly key: string;
  /** False for what only happens: it has ended when it is told. */
  readonly lasts: boolean;
  /** Of an alarm that came too late to be followed: when it was last said. It may be of an episode that is there. */
  readonly lateUntil?: Date;
}

/**
 * The episode that a late alarm `r` is part of: it was there at that time, or nothing that the tracker has said in between is without
 * the alarm. So newest records first, any order and the same again are one event.
 */
const sameAlarm = (tx: postgres.TransactionSql) => {
  const from = tx`least(r.late_until, coalesce(e.ended_at, e.occurred_at))`;
  const to = tx`greatest(r.occurred_at, e.occurred_at)`;
  const between = tx`select from telematics.positions p where p.tracker_id = r.tracker_id and p.ts > ${from} and p.ts < ${to}`;
  return tx`
    select from telematics.risk_events e
    where e.tracker_id = r.tracker_id and e.type = r.type and (
      r.occurred_at <= coalesce(e.ended_at, 'infinity') and r.late_until >= e.occurred_at
      or (${to} - ${from} <= r.gap * interval '1 millisecond' or exists (${between}))
        and not exists (${between} and not exists (
          select from jsonb_array_elements_text(case jsonb_typeof(p.extra -> 'alarms') when 'array' then p.extra -> 'alarms' else '[]' end) said
          where regexp_replace(lower(said), '[^a-z]', '', 'g') = any(string_to_array(r.words, ',')))))`;
};

const eventType = 'telematics.risk.detected' satisfies EventType;

/**
 * Writes risk events and their CloudEvents in the caller's transaction, each episode once, and names the
 * lease that had the vehicle when it happened, if any: its workflow is told after the commit (`eventsForLeases`).
 * A place that another's time knows is not lent to it.
 */
export async function raiseRisks(tx: postgres.TransactionSql, risks: readonly Risk[]): Promise<void> {
  if (risks.length === 0) return;
  const vehicles = [...new Set(risks.map(({ vehicleId }) => vehicleId))].sort();
  // Events of one subject leave in the order they were written, so its row is locked before.
  await tx`select id from vehicles.vehicles where id = any(${vehicles}::uuid[]) order by id for no key update`;
  const inserted = await tx<RiskRow[]>`
    insert into telematics.risk_events
      (id, episode, type, severity, vehicle_id, tracker_id, lease_id, occurred_at, ended_at, position, details)
    select r.id, r.episode, r.type, r.severity, r.vehicle_id, r.tracker_id, lease.id, r.occurred_at,
      coalesce(r.late_until, r.ended_at),
      coalesce(nullif(r.position::jsonb, 'null'), case when latest.lat is not null and r.late_until is null then jsonb_build_object('lat', latest.lat, 'lon', latest.lon) end),
      r.details::jsonb
    from unnest(
      ${risks.map(() => uuidv7())}::uuid[],
      ${risks.map(({ trackerId, key, occurredAt }) => episodeName(trackerId, key, occurredAt.getTime()))}::text[],
      ${risks.map(({ type }) => type)}::text[],
      ${risks.map(({ severity }) => severity)}::text[],
      ${risks.map(({ vehicleId }) => vehicleId)}::uuid[],
      ${risks.map(({ trackerId }) => trackerId)}::uuid[],
      ${risks.map(({ occurredAt }) => occurredAt.toISOString())}::timestamptz[],
      ${risks.map(({ lasts, occurredAt }) => (lasts ? null : occurredAt.toISOString()))}::timestamptz[],
      ${risks.map(({ position }) => JSON.stringify(position === null ? null : { lat: position.lat, lon: position.lon }))}::text[],
      ${risks.map(({ details }) => JSON.stringify(details))}::text[],
      ${risks.map(({ lateUntil }) => lateUntil?.toISOString() ?? null)}::timestamptz[],
      ${risks.map(({ type, lateUntil }) => (lateUntil === undefined ? '' : alarmOf(type).words.join(',')))}::text[],
      ${risks.map(({ type }) => alarmOf(type).gap)}::int4[]
    ) with ordinality as r(id, episode, type, severity, vehicle_id, tracker_id, occurred_at, ended_at, position, details,
      late_until, words, gap, place)
    left join lateral (${leaseThen(tx, 'r.vehicle_id', 'r.occurred_at')}) lease on true
    left join telematics.latest_positions latest on latest.vehicle_id = r.vehicle_id
      and (lease.id is null or (latest.ts >= lease.since and latest.ts < lease.until))
    where r.late_until is null or not exists (${sameAlarm(tx)})
    order by r.place
    on conflict (episode) do nothing
    returning id, type, severity, vehicle_id as "vehicleId", tracker_id as "trackerId", lease_id as "leaseId",
      occurred_at as "occurredAt", ended_at as "endedAt", position, details, acknowledged_at as "acknowledgedAt"`;
  if (inserted.length === 0) return;
  await tx`
    insert into events.outbox (id, type, subject, lease_id, time, data, trace)
    select e.id, ${eventType}, e.subject, e.lease_id, e.time, e.data::jsonb, ${traceparentNow() ?? null}::text
    from unnest(
      ${inserted.map(() => uuidv7())}::uuid[],
      ${inserted.map(({ vehicleId }) => vehicleId)}::uuid[],
      ${inserted.map(({ leaseId }) => leaseId)}::uuid[],
      ${inserted.map(({ occurredAt }) => occurredAt.toISOString())}::timestamptz[],
      ${inserted.map((row) => JSON.stringify(riskEvent(row) satisfies Payload<typeof eventType>))}::text[]
    ) with ordinality as e(id, subject, lease_id, time, data, place)
    order by e.place`;
}
