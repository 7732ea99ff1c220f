import { and, eq, inArray, isNotNull, or, sql } from 'drizzle-orm';
import { withoutWords } from '#db/queries/words';
import { attempts, cases, inbound, leases } from '#db/schema/index';
import type { PersonalData } from '../personal-data.ts';

export const caseData: PersonalData = {
  holds: 'what staff had to look at about the customer, and wrote that came of it',
  kept: 'that there was a case, of which kind and when, as long as the books; what people typed in it until the customer is erased',

  // For staff.
  export: {},

  async erase({ tx }, { id }) {
    const theirs = tx.select({ id: leases.id }).from(leases).where(eq(leases.customerId, id));
    const paid = tx.select({ id: attempts.id }).from(attempts).where(inArray(attempts.leaseId, theirs));
    const received = tx.select({ id: inbound.id }).from(inbound).where(inArray(inbound.leaseId, theirs));
    const isAbout = or(
      inArray(cases.leaseId, theirs),
      inArray(cases.paymentId, paid),
      inArray(cases.paymentId, received),
      sql`${cases.detail} ->> 'userId' = ${id}`,
    );
    await tx
      .update(cases)
      .set({ detail: withoutWords(cases.detail) })
      .where(isAbout);
    // What closed by itself says what happened, in words of ours.
    await tx
      .update(cases)
      .set({ resolution: 'erased' })
      .where(and(isAbout, isNotNull(cases.closedBy)));
  },
};
