import { asc, eq } from 'drizzle-orm';
import { notifications } from '#db/schema/index';
import type { PersonalData } from '../personal-data.ts';

export const supportData: PersonalData = {
  holds: 'the texts that were sent to the customer',
  kept: 'until the customer is erased',

  async export({ tx, user, clear }) {
    const isTheirs = eq(notifications.userId, user.id);
    const texts = await tx.select().from(notifications).where(isTheirs).orderBy(asc(notifications.createdAt));
    return {
      messages: texts.map(({ bodyEncrypted, key: _key, ...text }) => ({ ...text, body: clear(bodyEncrypted) })),
    };
  },

  async erase({ tx }, { id }) {
    await tx.delete(notifications).where(eq(notifications.userId, id));
  },
};
