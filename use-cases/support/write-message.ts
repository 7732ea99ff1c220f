import { and, eq, inArray, isNull } from 'drizzle-orm';
import { ticketAttachments, ticketMessages } from '#db/schema/index';
import { findUser } from '#db/queries/identity';
import type { MessageRow } from '#db/queries/tickets';
import { Problem } from '#domain/errors';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { hideOwnCodes } from '../identity/hide-codes.ts';
import { queueNotification } from '../notifications/queue-notification.ts';

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
 * Writes a message into a ticket that is locked. Codes that a customer has written are hidden, and he is told not to.
 *
 * @throws Problem unprocessable naming attachments that are not the author's, or that another message has.
 */
export async function writeMessage(
  context: Context,
  encryption: Pick<Encryption, 'encrypt' | 'hash'>,
  order: MessageOrder,
): Promise<MessageRow> {
  const { tx, at, actor } = context;
  const { id, ticketId, internal, attachments, tells = false, eventId } = order;
  const body = await readable(context, encryption, order);
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

async function readable(
  context: Context,
  encryption: Pick<Encryption, 'encrypt' | 'hash'>,
  { id, body }: MessageOrder,
): Promise<string> {
  const { tx, at, actor } = context;
  if (actor.role !== 'customer') return body;
  const { text, isHidden } = await hideOwnCodes(context, encryption, { userId: actor.id, text: body });
  const to = isHidden ? await findUser(tx, actor.id) : undefined;
  // Its workflow is started by whoever looks for what nobody has woken.
  if (to !== undefined)
    await queueNotification(tx, encryption, {
      key: `code-hidden-${id}`,
      to,
      leaseId: null,
      notice: { template: 'code_hidden' },
      urgency: 'answer',
      isLegal: false,
      askedAt: at,
      answersAt: at,
    });
  return text;
}
