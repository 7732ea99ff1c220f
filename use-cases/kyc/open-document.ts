import { eq } from 'drizzle-orm';
import { documents } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';

export interface OpenedDocument {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly sha256: string;
}

/**
 * Shows a document's content to its owner or to staff, and writes down who looked.
 *
 * @throws Problem not_found for another customer's document.
 */
export async function openDocument(
  context: Context,
  { encryption }: { readonly encryption: Encryption },
  input: { readonly documentId: string },
): Promise<OpenedDocument> {
  const { tx, actor } = context;
  const [row] = await tx.select().from(documents).where(eq(documents.id, input.documentId));
  const mayLook = actor.role === 'system' || isStaff(actor.role) || row?.userId === actor.id;
  if (row === undefined || !mayLook) throw new Problem('not_found');
  await record(context, {
    type: 'kyc.document.opened',
    subject: row.userId,
    detail: { documentId: row.id, kind: row.kind },
  });
  return {
    bytes: encryption.decryptBytes(row.keyId, row.contentEncrypted),
    mediaType: row.mediaType,
    sha256: row.sha256,
  };
}
