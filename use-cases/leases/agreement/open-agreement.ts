import { eq } from 'drizzle-orm';
import type { Database } from '#db/client';
import { agreements } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { AgreementFacts } from '#domain/leases/agreement/facts';
import type { Encryption } from '#platform/encryption';
import { record, transact } from '../../context.ts';
import { openFile, type OpenedFile } from '../../sealed-file.ts';
import { read, sha256Of } from './terms-of-lease.ts';

export const agreementFormats = ['html', 'pdf'] as const;
export type AgreementFormat = (typeof agreementFormats)[number];
const mediaTypes = { html: 'text/html; charset=utf-8', pdf: 'application/pdf' } as const;

/** Who signed it was erased: it is kept as the paper of a lease, and whoever reads it is on record. */
const recordLook = (db: Database, actor: Actor, { id, leaseId, kind }: typeof agreements.$inferSelect) =>
  transact(db, actor, new Date(), (context) =>
    record(context, { type: 'agreement.opened', subject: id, detail: { leaseId, kind } }),
  );

/**
 * The file of an agreement: of one that is signed the bytes that were signed, of a draft what it says.
 *
 * @param factsOf what a draft says now
 * @throws Problem not_found, also where an erasure took the file; agreement_outdated where a draft says something else now
 */
export async function openAgreement(
  deps: { readonly db: Database; readonly encryption: Encryption },
  { id, format, actor }: { readonly id: string; readonly format: AgreementFormat; readonly actor: Actor },
  factsOf: () => Promise<AgreementFacts>,
): Promise<OpenedFile> {
  const [row] = await deps.db.select().from(agreements).where(eq(agreements.id, id));
  if (row === undefined) throw new Problem('not_found');
  const mediaType = mediaTypes[format];
  if (row.inForceAt !== null) {
    const [content, sha256] =
      format === 'html' ? [row.htmlEncrypted, row.htmlSha256] : [row.pdfEncrypted, row.pdfSha256];
    if (content === null || sha256 === null || row.keyId === null) throw new Problem('not_found');
    if (row.signedName === null) await recordLook(deps.db, actor, row);
    return openFile(deps.encryption, { keyId: row.keyId, contentEncrypted: content, mediaType, sha256 });
  }
  const { terms, html, sha256 } = read(await factsOf(), row.language);
  if (sha256 !== row.sha256) throw new Problem('agreement_outdated');
  if (format === 'html') return { bytes: html, mediaType, sha256 };
  const { renderAgreementPdf } = await import('./render-pdf.ts');
  const bytes = await renderAgreementPdf(terms, null, row.createdAt);
  return { bytes, mediaType, sha256: sha256Of(bytes) };
}
