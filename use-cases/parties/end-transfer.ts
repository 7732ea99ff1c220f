import { and, eq, isNull, lte, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { leaseClock } from '#db/queries/leases';
import { leases, leaseTransfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import { isOver, type TransferStatus } from '#domain/parties/transfer';
import { doEach } from '#platform/attempt-each';
import { transact, type Context } from '../context.ts';
import { lockLease } from '../leases/lease-record.ts';
import { lockTransfer, moveTransfer, openTransferOf, type TransferRow } from './transfer-record.ts';

interface Ending {
  readonly transferId: string;
  /** By the other person, by the customer or an agent, or by an admin who does not confirm it. */
  readonly as: Extract<TransferStatus, 'refused' | 'withdrawn' | 'rejected'>;
  readonly reason: string;
}

/** Nothing comes of it, and the lease is as it was. Also of one whose time has passed. @throws Problem invalid_state once it is over */
export async function endTransfer(context: Context, { transferId, as, reason }: Ending): Promise<TransferRow> {
  const found = await lockTransfer(context, transferId);
  if (isOver(found.row.status))
    throw new Problem('invalid_state', `this is not possible while the transfer is ${found.row.status}`);
  return moveTransfer(context, found, as, { reason, decidedBy: context.actor.id }, 'transfer.ended');
}

/** Its customer lives: whoever was to have it as an heir has it not. Harmless where there is none. */
export async function endForEstate(context: Context, leaseId: string): Promise<void> {
  await lockLease(context.tx, leaseId);
  const open = await openTransferOf(context, leaseId);
  if (open?.isEstate !== true) return;
  const found = await lockTransfer(context, open.id);
  await moveTransfer(context, found, 'rejected', { reason: 'the customer lives' }, 'transfer.ended');
}

/** Ends one whose time has passed on the clock of its lease. One that goes on, or is over, stays as it is. */
export async function lapseTransfer(context: Context, transferId: string): Promise<TransferRow> {
  const found = await lockTransfer(context, transferId);
  const { status, expiresAt } = found.row;
  if (isOver(status) || expiresAt > context.at) return found.row;
  const reason = `nobody went on with it until ${expiresAt.toISOString()}`;
  return moveTransfer(context, found, 'lapsed', { reason }, 'transfer.ended');
}

/**
 * Ends transfers that nobody went on with in time: upkeep
 * looks every few minutes.
 *
 * @param wall the wall's time; each lapses on the clock of its lease
 */
export async function lapseTransfers(db: Database, wall: Date, beat: () => void): Promise<void> {
  const clock = sql`${wall.toISOString()}::timestamptz + ${leases.clockOffsetMs} * interval '1 millisecond'`;
  const due = await db
    .select({ id: leaseTransfers.id, clockOffsetMs: leases.clockOffsetMs })
    .from(leaseTransfers)
    .innerJoin(leases, eq(leases.id, leaseTransfers.leaseId))
    .where(and(isNull(leaseTransfers.endedAt), lte(leaseTransfers.expiresAt, clock)));
  await doEach(due, async ({ id, clockOffsetMs }) => {
    beat();
    const at = leaseClock({ clockOffsetMs }, wall.getTime());
    await transact(db, system('upkeep'), at, (context) => lapseTransfer(context, id));
  });
}
