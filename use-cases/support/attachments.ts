import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { ticketAttachments } from '#db/schema/index';
import type { AttachmentFacts } from '#db/queries/tickets';
import { Problem } from '#domain/errors';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';
import { openFile, sealFile, type OpenedFile } from '../sealed-file.ts';

/**
 * Keeps an uploaded file, encrypted, until a message takes it, a day at most.
 *
 * @throws Problem payload_too_large, or unsupported_media_type for all but JPEG, PNG and PDF; not_found of whoever was erased.
 */
export async function storeAttachment(
  context: Context,
  { encryption }: { readonly encryption: Pick<Encryption, 'encryptBytes'> },
  bytes: Uint8Array,
): Promise<AttachmentFacts> {
  const { tx, at, actor } = context;
  const file = sealFile(encryption, bytes);
  const { mediaType, sha256, size } = file;
  await requirePerson(tx, actor.id);
  const id = uuidv7();
  await tx.insert(ticketAttachments).values({ id, uploadedBy: actor.id, ...file, createdAt: at });
  await record(context, { type: 'ticket.attachment.stored', subject: id, detail: { sha256, size } });
  return { id, messageId: null, mediaType, sha256, size };
}

/** Shows a file, and writes down who looked. Who may is the caller's to know. @throws Problem not_found */
export async function openAttachment(
  context: Context,
  { encryption }: { readonly encryption: Pick<Encryption, 'decryptBytes'> },
  id: string,
): Promise<OpenedFile> {
  const [row] = await context.tx.select().from(ticketAttachments).where(eq(ticketAttachments.id, id));
  if (row === undefined) throw new Problem('not_found');
  await record(context, { type: 'ticket.attachment.opened', subject: id });
  return openFile(encryption, row);
}
