import { and, eq, inArray, isNull } from 'drizzle-orm';
import { ticketAttachments, ticketMessages } from '#db/schema/index';
import type { MessageRow } from '#db/queries/tickets';
import { Problem } from '#domain/errors';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';

export interface MessageOrder {
  readonly id: string;
  readonly ticketId: string;
  readonly body: string;
  /** Between staff; the customer never sees it. */
  readonly internal: boolean;
  /** Ids of what the author has uploaded. */
  readonly attachments: readonly string[];
  /** The customer has to be told that it is there. */
  readonly tells?: boolean;
  /** The event that it tells of. */
  readonly eventId?: string;
}

/**
 * Writes a message into a ticket that is locked.
 *
 * @throws Problem unprocessable naming attachments that are not the author's, or that another message has.
 */
export async function writeMessage(
  { tx, at, actor }: Context,
  encryption: Pick<Encryption, 'encrypt'>,
  { id, ticketId, body, internal, attachments, tells = false, eventId }: MessageOrder,
): Promise<MessageRow> {
  const [message] = await tx
    .insert(ticketMessages)
    .values({
      id,
      ticketId,
      author: actor,
      internal,
      bodyEncrypted: encryption.encrypt(body),
      eventId: eventId ?? null,
      createdAt: at,
      tells,
    })
    .returning();
  if (message === undefined) throw new Error('the message was not written');
  if (attachments.length === 0) return message;
  const isFree = and(eq(ticketAttachments.uploadedBy, actor.id), isNull(ticketAttachments.messageId));
  const taken = await tx
    .update(ticketAttachments)
    .set({ messageId: id })
    .where(and(inArray(ticketAttachments.id, [...attachments]), isFree))
    .returning({ id: ticketAttachments.id });
  if (taken.length !== attachments.length)
    throw new Problem('unprocessable', 'These attachments cannot be used', [
      { path: 'attachments', message: 'must be uploads of yours that no message has' },
    ]);
  return message;
}
