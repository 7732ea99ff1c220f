import { asc, eq, or } from 'drizzle-orm';
import { leaseTransfers } from '#db/schema/index';
import { list, type PersonalData } from '../personal-data.ts';

export const partyData: PersonalData = {
  holds: 'leases that were made over, to whom and from whom, and the name signed under that',
  kept: 'that a lease was made over as long as the books; the phone of whoever was asked until it is over, the name and the reasons until the customer is erased',

  export: {
    transfers: list(async ({ tx, user, clear }) => {
      const isHis = or(eq(leaseTransfers.fromCustomerId, user.id), eq(leaseTransfers.toCustomerId, user.id));
      const rows = await tx.select().from(leaseTransfers).where(isHis).orderBy(asc(leaseTransfers.createdAt));
      // Whoever let it go is given nothing of the other person but the number that he named himself, and the other way round.
      return rows.map(
        ({ phoneHash: _hash, phoneEncrypted, fromCustomerId, toCustomerId, credit, signedName, ...row }) =>
          toCustomerId === user.id
            ? { ...row, toCustomerId, credit, signedName }
            : { ...row, fromCustomerId, phone: clear(phoneEncrypted) },
      );
    }),
  },

  async erase({ tx }, { id }) {
    await tx
      .update(leaseTransfers)
      .set({ phoneEncrypted: null, phoneHash: null, reason: null })
      .where(eq(leaseTransfers.fromCustomerId, id));
    await tx
      .update(leaseTransfers)
      .set({ signedName: null, credit: null, reason: null })
      .where(eq(leaseTransfers.toCustomerId, id));
  },
};
