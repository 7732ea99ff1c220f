import { and, eq, isNull, notInArray } from 'drizzle-orm';
import { openDeathOf } from '#db/queries/deaths';
import type { TransferRow } from '#db/queries/parties';
import { cases, leaseTransfers } from '#db/schema/index';
import { saidGone } from '#db/queries/said-gone';
import { Problem } from '#domain/errors';
import type { EventType } from '#domain/events/catalogue';
import { isOver, mayFollow, refuseReadiness, type TransferStatus } from '#domain/parties/transfer';
import { money } from '#domain/money';
import { closeCasesOf } from '../cases/close-case.ts';
import { emit, recordOnLease, type Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';
import { settleAgreements } from '../leases/agreement/settle-agreements.ts';
import { bookWhatWaits, refuseWhileEndHangs } from '../leases/before-end.ts';
import { lockLease, positionAt, type LeaseRecord } from '../leases/lease-record.ts';
import { whyHeld } from '../leases/refuse-while-said-gone.ts';

export type { TransferRow };

/** A transfer with its lease, both locked: the lease first, as everywhere. */
export interface TransferRecord {
  readonly lease: LeaseRecord;
  readonly row: TransferRow;
}

/** @throws Problem not_found */
export async function lockTransfer({ tx }: Pick<Context, 'tx'>, transferId: string): Promise<TransferRecord> {
  const [found] = await tx
    .select({ leaseId: leaseTransfers.leaseId })
    .from(leaseTransfers)
    .where(eq(leaseTransfers.id, transferId));
  if (found === undefined) throw new Problem('not_found');
  const lease = await lockLease(tx, found.leaseId);
  const [row] = await tx.select().from(leaseTransfers).where(eq(leaseTransfers.id, transferId)).for('update');
  if (row === undefined) throw new Problem('not_found');
  return { lease, row };
}

/** As `lockTransfer`, for what a person asks. @throws Problem invalid_state unless it is in one of the statuses and its time has not passed */
export async function lockTransferIn(
  context: Context,
  transferId: string,
  statuses: readonly TransferStatus[],
): Promise<TransferRecord> {
  const found = await lockTransfer(context, transferId);
  refuseOver(context, found.row, statuses);
  return found;
}

/** @throws Problem invalid_state */
export function refuseOver({ at }: Context, row: TransferRow, statuses: readonly TransferStatus[]): void {
  if (!statuses.includes(row.status))
    throw new Problem('invalid_state', `this is not possible while the transfer is ${row.status}`);
  if (row.expiresAt <= at)
    throw new Problem('invalid_state', `the transfer lapsed at ${row.expiresAt.toISOString()}: propose another one`);
}

/**
 * Whoever the lease is offered to, and its customer agrees.
 *
 * @throws Problem not_found for anybody else; invalid_state
 */
export async function requireNamed({ tx }: Context, row: TransferRow, userId: string): Promise<void> {
  const person = await requirePerson(tx, userId);
  if (person.phoneHash === null || person.phoneHash !== row.phoneHash) throw new Problem('not_found');
  if (row.agreedAt === null && !row.isEstate)
    throw new Problem('invalid_state', 'the customer of the lease has not agreed to it yet');
}

export async function openTransferOf({ tx }: Pick<Context, 'tx'>, leaseId: string): Promise<TransferRow | undefined> {
  const [open] = await tx
    .select()
    .from(leaseTransfers)
    .where(and(eq(leaseTransfers.leaseId, leaseId), isNull(leaseTransfers.endedAt)));
  return open;
}

/**
 * Only a lease that is in good standing is made over, with nothing of its money in doubt; one of an estate also while it waits. Call it with the lease locked.
 *
 * @returns the lease with what waited booked
 * @throws Problem transfer_refused; as `refuseWhileEndHangs` for money in doubt
 */
export async function refuseUnready(context: Context, found: LeaseRecord, isEstate: boolean): Promise<LeaseRecord> {
  const { tx, at } = context;
  if (found.row.status !== 'active' && !(isEstate && found.row.status === 'paused'))
    throw new Problem('transfer_refused', `the lease has to be active; it is ${found.row.status}`);
  if (isEstate) await requireEstate(context, found.row.customerId);
  await refuseWhileEndHangs(context, found);
  const lease = await bookWhatWaits(context, found);
  const { id, disputed } = lease.row;
  const gone = await saidGone(tx, id);
  if (gone !== null) throw new Problem('transfer_refused', whyHeld(gone));
  const isOpen = and(eq(cases.leaseId, id), eq(cases.status, 'open'), notInArray(cases.kind, [...expected]));
  const openCases = await tx.$count(cases, isOpen);
  const refused = refuseReadiness({ ...positionAt(lease, at), disputed, openCases });
  if (refused !== null) throw new Problem('transfer_refused', refused);
  return lease;
}

/** What was proven when it was proposed may have been found to be wrong since. */
async function requireEstate({ tx }: Context, customerId: string): Promise<void> {
  if ((await openDeathOf(tx, customerId))?.confirmedAt == null)
    throw new Problem('transfer_refused', 'its customer lives, as far as we know: he is asked whether he agrees');
}

/**
 * Cases that a transfer has open itself, an exchange that ends with it, or an estate, what concerns who had the lease before, and what the house has to do:
 * its own lateness holds up no customer.
 */
const expected = [
  'transfer_to_confirm',
  'upgrade_waits',
  'estate_to_settle',
  'estate_overdue',
  'former_chargeback',
  'collateral_overdue',
  'days_not_credited',
  'notice_undelivered',
  'warning_unconfirmed',
  'relay_not_proven',
  'text_in_doubt',
] as const;

type Told = Extract<EventType, `transfer.${string}`>;

/** Moves a transfer on, with its entry on the lease's timeline, and its event where somebody is told of it. */
export async function moveTransfer(
  context: Context,
  { lease, row }: TransferRecord,
  to: TransferStatus,
  changes: Partial<TransferRow> = {},
  event?: Told,
): Promise<TransferRow> {
  if (!mayFollow(row.status, to))
    throw new Problem('invalid_state', `this is not possible while the transfer is ${row.status}`);
  // Whose phone it is, is nobody's to know once it is over.
  const ended = isOver(to) ? { endedAt: context.at, phoneEncrypted: null, phoneHash: null } : {};
  const [moved] = await context.tx
    .update(leaseTransfers)
    .set({ ...changes, ...ended, status: to, updatedAt: context.at })
    .where(eq(leaseTransfers.id, row.id))
    .returning();
  if (moved === undefined) throw new Error(`transfer ${row.id} vanished`);
  await tellOfTransfer(context, lease, moved, event);
  if (isOver(to)) {
    await settleAgreements(context, { transferId: row.id }, to === 'completed' ? 'in_effect' : 'void');
    const isIts = and(eq(cases.leaseId, row.leaseId), eq(cases.kind, 'transfer_to_confirm'));
    await closeCasesOf(context, isIts, `the transfer is ${to}`);
  }
  return moved;
}

/** Puts where a transfer stands on the timeline of its lease, and emits its event. */
export async function tellOfTransfer(
  context: Context,
  { row: lease }: LeaseRecord,
  row: TransferRow,
  event?: Told,
): Promise<void> {
  const { id: transferId, leaseId, fromCustomerId, toCustomerId, status, reason } = row;
  const sum = (amount: number | null) => (amount === null ? null : money(amount, lease.currency));
  const isAgreed = row.isEstate || row.agreedAt !== null;
  const facts = { transferId, status, isAgreed, paid: sum(row.paid), outstanding: sum(row.outstanding) };
  await recordOnLease(context, lease, {
    type: `transfer.${status}`,
    detail: { transferId, ...(reason === null ? {} : { reason }) },
  });
  if (event === undefined) return;
  const data = { leaseId, vehicleId: lease.vehicleId, fromCustomerId, toCustomerId, ...facts };
  await emit(context, { type: event, subject: leaseId, leaseId, data });
}
