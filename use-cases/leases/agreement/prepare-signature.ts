import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '#db/client';
import type { AgreementRow } from '#db/queries/agreements';
import { agreements } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { agreementKinds, type AgreementFacts, type SignatureProof } from '#domain/leases/agreement/facts';
import { signaturePart } from '#domain/leases/agreement/terms';
import { groupedCode, STATEMENT_CODE_LETTERS, statementCode } from '#domain/leases/statement-code';
import type { Config } from '#platform/config';
import type { Encryption } from '#platform/encryption';
import type { TokenIssuer } from '#platform/tokens';
import { record, transact } from '../../context.ts';
import { requirePerson } from '../../hold-person.ts';
import { renderAgreementHtml } from './render-html.ts';
import { read, sha256Of } from './terms-of-lease.ts';

export interface SigningDependencies {
  readonly config: Pick<Config, 'PUBLIC_URL'>;
  readonly db: Database;
  readonly encryption: Encryption;
  readonly tokens: TokenIssuer;
}

/** Somebody's name beneath a draft. */
export interface Signing {
  readonly draft: AgreementRow;
  /** What the draft says, read again. */
  readonly facts: AgreementFacts;
  readonly name: string;
  readonly proof: SignatureProof;
  readonly actor: Actor;
  /** On the lease's clock. */
  readonly at: Date;
}

/** What binds the lease to the document: which one, and the hash of its file. */
export interface Prepared {
  readonly agreementId: string;
  readonly pdfSha256: string;
}

/** Names no document: whatever takes a signature refuses it by this one (`bindAgreement`). */
export const noDocument: Prepared = { agreementId: '00000000-0000-0000-0000-000000000000', pdfSha256: '' };

/** A signature that came to nothing is taken up again for so long, by the same name: phones lose answers. Milliseconds. */
const AGAIN_MS = 15 * 60_000;

/** `typ` of the seal. */
const SEAL = 'agreement+jws';

/** What we vouch for of a document, and all that the public page shows: nothing personal. */
const sealedAgreement = z.object({
  code: z.string(),
  kind: z.enum(agreementKinds),
  template: z.string(),
  signedAt: z.iso.datetime(),
  termsSha256: z.string(),
  htmlSha256: z.string(),
  pdfSha256: z.string(),
});
export type SealedAgreement = z.infer<typeof sealedAgreement>;

/**
 * Draws the signed document, and keeps it beside its draft: it holds once the lease has taken the signature, in the
 * transaction that moves it (`bindAgreement`), and is nothing before. Pages are drawn outside the transaction.
 *
 * @throws Problem agreement_outdated where the terms are not those of the draft any more
 */
export async function prepareSignature(deps: SigningDependencies, signing: Signing): Promise<Prepared> {
  const { draft, facts, name, proof, at } = signing;
  const { terms, sha256 } = read(facts, draft.language);
  if (sha256 !== draft.sha256) throw new Problem('agreement_outdated');
  if (draft.pdfSha256 !== null && isAgain(draft, { name, at }))
    return { agreementId: draft.id, pdfSha256: draft.pdfSha256 };

  const code = statementCode(randomBytes(STATEMENT_CODE_LETTERS));
  const verifyUrl = new URL(`/verify/${code}`, deps.config.PUBLIC_URL).href;
  const part = signaturePart(draft.language, { name, signedAt: at, proof, sha256, verifyUrl });
  const signed = { ...terms, parts: [...terms.parts, part] };
  // Loaded with the first that is signed: what draws papers is an eighth of the whole start.
  const { renderAgreementPdf } = await import('./render-pdf.ts');
  const html = renderAgreementHtml(signed);
  const pdf = await renderAgreementPdf(signed, { code: groupedCode(code), verifyUrl, issuedAt: at }, at);
  const hashes = { htmlSha256: sha256Of(html), pdfSha256: sha256Of(pdf) };
  const { kind, market, language, template } = draft;
  const signature = await deps.tokens.signDocument(SEAL, {
    code,
    kind,
    template: `${market}-${language}-${template}`,
    signedAt: at.toISOString(),
    termsSha256: sha256,
    ...hashes,
  });
  const files = { code, signature, ...hashes, ...sealed(deps.encryption, html, pdf) };
  return { agreementId: draft.id, pdfSha256: await keepPrepared(deps, signing, files) };
}

/** The same name a moment later: a second tap, or a phone that has lost its answer. */
export const isAgain = (
  { signedName, signedAt }: Pick<AgreementRow, 'signedName' | 'signedAt'>,
  { name, at }: Pick<Signing, 'name' | 'at'>,
): boolean => signedName === name && Math.abs(at.getTime() - (signedAt?.getTime() ?? 0)) < AGAIN_MS;

function sealed(encryption: Encryption, html: Buffer, pdf: Buffer) {
  const [page, paper] = [encryption.encryptBytes(html), encryption.encryptBytes(pdf)];
  return { htmlEncrypted: page.sealed, pdfEncrypted: paper.sealed, keyId: paper.keyId };
}

type Files = Pick<
  typeof agreements.$inferSelect,
  'code' | 'signature' | 'htmlSha256' | 'pdfSha256' | 'htmlEncrypted' | 'pdfEncrypted' | 'keyId'
>;

/**
 * @returns the hash of the file that is kept: of who has signed by the same name a moment before the one that was drawn then
 * @throws Problem invalid_state where it has been signed meanwhile
 */
function keepPrepared(
  { db }: SigningDependencies,
  signing: Signing,
  files: Files & { readonly pdfSha256: string },
): Promise<string> {
  const { draft, name: signedName, proof, at, actor } = signing;
  return transact(db, actor, at, async (context) => {
    const { tx } = context;
    await requirePerson(tx, draft.customerId);
    const [row] = await tx.select().from(agreements).where(eq(agreements.id, draft.id)).for('update');
    if (row?.pdfSha256 != null && isAgain(row, { name: signedName, at })) return row.pdfSha256;
    if (row === undefined || row.inForceAt !== null) throw new Problem('invalid_state', 'it is signed already');
    await tx
      .update(agreements)
      .set({ ...files, signedName, proof, signedAt: at })
      .where(eq(agreements.id, draft.id));
    const detail = { leaseId: draft.leaseId, by: proof.by, channel: proof.channel, sha256: draft.sha256 };
    await record(context, { type: 'agreement.prepared', subject: draft.id, detail });
    return files.pdfSha256;
  });
}

/** What was sealed of a document; null when no key of ours verifies it, or it is of another code or file. */
export async function openAgreementSeal(
  tokens: TokenIssuer,
  { signature, code, pdfSha256, htmlSha256 }: AgreementRow,
): Promise<{ readonly facts: SealedAgreement; readonly kid: string } | null> {
  const found = signature === null ? null : await tokens.verifyDocument(SEAL, signature);
  const seal = sealedAgreement.safeParse(found?.facts);
  if (found === null || !seal.success) return null;
  const { data: facts } = seal;
  const isIts = facts.code === code && facts.pdfSha256 === pdfSha256 && facts.htmlSha256 === htmlSha256;
  return isIts ? { facts, kid: found.kid } : null;
}
