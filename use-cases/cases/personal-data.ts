import { and, inArray, isNotNull, or, sql } from 'drizzle-orm';
import { whileHeldBy } from '#db/queries/tenures';
import { withoutWords } from '#db/queries/words';
import { attempts, cases, inbound } from '#db/schema/index';
import type { PersonalData } from '../personal-data.ts';

export const caseData: PersonalData = {
  holds: 'what staff had to look at about the customer, and wrote that came of it',
  kept: 'that there was a case, of which kind and when, as long as the books; what people typed in it until the customer is erased',

  // For staff.
  export: {},

  async erase({ tx }, { id }) {
    const paid = tx
      .select({ id: attempts.id })
      .from(attempts)
      .where(whileHeldBy(id, attempts.leaseId, attempts.requestedAt));
    const received = tx
      .select({ id: inbound.id })
      .from(inbound)
      .where(whileHeldBy(id, inbound.leaseId, inbound.receivedAt));
    const isAbout = or(
      whileHeldBy(id, cases.leaseId, cases.openedAt),
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
