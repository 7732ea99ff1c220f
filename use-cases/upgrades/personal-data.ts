import { asc, eq } from 'drizzle-orm';
import { upgrades } from '#db/schema/index';
import { list, type PersonalData } from '../personal-data.ts';

export const upgradeData: PersonalData = {
  holds: 'exchanges of leased vehicles, the name signed under an agreement, what was noted',
  kept: 'exchanges as long as the books; the name and the notes until the customer is erased',

  export: {
    upgrades: list(({ tx, user }) =>
      tx.select().from(upgrades).where(eq(upgrades.customerId, user.id)).orderBy(asc(upgrades.createdAt)),
    ),
  },

  async erase({ tx }, { id }) {
    const noted = { signedName: null, inspectionNotes: null, reason: null };
    await tx.update(upgrades).set(noted).where(eq(upgrades.customerId, id));
  },
};
