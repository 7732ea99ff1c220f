import { and, asc, eq, getTableColumns, inArray } from 'drizzle-orm';
import { documents, submissions } from '#db/schema/index';
import { list, type PersonalData } from '../personal-data.ts';

export const kycData: PersonalData = {
  holds: 'photographs of documents and of the face, document numbers, what identity checks found',
  kept: 'until the customer is erased; that a check was made, when and how it ended, stays',

  export: {
    // As he is shown them: what made a person look, and what that person saw, is for staff.
    identityChecks: list(async ({ tx, user, clear }) => {
      const isTheirs = eq(submissions.userId, user.id);
      const checks = await tx.select().from(submissions).where(isTheirs).orderBy(asc(submissions.createdAt));
      return checks.map(
        ({ documentNumberEncrypted, id, status, documentType, country, documentIds, reason, expiresOn, ...check }) => ({
          id,
          status,
          documentType,
          documentNumber: clear(documentNumberEncrypted),
          country,
          documentIds,
          noticeVersion: check.noticeVersion,
          consentedAt: check.consentedAt,
          documentExpiresOn: check.documentExpiresOn,
          createdAt: check.createdAt,
          reason,
          decidedAt: check.decidedAt,
          expiresOn,
        }),
      );
    }),
    documents: list(({ tx, user }) => {
      const { contentEncrypted: _content, keyId: _key, userId: _user, ...file } = getTableColumns(documents);
      return tx.select(file).from(documents).where(eq(documents.userId, user.id));
    }),
  },

  async erase({ tx, at }, { id }) {
    await tx.delete(documents).where(eq(documents.userId, id));
    await tx
      .update(submissions)
      .set({ documentNumberEncrypted: '', documentNumberHash: '', reason: null, reviewReason: null, verdict: null })
      .where(eq(submissions.userId, id));
    await tx
      .update(submissions)
      .set({ status: 'expired', decidedAt: at })
      .where(and(eq(submissions.userId, id), inArray(submissions.status, ['pending', 'in_review', 'approved'])));
  },
};
