import { eq } from 'drizzle-orm';
import { ussdSessions } from '#db/schema/index';
import type { PersonalData } from '../personal-data.ts';
import { daysBefore, inBatches } from '../retention.ts';

export const ussdData: PersonalData = {
  holds: 'where a USSD session is',
  kept: 'a day, or until the customer is erased',

  // It has what it asks, and nothing that was typed.
  export: {},

  async erase({ tx }, { phoneHash }) {
    if (phoneHash === null) return;
    await tx.delete(ussdSessions).where(eq(ussdSessions.phoneHash, phoneHash));
  },

  retention: {
    ussdSessions: ({ sql, at, beat }) =>
      inBatches(
        (limit) => sql`
          delete from ussd.sessions where id = any(array(
            select id from ussd.sessions where updated_at < ${daysBefore(at, 1)} order by updated_at limit ${limit}))`,
        beat,
      ),
  },
};
