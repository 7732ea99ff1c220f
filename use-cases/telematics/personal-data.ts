import { and, asc, isNotNull } from 'drizzle-orm';
import { whileHeldBy } from '#db/queries/tenures';
import { immobilisations, locationViews, riskEvents } from '#db/schema/index';
import { list, type PersonalData } from '../personal-data.ts';
import { ownedRetention } from './forget-owned.ts';
import { telematicsRetention } from './keep-positions.ts';

export const telematicsData: PersonalData = {
  holds:
    'where a vehicle was while the customer had it, when it was stopped and why, and what it told (`GET /v1/vehicles/{id}/positions`, `/trips`, `/odometer`), and who of the staff looked at that (`GET /v1/me/location-views`)',
  kept: "nothing from ownership on, and after 30 more days nothing of before; positions, and the distance of each day, for `POSITIONS_RETENTION_DAYS`; the sum of all days is the vehicle's; looks for `EVENTS_RETENTION_DAYS`, or until the customer is erased; what it told 400 days, and what is of weight (high, critical) with the lease, without a name beside it, and without what people typed when they had it stopped",
  retention: { ...telematicsRetention, ...ownedRetention },

  export: {
    riskEvents: list(({ tx, user }) =>
      tx
        .select()
        .from(riskEvents)
        .where(whileHeldBy(user.id, riskEvents.leaseId, riskEvents.occurredAt)),
    ),
    locationViews: list(({ tx, user }) =>
      tx
        .select()
        .from(locationViews)
        .where(whileHeldBy(user.id, locationViews.leaseId, locationViews.at))
        .orderBy(asc(locationViews.at)),
    ),
    immobilisations: list(({ tx, user }) =>
      tx
        .select()
        .from(immobilisations)
        .where(whileHeldBy(user.id, immobilisations.leaseId, immobilisations.createdAt))
        .orderBy(asc(immobilisations.createdAt)),
    ),
  },

  // The rest is of a vehicle, and of a lease that has no name beside it any more: but for what people typed.
  async erase({ tx }, user) {
    await tx.delete(locationViews).where(whileHeldBy(user.id, locationViews.leaseId, locationViews.at));
    const isTheirs = whileHeldBy(user.id, immobilisations.leaseId, immobilisations.createdAt);
    await tx
      .update(immobilisations)
      .set({ reason: 'erased' })
      .where(and(isTheirs, isNotNull(immobilisations.reason)));
    await tx.update(immobilisations).set({ order: null }).where(isTheirs);
  },
};
