import { asc, eq, getTableColumns, inArray, or } from 'drizzle-orm';
import {
  assessments,
  attempts,
  audit,
  documents,
  leases,
  methods,
  notifications,
  riskEvents,
  sessions,
  submissions,
  users,
} from '#db/schema/index';
import { Problem } from '#domain/errors';
import { clearOf, type Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';

/**
 * All that is held about a person, decrypted for that person. Files come by their own address
 * (`/v1/kyc/documents/{id}/content`), positions by that of the vehicle.
 *
 * @throws Problem not_found
 */
export async function exportUser({ tx, at }: Context, encryption: Encryption, id: string) {
  const [user] = await tx.select().from(users).where(eq(users.id, id));
  if (user === undefined) throw new Problem('not_found');
  const clear = (sealed: string | null) => clearOf(encryption, sealed);

  const own = await tx.select().from(leases).where(eq(leases.customerId, id)).orderBy(asc(leases.createdAt));
  const leaseIds = own.map((lease) => lease.id);
  const checks = await tx
    .select()
    .from(submissions)
    .where(eq(submissions.userId, id))
    .orderBy(asc(submissions.createdAt));
  const { contentEncrypted: _content, keyId: _key, userId: _user, ...file } = getTableColumns(documents);
  const files = await tx.select(file).from(documents).where(eq(documents.userId, id));
  const ways = await tx.select().from(methods).where(eq(methods.userId, id));
  const texts = await tx
    .select()
    .from(notifications)
    .where(eq(notifications.userId, id))
    .orderBy(asc(notifications.createdAt));
  const logins = await tx.select().from(sessions).where(eq(sessions.userId, id)).orderBy(asc(sessions.createdAt));
  const credit = await tx.select().from(assessments).where(eq(assessments.customerId, id));
  const paid =
    leaseIds.length === 0
      ? []
      : await tx.select().from(attempts).where(inArray(attempts.leaseId, leaseIds)).orderBy(asc(attempts.createdAt));
  const risks =
    leaseIds.length === 0 ? [] : await tx.select().from(riskEvents).where(inArray(riskEvents.leaseId, leaseIds));
  const about =
    leaseIds.length === 0 ? eq(audit.subject, id) : or(eq(audit.subject, id), inArray(audit.leaseId, leaseIds));
  const history = await tx
    .select({ at: audit.at, type: audit.type, subject: audit.subject, detail: audit.detail })
    .from(audit)
    .where(about)
    .orderBy(asc(audit.number));

  const { phoneEncrypted, phoneHash: _phone, passwordHash: _password, version: _version, ...person } = user;
  return {
    exportedAt: at,
    user: { ...person, phone: clear(phoneEncrypted) },
    identityChecks: checks.map(
      ({ documentNumberEncrypted, documentNumberHash: _number, callbackHash: _callback, jobId: _job, ...check }) => ({
        ...check,
        documentNumber: clear(documentNumberEncrypted),
      }),
    ),
    documents: files,
    paymentMethods: ways.map(({ phoneEncrypted: phone, phoneHash: _hash, ...way }) => ({
      ...way,
      phone: clear(phone),
    })),
    creditAssessments: credit,
    leases: own,
    payments: paid.map(({ callbackHash: _callback, transferId: _transfer, agentId: _agent, ...payment }) => payment),
    riskEvents: risks,
    messages: texts.map(({ bodyEncrypted, key: _messageKey, ...text }) => ({ ...text, body: clear(bodyEncrypted) })),
    sessions: logins,
    history,
  };
}
