import { eq } from 'drizzle-orm';
import { documents } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { openFile, type OpenedFile } from '../sealed-file.ts';

/**
 * Shows a document's content to its owner or to staff, and writes down who looked.
 *
 * @throws Problem not_found for another customer's document.
 */
export async function openDocument(
  context: Context,
  { encryption }: { readonly encryption: Encryption },
  input: { readonly documentId: string },
): Promise<OpenedFile> {
  const { tx, actor } = context;
  const [row] = await tx.select().from(documents).where(eq(documents.id, input.documentId));
  const mayLook = actor.role === 'system' || isStaff(actor.role) || row?.userId === actor.id;
  if (row === undefined || !mayLook) throw new Problem('not_found');
  await record(context, {
    type: 'kyc.document.opened',
    subject: row.userId,
    detail: { documentId: row.id, kind: row.kind },
  });
  return openFile(encryption, row);
}
