import { and, eq, isNotNull } from 'drizzle-orm';
import { leases, riskEvents } from '#db/schema/index';
import type { PersonalData } from '../personal-data.ts';
import { telematicsRetention } from './keep-positions.ts';

export const telematicsData: PersonalData = {
  holds:
    'where a vehicle was while the customer had it, and what it told (`GET /v1/vehicles/{id}/positions`, `/trips`, `/odometer`)',
  kept: "positions, and the distance of each day, for `POSITIONS_RETENTION_DAYS`; the sum of all days is the vehicle's; what it told stays with the lease, without a name beside it",
  retention: telematicsRetention,

  async export({ tx, user }) {
    const found = await tx
      .select({ risk: riskEvents })
      .from(riskEvents)
      .innerJoin(leases, eq(leases.id, riskEvents.leaseId))
      .where(and(isNotNull(riskEvents.leaseId), eq(leases.customerId, user.id)));
    return { riskEvents: found.map(({ risk }) => risk) };
  },

  // It is of a vehicle, and of a lease that has no name beside it any more.
  erase: async () => {},
};
