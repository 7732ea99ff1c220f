import { and, eq, inArray } from 'drizzle-orm';
import type { GuaranteeRow } from '#db/queries/guarantees';
import { guarantees, sessions, users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { EventType } from '#domain/events/catalogue';
import { isOver, mayFollow, type GuaranteeStatus } from '#domain/parties/guarantee';
import { money } from '#domain/money';
import { emit, recordOnLease, type Context } from '../context.ts';
import { eraseUser } from '../identity/erase-user.ts';
import { lockLease, type LeaseRecord, type LeaseRow } from '../leases/lease-record.ts';

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
  await tellOfGuarantee(context, lease.row, moved, event);
  if (isOver(to) && row.consentedAt === null && row.isMadeForIt) await forget(context, row.guarantorId);
  return moved;
}

async function forget(context: Context, userId: string): Promise<void> {
  const { tx } = context;
  const [user] = await tx.select().from(users).where(eq(users.id, userId));
  const hasCome = (await tx.$count(sessions, eq(sessions.userId, userId))) > 0;
  if (user !== undefined && user.erasedAt === null && !hasCome) await eraseUser(context, userId);
}

/** A lease has another customer: nobody answers for somebody whom he has not said yes to. Call it with the lease locked. */
export async function releaseGuarantors(context: Context, lease: LeaseRecord): Promise<void> {
  const isOpen = and(eq(guarantees.leaseId, lease.row.id), inArray(guarantees.status, ['invited', 'consented']));
  for (const row of await context.tx.select().from(guarantees).where(isOpen).for('update'))
    await moveGuarantee(
      context,
      { lease, row },
      'released',
      { reason: 'the lease is somebody else’s' },
      'guarantor.ended',
    );
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
