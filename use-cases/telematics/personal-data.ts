import { and, asc, eq, getTableColumns, inArray, isNotNull } from 'drizzle-orm';
import { immobilisations, leases, locationViews, riskEvents } from '#db/schema/index';
import { list, type PersonalData } from '../personal-data.ts';
import { ownedRetention } from './forget-owned.ts';
import { telematicsRetention } from './keep-positions.ts';

export const telematicsData: PersonalData = {
  holds:
    'where a vehicle was while the customer had it, when it was stopped and why, and what it told (`GET /v1/vehicles/{id}/positions`, `/trips`, `/odometer`), and who of the staff looked at that (`GET /v1/me/location-views`)',
  kept: "nothing from ownership on, and after 30 more days nothing of before; positions, and the distance of each day, for `POSITIONS_RETENTION_DAYS`; the sum of all days is the vehicle's; looks for `EVENTS_RETENTION_DAYS`, or until the customer is erased; what it told stays with the lease, without a name beside it, and without what people typed when they had it stopped",
  retention: { ...telematicsRetention, ...ownedRetention },

  export: {
    riskEvents: list(({ tx, user }) =>
      tx
        .select(getTableColumns(riskEvents))
        .from(riskEvents)
        .innerJoin(leases, eq(leases.id, riskEvents.leaseId))
        .where(eq(leases.customerId, user.id)),
    ),
    locationViews: list(({ tx, user }) =>
      tx
        .select(getTableColumns(locationViews))
        .from(locationViews)
        .innerJoin(leases, eq(leases.id, locationViews.leaseId))
        .where(eq(leases.customerId, user.id))
        .orderBy(asc(locationViews.at)),
    ),
    immobilisations: list(({ tx, user }) =>
      tx
        .select(getTableColumns(immobilisations))
        .from(immobilisations)
        .innerJoin(leases, eq(leases.id, immobilisations.leaseId))
        .where(eq(leases.customerId, user.id))
        .orderBy(asc(immobilisations.createdAt)),
    ),
  },

  // The rest is of a vehicle, and of a lease that has no name beside it any more: but for what people typed.
  async erase({ tx }, user) {
    const theirs = tx.select({ id: leases.id }).from(leases).where(eq(leases.customerId, user.id));
    await tx.delete(locationViews).where(inArray(locationViews.leaseId, theirs));
    const isTheirs = inArray(immobilisations.leaseId, theirs);
    await tx
      .update(immobilisations)
      .set({ reason: 'erased' })
      .where(and(isTheirs, isNotNull(immobilisations.reason)));
    await tx.update(immobilisations).set({ order: null }).where(isTheirs);
  },
};
