import { and, asc, eq, inArray } from 'drizzle-orm';
import { attachmentsOf } from '#db/queries/tickets';
import { inboundTexts, suppressions, ticketMessages, tickets } from '#db/schema/index';
import { list, type PersonalData, type Reading } from '../personal-data.ts';
import { daysBefore, inBatches } from '../retention.ts';
import { eraseTickets } from './erase-tickets.ts';

/** Days that texts of nobody whom we know are kept. */
const STRANGERS_DAYS = 30;

export const supportData: PersonalData = {
  holds:
    'what the customer sent by SMS and typed for an agent, the wish for no texts; tickets, what was written in them and attached',
  kept: 'until the customer is erased; that there was a ticket, about what kind of thing and when, stays. A file that no message took a day, texts of numbers that are nobody’s, and what could not be read, a month',

  export: {
    tickets: list(ticketsOf),
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

  async erase(context, { id, phoneHash }) {
    const { tx } = context;
    await tx.delete(inboundTexts).where(eq(inboundTexts.userId, id));
    if (phoneHash !== null) await tx.delete(suppressions).where(eq(suppressions.phoneHash, phoneHash));
    await eraseTickets(context, id);
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
    textsOfStrangers: ({ sql, at, beat }) =>
      inBatches(
        (limit) => sql`
          delete from support.inbound_texts where id = any(array(
            select id from support.inbound_texts
            where user_id is null and received_at < ${daysBefore(at, STRANGERS_DAYS)} limit ${limit}))`,
        beat,
      ),
    unreadCallbacks: ({ sql, at, beat }) =>
      inBatches(
        (limit) => sql`
          delete from support.unread_callbacks where id = any(array(
            select id from support.unread_callbacks
            where received_at < ${daysBefore(at, STRANGERS_DAYS)} limit ${limit}))`,
        beat,
      ),
  },
};

/** What the customer sees of his tickets: not what staff wrote to each other, and none that nobody has written to him in. */
async function ticketsOf({ tx, user, clear }: Reading) {
  const shown = and(eq(tickets.customerId, user.id), eq(tickets.isShown, true));
  const all = await tx.select().from(tickets).where(shown).orderBy(asc(tickets.createdAt));
  const ids = all.map(({ id }) => id);
  const isTheirs = and(inArray(ticketMessages.ticketId, ids), eq(ticketMessages.internal, false));
  const written = await tx.select().from(ticketMessages).where(isTheirs).orderBy(asc(ticketMessages.createdAt));
  const files = await attachmentsOf(
    tx,
    written.map((message) => message.id),
  );
  const filesOf = (id: string) =>
    files.filter(({ messageId }) => messageId === id).map(({ messageId: _its, ...file }) => file);
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
      .map(({ id: its, author, bodyEncrypted, createdAt: at }) => ({
        author: author.role,
        body: clear(bodyEncrypted),
        at,
        attachments: filesOf(its),
      })),
  }));
}
