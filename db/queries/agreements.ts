import { and, desc, eq, isNotNull, isNull, or } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { agreements } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

/** What is said of an agreement: all but its files. */
const agreementFacts = {
  id: agreements.id,
  kind: agreements.kind,
  leaseId: agreements.leaseId,
  fromLeaseId: agreements.fromLeaseId,
  upgradeId: agreements.upgradeId,
  transferId: agreements.transferId,
  guaranteeId: agreements.guaranteeId,
  customerId: agreements.customerId,
  market: agreements.market,
  language: agreements.language,
  template: agreements.template,
  currency: agreements.currency,
  deposit: agreements.deposit,
  total: agreements.total,
  liability: agreements.liability,
  scheduleVersion: agreements.scheduleVersion,
  draftedOn: agreements.draftedOn,
  sha256: agreements.sha256,
  createdAt: agreements.createdAt,
  signedName: agreements.signedName,
  signedAt: agreements.signedAt,
  proof: agreements.proof,
  code: agreements.code,
  htmlSha256: agreements.htmlSha256,
  pdfSha256: agreements.pdfSha256,
  signature: agreements.signature,
  inForceAt: agreements.inForceAt,
  became: agreements.became,
  becameAt: agreements.becameAt,
};

export type AgreementRow = Omit<typeof agreements.$inferSelect, 'htmlEncrypted' | 'pdfEncrypted' | 'keyId'>;

export async function findAgreement(db: Queryable, id: string): Promise<AgreementRow | undefined> {
  const [row] = await db.select(agreementFacts).from(agreements).where(eq(agreements.id, id));
  return row;
}

/** One that is in force, by what it is verified by. */
export async function findSignedAgreement(db: Queryable, code: string): Promise<AgreementRow | undefined> {
  const isIt = and(eq(agreements.code, code), isNotNull(agreements.inForceAt));
  const [row] = await db.select(agreementFacts).from(agreements).where(isIt);
  return row;
}

/** What is signed, and by whom: the terms of a lease, of an exchange, of a transfer or of a guarantee. */
export type Signed = Pick<AgreementRow, 'leaseId' | 'upgradeId' | 'transferId' | 'guaranteeId' | 'customerId'>;

const isOf = ({ leaseId, upgradeId, transferId, guaranteeId, customerId }: Signed) =>
  and(
    eq(agreements.leaseId, leaseId),
    eq(agreements.customerId, customerId),
    upgradeId === null ? isNull(agreements.upgradeId) : eq(agreements.upgradeId, upgradeId),
    transferId === null ? isNull(agreements.transferId) : eq(agreements.transferId, transferId),
    guaranteeId === null ? isNull(agreements.guaranteeId) : eq(agreements.guaranteeId, guaranteeId),
  );

/** What is not signed yet of it, the newest first. */
export function openDrafts(db: Queryable, of: Signed): Promise<AgreementRow[]> {
  return db
    .select(agreementFacts)
    .from(agreements)
    .where(and(isOf(of), isNull(agreements.inForceAt)))
    .orderBy(desc(agreements.createdAt), desc(agreements.id));
}

/** What was signed of it last. */
export async function signedOf(db: Queryable, of: Signed): Promise<AgreementRow | undefined> {
  const [row] = await db
    .select(agreementFacts)
    .from(agreements)
    .where(and(isOf(of), isNotNull(agreements.inForceAt)))
    .orderBy(desc(agreements.signedAt))
    .limit(1);
  return row;
}

interface AgreementFilter {
  readonly customerId?: string | undefined;
  /** The lease whose terms they are, or that is left by them. */
  readonly leaseId?: string | undefined;
}

/** Agreements and amendments, drafts among them, the newest first. */
export function listAgreements(
  db: Queryable,
  { customerId, leaseId }: AgreementFilter,
  { limit, before }: Page,
): Promise<AgreementRow[]> {
  return db
    .select(agreementFacts)
    .from(agreements)
    .where(
      and(
        customerId === undefined ? undefined : eq(agreements.customerId, customerId),
        leaseId === undefined ? undefined : or(eq(agreements.leaseId, leaseId), eq(agreements.fromLeaseId, leaseId)),
        olderThan(before, agreements.createdAt, agreements.id),
      ),
    )
    .orderBy(desc(agreements.createdAt), desc(agreements.id))
    .limit(limit);
}
