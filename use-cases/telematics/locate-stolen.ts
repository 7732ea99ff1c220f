import { sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/client';
import { vehicleCommands } from '#db/schema/index';
import { engineCommands, inFlight, LIFE } from '#domain/telematics/immobilisation/command';
import { LOCATES_EVERY, LOCATES_RARELY } from '#domain/telematics/tracker';

const words = (all: readonly string[]) =>
  sql.join(
    all.map((one) => sql`${one}`),
    sql`, `,
  );

/** Seconds until a vehicle is asked again: nobody asks each minute for ever, in vain or not. */
const pause = sql`(
  select case when count(*) filter (where p.state = 'expired' and p.issued_at > now() - interval '1 day') >= ${LOCATES_RARELY.inVain}
    or count(*) >= ${LOCATES_RARELY.asked} then ${LOCATES_RARELY.every}::int else ${LOCATES_EVERY}::int end
  from telematics.commands p where p.vehicle_id = t.vehicle_id and p.type = 'locate' and p.issued_at > now() - interval '7 days')`;

/**
 * Asks the trackers of vehicles that are stolen, or may be, where they are, once a minute while they are there, and more rarely after
 * an hour in vain or the most of a day: a theft is reported, or suspected in a case that is open, or ordered about. With the vehicle
 * found nobody asks any more, and its tracker says what it always does: nothing is set in it that would have to be set back.
 *
 * @returns how many were asked
 */
export async function locateStolen(db: Database): Promise<number> {
  return db.transaction(async (tx) => {
    // What came of those before: a place that was received since, or none.
    await tx.execute(sql`
      update telematics.commands c
      set state = case when l.received_at >= c.sent_at then 'succeeded' else 'expired' end,
        observed_at = case when l.received_at >= c.sent_at then l.received_at end,
        reason = case when l.received_at >= c.sent_at then null else 'not_seen' end
      from telematics.commands o left join telematics.latest_positions l on l.vehicle_id = o.vehicle_id and l.tracker_id = o.tracker_id
      where c.id = o.id and o.type = 'locate' and o.state in (${words(inFlight)}) and o.expires_at <= now()`);
    const found = await tx.execute<{ id: string; vehicle_id: string }>(sql`
      select t.id, t.vehicle_id from telematics.trackers t join vehicles.vehicles v on v.id = t.vehicle_id
      where t.revoked_at is null and t.online and v.status <> 'sold'
        and t.vehicle_id in (
          select l.vehicle_id from leases.leases l where l.status = 'stolen'
          union select l.vehicle_id from payments.cases c join leases.leases l on l.id = c.lease_id
            where c.status = 'open' and c.kind = 'suspected_theft' and l.ended_at is null and l.completed_at is null
          union select i.vehicle_id from telematics.immobilisations i where i.cause = 'theft' and i.state <> 'ended')
        and not exists (
          select from telematics.commands c where c.vehicle_id = t.vehicle_id
            and (c.type = 'locate' and c.issued_at > now() - ${pause} * interval '1 second'
              or c.type in (${words(engineCommands)}) and c.state in (${words(inFlight)}) and c.expires_at > now()))
      order by t.id limit 1000`);
    if (found.length === 0) return 0;
    const issuedAt = new Date();
    const expiresAt = new Date(issuedAt.getTime() + LIFE);
    await tx.insert(vehicleCommands).values(
      found.map(({ id: trackerId, vehicle_id: vehicleId }) => {
        const told = { trackerId, vehicleId, type: 'locate', issuedAt, expiresAt } as const;
        return { id: uuidv7(), ...told };
      }),
    );
    return found.length;
  });
}
