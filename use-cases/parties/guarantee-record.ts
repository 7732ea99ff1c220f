import { and, eq, inArray } from 'drizzle-orm';
import type { GuaranteeRow } from '#db/queries/guarantees';
import { assessments, guarantees, pins, sessions, users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { EventType } from '#domain/events/catalogue';
import { isApplication } from '#domain/leases/status';
import { isOver, mayFollow, type GuaranteeStatus } from '#domain/parties/guarantee';
import { money } from '#domain/money';
import { emit, recordOnLease, type Context } from '../context.ts';
import { eraseUser } from '../identity/erase-user.ts';
import { settleAgreements } from '../leases/agreement/settle-agreements.ts';
import { lockLease, updateLease, type LeaseRecord, type LeaseRow } from '../leases/lease-record.ts';

export type { GuaranteeRow };

/** A guarantee with its lease, both locked: the lease first. */
export interface GuaranteeRecord {
  readonly lease: LeaseRecord;
  readonly row: GuaranteeRow;
}

/** @throws Problem not_found */
export async function lockGuarantee({ tx }: Pick<Context, 'tx'>, id: string): Promise<GuaranteeRecord> {
  const [found] = await tx.select({ leaseId: guarantees.leaseId }).from(guarantees).where(eq(guarantees.id, id));
  if (found === undefined) throw new Problem('not_found');
  const lease = await lockLease(tx, found.leaseId);
  const [row] = await tx.select().from(guarantees).where(eq(guarantees.id, id)).for('update');
  if (row === undefined) throw new Problem('not_found');
  return { lease, row };
}

type Told = Extract<EventType, `guarantor.${string}`>;

/**
 * Moves a guarantee on, with its entry and event. Who was asked, has never come and answers for nothing is nobody's to know:
 * what was made for him to be asked is erased.
 */
export async function moveGuarantee(
  context: Context,
  { lease, row }: GuaranteeRecord,
  to: GuaranteeStatus,
  changes: Partial<GuaranteeRow> = {},
  event?: Told,
): Promise<GuaranteeRow> {
  if (!mayFollow(row.status, to))
    throw new Problem('invalid_state', `this is not possible while the guarantee is ${row.status}`);
  const ended = isOver(to) ? { endedAt: context.at } : {};
  const [moved] = await context.tx
    .update(guarantees)
    .set({ ...changes, ...ended, status: to })
    .where(eq(guarantees.id, row.id))
    .returning();
  if (moved === undefined) throw new Error(`guarantee ${row.id} vanished`);
  if (isOver(to)) await settleAgreements(context, { guaranteeId: row.id }, 'void');
  await noteGuarantors(context, lease);
  await tellOfGuarantee(context, lease.row, moved, event);
  if (isOver(to) && row.consentedAt === null) await forget(context, row.guarantorId);
  return moved;
}

/** Who was asked, has never come and is asked by nobody any more is erased: later, where something is open between him and the house. */
export async function forget(context: Context, userId: string): Promise<void> {
  const { tx } = context;
  const [user] = await tx.select().from(users).where(eq(users.id, userId)).for('key share');
  if (user === undefined || user.erasedAt !== null) return;
  const asked = await tx.select().from(guarantees).where(eq(guarantees.guarantorId, userId));
  const isMadeForIt = asked.some((one) => one.isMadeForIt);
  const came = [tx.$count(sessions, eq(sessions.userId, userId)), tx.$count(pins, eq(pins.userId, userId))];
  const hasCome = (await Promise.all(came)).some((count) => count > 0);
  if (!isMadeForIt || hasCome || !asked.every(({ status }) => isOver(status))) return;
  try {
    await eraseUser(context, userId);
  } catch (error) {
    // Something is open between him and the house, which is neither the customer's to know nor in anybody's way.
    if (!(error instanceof Problem) || error.code !== 'invalid_state') throw error;
  }
}

/** An application whose credit was given on somebody who answers for it is told whether there is one. */
async function noteGuarantors(context: Context, { row: lease }: LeaseRecord): Promise<void> {
  if (!isApplication(lease.status)) return;
  const [credit] = await context.tx.select().from(assessments).where(eq(assessments.leaseId, lease.id));
  if (credit?.conditions?.guarantor !== true) return;
  const isConsented = and(eq(guarantees.leaseId, lease.id), eq(guarantees.status, 'consented'));
  const lacksGuarantor = (await context.tx.$count(guarantees, isConsented)) === 0;
  if (lacksGuarantor !== lease.lacksGuarantor) await updateLease(context, lease, { lacksGuarantor });
}

/** A lease has another customer, or was left for another one: nobody answers for what he has not said yes to. Call it with the lease locked. */
export async function releaseGuarantors(context: Context, lease: LeaseRecord, reason: string): Promise<void> {
  const isOpen = and(eq(guarantees.leaseId, lease.row.id), inArray(guarantees.status, ['invited', 'consented']));
  for (const row of await context.tx.select().from(guarantees).where(isOpen).for('update'))
    await moveGuarantee(context, { lease, row }, 'released', { reason }, 'guarantor.ended');
}

/** Puts it on the lease's timeline, and emits its event. */
export async function tellOfGuarantee(
  context: Context,
  { currency, id: leaseId, ...lease }: LeaseRow,
  row: GuaranteeRow,
  event?: Told,
  asked: number | null = null,
): Promise<void> {
  const { id: guaranteeId, guarantorId, status } = row;
  const type = event === 'guarantor.called' ? 'guarantor.called' : `guarantor.${status}`;
  await recordOnLease(context, { id: leaseId, status: lease.status }, { type, detail: { guaranteeId } });
  if (event === undefined) return;
  const cap = money(row.cap, currency);
  const due = asked === null ? null : money(asked, currency);
  const data = { leaseId, guaranteeId, guarantorId, status, cap, asked: due };
  await emit(context, { type: event, subject: leaseId, leaseId, data });
}
