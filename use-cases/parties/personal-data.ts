import { and, asc, eq, or } from 'drizzle-orm';
import { guarantees, leaseTransfers } from '#db/schema/index';
import { ASKED_AGAIN_DAYS } from '#domain/parties/guarantee';
import { list, type PersonalData } from '../personal-data.ts';
import { daysBefore, inBatches } from '../retention.ts';

export const partyData: PersonalData = {
  holds: 'leases that were made over, to whom and from whom, who answers for a lease, and the names signed under that',
  kept: 'that a lease was made over as long as the books; the phone of whoever was asked until it is over, the name and the reasons until the customer is erased; of whoever did not want to answer for a lease a keyed hash of the phone until a year after the lease, so that nobody has him asked again',
  retention: {
    phonesOfAsked({ sql, at, beat }) {
      const before = daysBefore(at, ASKED_AGAIN_DAYS);
      return inBatches(
        (limit) => sql`
          update leases.guarantees set phone_hash = null where id = any(array(
            select g.id from leases.guarantees g join leases.leases l on l.id = g.lease_id
            where g.phone_hash is not null and g.ended_at < ${before} and l.ended_at < ${before} limit ${limit}))`,
        beat,
      );
    },
  },

  export: {
    guarantees: list(async ({ tx, user }) => {
      const isHis = or(eq(guarantees.guarantorId, user.id), eq(guarantees.customerId, user.id));
      const rows = await tx.select().from(guarantees).where(isHis).orderBy(asc(guarantees.invitedAt));
      // He has named whoever answers for him, and is told no more of him than whether he does.
      return rows.map(({ isMadeForIt: _made, phoneHash: _phone, signedName, guarantorId, ...row }) =>
        guarantorId === user.id ? { ...row, guarantorId, signedName } : row,
      );
    }),
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

  async open(tx, { id }) {
    const isHis = and(eq(guarantees.guarantorId, id), eq(guarantees.status, 'consented'));
    const rows = await tx.select({ id: guarantees.id }).from(guarantees).where(isHis);
    return rows.map((row) => ({
      path: `guarantees.${row.id}`,
      message: 'you answer for a lease: see GET /v1/guarantees; staff may release you',
    }));
  },

  async erase({ tx }, { id }) {
    await tx.update(guarantees).set({ signedName: null, reason: null }).where(eq(guarantees.guarantorId, id));
    await tx.update(guarantees).set({ reason: null }).where(eq(guarantees.customerId, id));
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
