import { sql } from 'drizzle-orm';
import { char, check, date, index, integer, jsonb, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { LocalDate } from '../../domain/calendar.ts';
import type {
  AgreementKind,
  AgreementLanguage,
  AgreementOutcome,
  SignatureProof,
} from '../../domain/leases/agreement/facts.ts';
import type { Market } from '../../domain/markets.ts';
import { bytea, currency, id, instant, minor } from './columns.ts';
import { users } from './identity.ts';
import { leasesSchema } from './leases.ts';

/**
 * What is signed of leases: drafts, and what became of them. One that is in force is never changed: the database refuses
 * it, but for an erasure, which takes the name and the files, and what became of it, once. `sha256` is of the terms as they were read, as HTML.
 */
export const agreements = leasesSchema.table(
  'agreements',
  {
    id: id(),
    kind: text('kind').$type<AgreementKind>().notNull(),
    /** The lease whose terms these are; that of an exchange begins with the swap. */
    leaseId: uuid('lease_id').notNull(),
    /** Of an amendment: the lease that is left. */
    fromLeaseId: uuid('from_lease_id'),
    upgradeId: uuid('upgrade_id'),
    /** Of whoever takes the lease over, or answers for it: by which transfer or guarantee. */
    transferId: uuid('transfer_id'),
    guaranteeId: uuid('guarantee_id'),
    /** Who signs it. */
    customerId: uuid('customer_id')
      .notNull()
      .references(() => users.id),
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    language: char('language', { length: 2 }).$type<AgreementLanguage>().notNull(),
    template: integer('template').notNull(),
    currency: currency(),
    deposit: minor('deposit').notNull(),
    total: minor('total').notNull(),
    /** The most that its signer owes by it, who takes over what is begun or answers for it. */
    liability: minor('liability'),
    /** Of what is taken over: the version of the schedule that it tells. */
    scheduleVersion: integer('schedule_version'),
    /** A local day: a handover on it has the dates that it tells. */
    draftedOn: date('drafted_on', { mode: 'string' }).$type<LocalDate>().notNull(),
    sha256: char('sha256', { length: 64 }).notNull(),
    createdAt: instant('created_at').notNull(),
    /** What follows is of the signature. It holds from `inForceAt` on, when the lease or the exchange has taken it. */
    signedName: text('signed_name'),
    signedAt: instant('signed_at'),
    proof: jsonb('proof').$type<SignatureProof>(),
    /** By which everybody who holds the document verifies it. */
    code: text('code'),
    htmlSha256: char('html_sha256', { length: 64 }),
    pdfSha256: char('pdf_sha256', { length: 64 }),
    htmlEncrypted: bytea('html_encrypted'),
    pdfEncrypted: bytea('pdf_encrypted'),
    /** The encryption key of both. */
    keyId: text('key_id'),
    /** Compact JWS over what `GET /v1/verify/{code}` shows. */
    signature: text('signature'),
    inForceAt: instant('in_force_at'),
    /** What became of what was signed, once: null while it is open whether it comes about. */
    became: text('became').$type<AgreementOutcome>(),
    becameAt: instant('became_at'),
  },
  (t) => [
    uniqueIndex('agreements_code').on(t.code),
    uniqueIndex('agreements_in_force')
      .on(t.leaseId)
      .where(sql`${t.inForceAt} is not null and ${t.kind} = 'agreement'`),
    // What is kept of whoever was erased.
    index('agreements_former')
      .on(t.market)
      .where(sql`${t.inForceAt} is not null and ${t.signedName} is null and ${t.htmlEncrypted} is not null`),
    check(
      'agreements_party',
      sql`(${t.kind} = 'takeover') = (${t.transferId} is not null) and (${t.kind} = 'guarantee') = (${t.guaranteeId} is not null) and (${t.liability} is null) = (${t.kind} in ('agreement', 'amendment')) and (${t.scheduleVersion} is null) = (${t.kind} <> 'takeover')`,
    ),
    check('agreements_became', sql`(${t.became} is null) = (${t.becameAt} is null)`),
    index('agreements_lease').on(t.leaseId, t.createdAt),
    index('agreements_left').on(t.fromLeaseId, t.createdAt),
    index('agreements_customer').on(t.customerId, t.createdAt),
    index('agreements_created').on(t.createdAt),
    check(
      'agreements_signed',
      sql`${t.inForceAt} is null or num_nulls(${t.signedAt}, ${t.proof}, ${t.code}, ${t.htmlSha256}, ${t.pdfSha256}, ${t.keyId}, ${t.signature}) = 0`,
    ),
  ],
);
