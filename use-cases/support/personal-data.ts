import { and, asc, eq, inArray, or } from 'drizzle-orm';
import { notifications, ticketAttachments, ticketMessages, tickets } from '#db/schema/index';
import { list, type PersonalData, type Reading } from '../personal-data.ts';
import { inBatches } from '../retention.ts';

export const supportData: PersonalData = {
  holds: 'the texts that were sent to the customer; tickets, what was written in them and attached',
  kept: 'until the customer is erased; that there was a ticket, about what kind of thing and when, stays. A file that no message took a day',

  export: {
    messages: list(async ({ tx, user, clear }) => {
      const isTheirs = eq(notifications.userId, user.id);
      const texts = await tx.select().from(notifications).where(isTheirs).orderBy(asc(notifications.createdAt));
      return texts.map(({ bodyEncrypted, key: _key, noticeEncrypted: _notice, ...text }) => ({
        ...text,
        body: clear(bodyEncrypted),
      }));
    }),
    tickets: list(ticketsOf),
  },

  async erase({ tx, at }, { id }) {
    await tx.delete(notifications).where(eq(notifications.userId, id));
    const theirs = tx.select({ id: tickets.id }).from(tickets).where(eq(tickets.customerId, id));
    const written = tx
      .select({ id: ticketMessages.id })
      .from(ticketMessages)
      .where(inArray(ticketMessages.ticketId, theirs));
    await tx
      .delete(ticketAttachments)
      .where(or(eq(ticketAttachments.uploadedBy, id), inArray(ticketAttachments.messageId, written)));
    await tx.delete(ticketMessages).where(inArray(ticketMessages.ticketId, theirs));
    await tx.update(tickets).set({ subjectEncrypted: '' }).where(eq(tickets.customerId, id));
    await tx
      .update(tickets)
      .set({
        status: 'resolved',
        resolvedAt: at,
        runningSince: null,
        escalatesAt: null,
        waitRemindsAt: null,
        waitEndsAt: null,
      })
      .where(and(eq(tickets.customerId, id), inArray(tickets.status, ['open', 'waiting'])));
  },

  retention: {
    unusedAttachments({ sql, at, beat }) {
      const before = new Date(at.getTime() - 86_400_000);
      return inBatches(
        (limit) => sql`
          delete from support.ticket_attachments where id = any(array(
            select id from support.ticket_attachments
            where message_id is null and created_at < ${before} order by created_at limit ${limit}))`,
        beat,
      );
    },
  },
};

/** What the customer sees of his tickets: not what staff wrote to each other, and none that nobody has written to him in. */
async function ticketsOf({ tx, user, clear }: Reading) {
  const shown = and(eq(tickets.customerId, user.id), eq(tickets.isShown, true));
  const all = await tx.select().from(tickets).where(shown).orderBy(asc(tickets.createdAt));
  const ids = all.map(({ id }) => id);
  const isTheirs = and(inArray(ticketMessages.ticketId, ids), eq(ticketMessages.internal, false));
  const written = await tx.select().from(ticketMessages).where(isTheirs).orderBy(asc(ticketMessages.createdAt));
  return all.map(({ id, category, status, subjectEncrypted, rating, createdAt, resolvedAt }) => ({
    id,
    category,
    status,
    subject: clear(subjectEncrypted),
    rating,
    createdAt,
    resolvedAt,
    messages: written
      .filter(({ ticketId }) => ticketId === id)
      .map(({ author, bodyEncrypted, createdAt: at }) => ({ author: author.role, body: clear(bodyEncrypted), at })),
  }));
}
