import { sql } from 'drizzle-orm';
import { char, check, date, index, integer, jsonb, pgSchema, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { DocumentKind, DocumentType, KycStatus } from '../../domain/kyc/submission.ts';
import { bytea, id, instant } from './columns.ts';
import { users } from './identity.ts';

export const kyc = pgSchema('kyc');

/** Uploaded files, encrypted; `sha256` and `size` are of the clear file. */
export const documents = kyc.table(
  'documents',
  {
    id: id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    kind: text('kind').$type<DocumentKind>().notNull(),
    mediaType: text('media_type').notNull(),
    sha256: char('sha256', { length: 64 }).notNull(),
    size: integer('size').notNull(),
    contentEncrypted: bytea('content_encrypted').notNull(),
    /** The encryption key of the content. */
    keyId: text('key_id').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('documents_content').on(t.userId, t.sha256, t.kind)],
);

export const submissions = kyc.table(
  'submissions',
  {
    id: id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    status: text('status').$type<KycStatus>().notNull(),
    documentType: text('document_type').$type<DocumentType>().notNull(),
    documentNumberEncrypted: text('document_number_encrypted').notNull(),
    /** Keyed hash: the same document at another customer is found without reading it. */
    documentNumberHash: text('document_number_hash').notNull(),
    country: char('country', { length: 2 }).notNull(),
    documentIds: uuid('document_ids').array().notNull(),
    noticeVersion: text('notice_version').notNull(),
    consentedAt: instant('consented_at').notNull(),
    /** The provider's job, once it took the check; it has no idempotency key, so this is written first. */
    jobId: text('job_id'),
    callbackHash: text('callback_hash'),
    verdict: jsonb('verdict').$type<{ state: string; reason: string | null }>(),
    /** Why a person must look; for staff only. */
    reviewReason: text('review_reason'),
    /** End of the agents' service level. */
    reviewDueAt: instant('review_due_at'),
    /** Why it was rejected or expired, in words for the customer. */
    reason: text('reason'),
    decidedBy: uuid('decided_by'),
    decidedAt: instant('decided_at'),
    /** The document's last valid day, where the customer named it. */
    documentExpiresOn: date('document_expires_on', { mode: 'string' }),
    /** First local day on which the approval no longer holds. */
    expiresOn: date('expires_on', { mode: 'string' }),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('submissions_open')
      .on(t.userId)
      .where(sql`${t.status} in ('pending', 'in_review')`),
    uniqueIndex('submissions_callback').on(t.callbackHash),
    index('submissions_document').on(t.documentNumberHash),
    index('submissions_user').on(t.userId, t.createdAt),
    index('submissions_status').on(t.status, t.id),
    check('submissions_status', sql`${t.status} in ('pending', 'in_review', 'approved', 'rejected', 'expired')`),
  ],
);
