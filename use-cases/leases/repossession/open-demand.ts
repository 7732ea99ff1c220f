import { eq } from 'drizzle-orm';
import type { Database } from '#db/client';
import { demands } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Encryption } from '#platform/encryption';
import { openFile, type OpenedFile } from '../../sealed-file.ts';

/** The paper of a demand as it was given out. @throws Problem not_found, also where an erasure took it */
export async function openDemand(
  { db, encryption }: { readonly db: Database; readonly encryption: Encryption },
  id: string,
): Promise<OpenedFile> {
  const [row] = await db.select().from(demands).where(eq(demands.id, id));
  if (row === undefined || row.pdfEncrypted === null) throw new Problem('not_found');
  const { keyId, pdfEncrypted: contentEncrypted, sha256 } = row;
  return openFile(encryption, { keyId, contentEncrypted, mediaType: 'application/pdf', sha256 });
}
