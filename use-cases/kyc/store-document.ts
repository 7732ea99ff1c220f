import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { documents } from '#db/schema/index';
import type { DocumentKind } from '#domain/kyc/submission';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';
import { sealFile } from '../sealed-file.ts';

interface StoredDocument {
  readonly id: string;
  readonly kind: DocumentKind;
  /** Of the clear file, in hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Keeps an uploaded file, encrypted. The same content for the same kind again gives the document that is there.
 *
 * @throws Problem payload_too_large, or unsupported_media_type for all but JPEG, PNG and PDF; not_found of whoever was erased.
 */
export async function storeDocument(
  context: Context,
  { encryption }: { readonly encryption: Encryption },
  input: { readonly userId: string; readonly kind: DocumentKind; readonly bytes: Uint8Array },
): Promise<StoredDocument> {
  const { userId, kind, bytes } = input;
  const file = sealFile(encryption, bytes);
  const { sha256, size } = file;
  await requirePerson(context.tx, userId);
  const document = { id: uuidv7(), kind, sha256, size };
  const [stored] = await context.tx
    .insert(documents)
    .values({ ...document, ...file, userId, createdAt: context.at })
    .onConflictDoNothing({ target: [documents.userId, documents.sha256, documents.kind] })
    .returning({ id: documents.id });
  if (stored !== undefined) {
    await record(context, {
      type: 'kyc.document.stored',
      subject: userId,
      detail: { documentId: document.id, kind, sha256, size },
    });
    return document;
  }
  const same = and(eq(documents.userId, userId), eq(documents.sha256, sha256), eq(documents.kind, kind));
  const [existing] = await context.tx.select({ id: documents.id }).from(documents).where(same);
  if (existing === undefined) throw new Error('the document was neither stored nor there');
  return { ...document, id: existing.id };
}
