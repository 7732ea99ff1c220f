import { asc, eq } from 'drizzle-orm';
import { mailAddresses, notifications, pushSubscriptions } from '#db/schema/index';
import { list, oneOrNone, type PersonalData } from '../personal-data.ts';
import { daysBefore, inBatches } from '../retention.ts';
import { GOOD_FOR, WISH_LASTS } from './mail-record.ts';

/** Days for which it is kept what somebody was told, but for what the law wants told: three years. */
const TOLD_DAYS = 3 * 365;
/** Days for which it is kept in facts what was told, or was not: a receipt or somebody who redrives it may need them. */
const FACTS_DAYS = 14;

export const notificationData: PersonalData = {
  holds: 'what the customer was told, the e-mail address, and where browsers let themselves be pushed to',
  kept: 'what was told three years, notices that the law wants for good, each until the customer is erased; addresses until they are taken back or the customer is erased, one that nobody has confirmed a day; a browser’s also until its session ends or its push service says that it is no more',

  export: {
    messages: list(async ({ tx, user, clear }) => {
      const isTheirs = eq(notifications.userId, user.id);
      const texts = await tx.select().from(notifications).where(isTheirs).orderBy(asc(notifications.createdAt));
      return texts.map(({ bodyEncrypted, key: _key, noticeEncrypted: _notice, ...text }) => ({
        ...text,
        body: clear(bodyEncrypted),
      }));
    }),
    mailAddress: oneOrNone(async ({ tx, user, clear }) => {
      const [mail] = await tx.select().from(mailAddresses).where(eq(mailAddresses.userId, user.id));
      if (mail === undefined) return null;
      const { addressEncrypted, wantedEncrypted, bouncedAt } = mail;
      return { address: clear(addressEncrypted), wanted: clear(wantedEncrypted), bouncedAt };
    }),
    pushSubscriptions: list(async ({ tx, user, clear }) => {
      const isTheirs = eq(pushSubscriptions.userId, user.id);
      const all = await tx.select().from(pushSubscriptions).where(isTheirs).orderBy(asc(pushSubscriptions.createdAt));
      return all.map(({ id, endpointEncrypted, createdAt }) => ({ id, endpoint: clear(endpointEncrypted), createdAt }));
    }),
  },

  async erase({ tx }, { id }) {
    await tx.delete(notifications).where(eq(notifications.userId, id));
    await tx.delete(mailAddresses).where(eq(mailAddresses.userId, id));
    await tx.delete(pushSubscriptions).where(eq(pushSubscriptions.userId, id));
  },

  retention: {
    wantedAddresses: ({ sql, at, beat }) =>
      inBatches(
        (limit) => sql`
          update support.mail_addresses set wanted_encrypted = null, code_hash = null, code_expires_at = null
          where user_id = any(array(
            select user_id from support.mail_addresses
            where wanted_encrypted is not null and code_expires_at < ${new Date(at.getTime() + GOOD_FOR - WISH_LASTS)}
            limit ${limit}))`,
        beat,
      ),
    toldFacts({ sql, at, beat }) {
      const before = daysBefore(at, FACTS_DAYS);
      return inBatches(
        (limit) => sql`
          update support.notifications set notice_encrypted = null where id = any(array(
            select id from support.notifications
            where notice_encrypted is not null and coalesce(sent_at, failed_at) < ${before} limit ${limit}))`,
        beat,
      );
    },
    told: ({ sql, at, beat }) =>
      inBatches(
        (limit) => sql`
          delete from support.notifications where id = any(array(
            select id from support.notifications
            where created_at < ${daysBefore(at, TOLD_DAYS)} and not is_legal and coalesce(sent_at, failed_at) is not null
            order by created_at limit ${limit}))`,
        beat,
      ),
    spentOnTexts({ sql, at, beat }) {
      const before = daysBefore(at, 400);
      return inBatches(
        (limit) => sql`
          delete from support.sms_spend where ctid = any(array(
            select ctid from support.sms_spend where day < ${before} limit ${limit}))`,
        beat,
      );
    },
  },
};
