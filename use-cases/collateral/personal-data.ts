import { and, asc, eq, inArray } from 'drizzle-orm';
import { whileHeldBy } from '#db/queries/tenures';
import { collateralSteps, leases } from '#db/schema/index';
import { list, type PersonalData } from '../personal-data.ts';

export const collateralData: PersonalData = {
  holds: 'what was done at public registers for a lease: the interest in its vehicle, its discharge, the title',
  kept: 'as long as the books; the number that the register gave it, and what people typed about it, until the customer is erased',

  export: {
    collateral: list(({ tx, user }) =>
      tx
        .select()
        .from(collateralSteps)
        .where(whileHeldBy(user.id, collateralSteps.leaseId, collateralSteps.openedAt))
        .orderBy(asc(collateralSteps.openedAt)),
    ),
  },

  async open(tx, { id }) {
    const isOwed = and(eq(collateralSteps.status, 'open'), inArray(collateralSteps.kind, ['discharge', 'title']));
    const rows = await tx
      .select({ id: collateralSteps.id, kind: collateralSteps.kind })
      .from(collateralSteps)
      .innerJoin(leases, eq(leases.id, collateralSteps.leaseId))
      .where(and(eq(leases.customerId, id), isOwed));
    return rows.map((row) => ({
      path: `collateral.${row.id}`,
      message: `we owe you the ${row.kind} of a vehicle: see GET /v1/collateral-steps`,
    }));
  },

  async erase({ tx }, { id }) {
    await tx
      .update(collateralSteps)
      .set({ reference: null, reason: null })
      .where(whileHeldBy(id, collateralSteps.leaseId, collateralSteps.openedAt));
  },
};
