import { asc, eq } from 'drizzle-orm';
import { inboundTexts, pins, suppressions, ussdSessions } from '#db/schema/index';
import { list, type PersonalData } from '../personal-data.ts';
import { daysBefore, inBatches } from '../retention.ts';

/** Days that texts of nobody whom we know are kept. */
const STRANGERS_DAYS = 30;

export const ussdData: PersonalData = {
  holds:
    'what the customer sent by SMS and typed for an agent, the hash of the PIN, the wish for no texts, where a USSD session is',
  kept: 'until the customer is erased; USSD sessions a day, texts of numbers that are nobody’s a month',

  export: {
    receivedTexts: list(async ({ tx, user, clear }) => {
      const isTheirs = eq(inboundTexts.userId, user.id);
      const texts = await tx.select().from(inboundTexts).where(isTheirs).orderBy(asc(inboundTexts.receivedAt));
      return texts.map(({ id, heardAs, receivedAt, answeredAt, bodyEncrypted }) => ({
        id,
        heardAs,
        receivedAt,
        answeredAt,
        body: clear(bodyEncrypted),
      }));
    }),
  },

  async erase({ tx }, { id, phoneHash }) {
    await tx.delete(inboundTexts).where(eq(inboundTexts.userId, id));
    await tx.delete(pins).where(eq(pins.userId, id));
    if (phoneHash === null) return;
    await tx.delete(suppressions).where(eq(suppressions.phoneHash, phoneHash));
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
    textsOfStrangers: ({ sql, at, beat }) =>
      inBatches(
        (limit) => sql`
          delete from support.inbound_texts where id = any(array(
            select id from support.inbound_texts
            where user_id is null and received_at < ${daysBefore(at, STRANGERS_DAYS)} limit ${limit}))`,
        beat,
      ),
  },
};
