import { and, eq, inArray, isNull, notInArray } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { documents, leases, methods, notifications, sessions, submissions, users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Role } from '#domain/identity/roles';
import { hasEnded, leaseStatuses } from '#domain/leases/status';
import type { Encryption } from '#platform/encryption';
import { emit, record, type Context } from '../context.ts';
import { hashPassword } from './password.ts';
import type { UserRow } from './sessions.ts';

/** Creates a member of staff. @throws Problem already_exists */
export async function createStaff(context: Context, input: { email: string; name: string; role: Exclude<Role, 'customer'>; password: string }): Promise<UserRow> {
  const { password, email, ...rest } = input;
  const [created] = await context.tx
    .insert(users)
    .values({ id: uuidv7(), email: email.toLowerCase(), passwordHash: await hashPassword(password), ...rest, createdAt: context.at, updatedAt: context.at })
    .onConflictDoNothing({ target: users.email })
    .returning();
  if (created === undefined) throw new Problem('already_exists', 'There is a user with this e-mail', [{ path: 'email', message: 'is taken' }]);
  await record(context, { type: 'user.created', subject: created.id, detail: { role: input.role } });
  await emit(context, { type: 'user.created', subject: created.id, data: { userId: created.id, role: input.role } });
  return created;
}

export interface UserChanges {
  readonly name?: string | undefined;
  readonly language?: string | undefined;
  readonly monthlyIncome?: number | null | undefined;
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
}

/** Changes a user; disabling one ends its sessions. @throws Problem not_found, precondition_failed */
export async function updateUser(context: Context, id: string, changes: UserChanges, version?: number): Promise<UserRow> {
  const { tx, at } = context;
  const [before] = await tx.select().from(users).where(eq(users.id, id)).for('update');
  if (before === undefined) throw new Problem('not_found');
  if (version !== undefined && version !== before.version) throw new Problem('precondition_failed');
  if (changes.role !== undefined && (changes.role === 'customer') !== (before.role === 'customer')) {
    throw new Problem('unprocessable', 'Customers and staff log in differently', [{ path: 'role', message: 'cannot change between customer and staff' }]);
  }
  const { disabled, name, language, monthlyIncome, role } = changes;
  const [after] = await tx
    .update(users)
    .set({
      ...(name === undefined ? {} : { name }),
      ...(language === undefined ? {} : { language }),
      ...(monthlyIncome === undefined ? {} : { monthlyIncome }),
      ...(role === undefined ? {} : { role }),
      ...(disabled === undefined ? {} : { disabledAt: disabled ? at : null }),
      version: before.version + 1,
      updatedAt: at,
    })
    .where(eq(users.id, id))
    .returning();
  if (after === undefined) throw new Problem('not_found');
  if (disabled === true) await endSessions(context, id);
  await record(context, { type: 'user.updated', subject: id, detail: { fields: Object.keys(changes) } });
  return after;
}

/**
 * Erases a customer's personal data: name, phone, documents, messages. Leases, payments and the books
 * stay, without a name, as the law on accounts wants.
 *
 * @throws Problem invalid_state while a lease is alive.
 */
export async function eraseUser(context: Context, id: string): Promise<void> {
  const { tx, at } = context;
  await tx.select().from(users).where(eq(users.id, id)).for('update');
  const over = leaseStatuses.filter((status) => hasEnded(status));
  const [alive] = await tx
    .select({ id: leases.id })
    .from(leases)
    .where(and(eq(leases.customerId, id), notInArray(leases.status, over)))
    .limit(1);
  if (alive !== undefined) throw new Problem('invalid_state', 'There is a lease that is not over');
  await tx.delete(documents).where(eq(documents.userId, id));
  await tx.delete(notifications).where(eq(notifications.userId, id));
  await tx.update(submissions).set({ documentNumberEncrypted: '', documentNumberHash: '' }).where(eq(submissions.userId, id));
  await tx.update(methods).set({ phoneEncrypted: '', phoneHash: '', masked: 'erased', deletedAt: at }).where(eq(methods.userId, id));
  await tx
    .update(users)
    .set({ name: 'erased', phoneEncrypted: null, phoneHash: null, monthlyIncome: null, erasedAt: at, disabledAt: at, updatedAt: at })
    .where(eq(users.id, id));
  await endSessions(context, id);
  await record(context, { type: 'user.erased', subject: id });
}

async function endSessions({ tx, at }: Context, userId: string): Promise<void> {
  await tx
    .update(sessions)
    .set({ revokedAt: at })
    .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt)));
}

/** All that is held about a person, in clear, for that person. */
export async function exportUser({ tx }: Pick<Context, 'tx'>, encryption: Encryption, id: string) {
  const [user] = await tx.select().from(users).where(eq(users.id, id));
  if (user === undefined) throw new Problem('not_found');
  const [kyc, files, ways, own, texts] = await Promise.all([
    tx.select().from(submissions).where(eq(submissions.userId, id)),
    tx.select({ id: documents.id, kind: documents.kind, sha256: documents.sha256, size: documents.size, createdAt: documents.createdAt }).from(documents).where(eq(documents.userId, id)),
    tx.select().from(methods).where(eq(methods.userId, id)),
    tx.select({ id: leases.id, reference: leases.reference, status: leases.status, createdAt: leases.createdAt }).from(leases).where(eq(leases.customerId, id)),
    tx.select().from(notifications).where(inArray(notifications.userId, [id])),
  ]);
  const clear = (sealed: string | null) => (sealed === null || sealed === '' ? null : encryption.decrypt(sealed));
  const { name, market, language, monthlyIncome, createdAt } = user;
  return {
    user: { id, name, market, language, monthlyIncome, createdAt, phone: clear(user.phoneEncrypted) },
    kyc: kyc.map(({ id: submissionId, status, documentType, documentNumberEncrypted, country, consentedAt, noticeVersion, createdAt: submittedAt }) => ({
      id: submissionId,
      status,
      documentType,
      documentNumber: clear(documentNumberEncrypted),
      country,
      consentedAt,
      noticeVersion,
      submittedAt,
    })),
    documents: files,
    paymentMethods: ways.map(({ id: methodId, provider, phoneEncrypted, createdAt: addedAt, deletedAt }) => ({ id: methodId, provider, phone: clear(phoneEncrypted), addedAt, deletedAt })),
    leases: own,
    messages: texts.map(({ template, bodyEncrypted, sentAt }) => ({ template, body: clear(bodyEncrypted), sentAt })),
  };
}
