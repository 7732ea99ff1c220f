import { and, asc, eq, inArray } from 'drizzle-orm';
import { waiting } from '#db/schema/index';
import { standing } from '#domain/vehicles/queue';
import { list, type PersonalData } from '../personal-data.ts';
import { daysBefore, DISPUTE_DAYS, inBatches } from '../retention.ts';
import { stopWaiting } from './wait-for-vehicle.ts';

export const vehicleData: PersonalData = {
  holds: 'for which vehicles the person waits or waited, and what came of it',
  kept: '400 days from when it was over, without a name beside it after an erasure',

  retention: {
    pastWaiting: ({ sql, at, beat }) =>
      inBatches(
        (limit) => sql`
          delete from vehicles.waiting where id = any(array(
            select id from vehicles.waiting
            where ended_at < ${daysBefore(at, DISPUTE_DAYS)} and status not in ('waiting', 'called') limit ${limit}))`,
        beat,
      ),
  },

  export: {
    waiting: list(({ tx, user }) =>
      tx.select().from(waiting).where(eq(waiting.customerId, user.id)).orderBy(asc(waiting.createdAt), asc(waiting.id)),
    ),
  },

  // The place goes to the next; there is no name in what stays.
  async erase(context, { id: customerId }) {
    const places = await context.tx
      .select({ vehicleId: waiting.vehicleId })
      .from(waiting)
      .where(and(eq(waiting.customerId, customerId), inArray(waiting.status, [...standing])))
      .orderBy(asc(waiting.vehicleId));
    for (const { vehicleId } of places) await stopWaiting(context, { vehicleId, customerId });
  },
};
