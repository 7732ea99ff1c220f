import type postgres from 'postgres';
import { readMetres } from '#db/queries/trips';
import { doEach } from '#platform/attempt-each';

/** Vehicles that are looked up at a time. */
const BATCH = 500;

/**
 * Counts what vehicles drove on the days for which positions have come since they were last counted. A day is counted
 * whole, from its positions, so it may be repeated at any time, and a backlog that comes late is in the next sum. What a
 * vehicle drove in all never becomes less. A day that positions come for meanwhile stays due, and one whose counting
 * died does too.
 *
 * @param beat called before each day; throws when it has to end
 * @returns how many days it counted.
 */
export async function countDistances(sql: postgres.Sql, beat: () => void): Promise<number> {
  let counted = 0;
  await doEach(uncounted(sql), async (vehicleId) => {
    counted += await countVehicle(sql, vehicleId, beat);
  });
  return counted;
}

async function* uncounted(sql: postgres.Sql): AsyncGenerator<string> {
  for (let after: string | undefined = '00000000-0000-0000-0000-000000000000'; after !== undefined;) {
    const due: { vehicleId: string }[] = await sql<{ vehicleId: string }[]>`
      select distinct vehicle_id as "vehicleId" from telematics.distances
      where state <> 'counted' and vehicle_id > ${after} order by vehicle_id limit ${BATCH}`;
    for (const { vehicleId } of due) yield vehicleId;
    after = due.at(-1)?.vehicleId;
  }
}

/**
 * Days are taken before their positions are read: what is committed after that makes them due again. All are written
 * at once, since a leg over midnight may have moved from one to the other; the odometer is locked before they are added
 * up, so that none goes meanwhile.
 */
async function countVehicle(sql: postgres.Sql, vehicleId: string, beat: () => void): Promise<number> {
  const taken = await sql<{ day: string }[]>`
    update telematics.distances set state = 'taken' where vehicle_id = ${vehicleId} and state <> 'counted'
    returning day::text`;
  const sums: number[] = [];
  for (const { day } of taken) {
    beat();
    sums.push(Math.round(await readMetres(sql, vehicleId, day)));
  }
  await sql.begin(async (tx) => {
    await tx`
      insert into telematics.odometers as known (vehicle_id) values (${vehicleId})
      on conflict (vehicle_id) do update set metres = known.metres`;
    await tx`
      update telematics.distances d
      set metres = s.metres, state = case d.state when 'taken' then 'counted' else d.state end
      from unnest(${taken.map(({ day }) => day)}::date[], ${sums}::int8[]) as s(day, metres)
      where d.vehicle_id = ${vehicleId} and d.day = s.day`;
    await tx`
      update telematics.odometers o set metres = greatest(o.metres, o.past_metres + d.metres)
      from (select sum(metres) as metres from telematics.distances where vehicle_id = ${vehicleId}) d
      where o.vehicle_id = ${vehicleId}`;
  });
  return taken.length;
}
