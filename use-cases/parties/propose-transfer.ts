import { and, eq, gt } from 'drizzle-orm';
import { openDeathOf } from '#db/queries/deaths';
import { leaseTransfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { lapsesAt } from '#domain/parties/transfer';
import { marketOfPhone } from '#domain/phone';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';
import { lockLease, requireOwn, type LeaseRow } from '../leases/lease-record.ts';
import { lapseTransfer } from './end-transfer.ts';
import { lockTransferIn, openTransferOf, refuseUnready, tellOfTransfer, type TransferRow } from './transfer-record.ts';

const DAY = 86_400_000;
/** Proposals of one lease in 30 days. */
const MOST = 5;

interface Proposal {
  readonly transferId: string;
  readonly leaseId: string;
  /** Of the other person, E.164. */
  readonly phone: string;
}

/**
 * Proposes that somebody else takes a lease over as it is. What its customer proposes he agrees to; what an agent proposes he
 * is asked about. The answer is the same whether the other person is registered or not. Repeated, it gives the one that is
 * there, whatever has become of it.
 *
 * @throws Problem transfer_under_way; unprocessable for a phone that cannot be meant; as `refuseUnready`
 */
export async function proposeTransfer(
  context: Context,
  encryption: Encryption,
  { transferId: id, leaseId, phone }: Proposal,
): Promise<TransferRow> {
  const { tx, at, actor } = context;
  const found = await lockLease(tx, leaseId);
  requireOwn(context, found.row);
  const [known] = await tx.select().from(leaseTransfers).where(eq(leaseTransfers.id, id));
  if (known !== undefined) return known;
  const before = await openTransferOf(context, leaseId);
  // One whose time has passed is over, also where nobody has said so yet.
  if (before !== undefined && (await lapseTransfer(context, before.id)).endedAt === null)
    throw new Problem('transfer_under_way', `it is under way as ${before.id}`);
  const phoneHash = encryption.hash('phone', phone);
  const customer = await requirePerson(tx, found.row.customerId);
  refusePhone(found.row, phone, customer.phoneHash === phoneHash);
  await refuseMany(context, found.row);
  const isEstate = await isOfEstate(context, customer.id);
  const lease = await refuseUnready(context, found, isEstate);
  const [row] = await tx
    .insert(leaseTransfers)
    .values({
      id,
      leaseId,
      fromCustomerId: customer.id,
      status: 'proposed',
      phoneEncrypted: encryption.encrypt(phone),
      phoneHash,
      proposedBy: actor.id,
      isEstate,
      agreedAt: isStaff(actor.role) ? null : at,
      expiresAt: lapsesAt(at),
      createdAt: at,
      updatedAt: at,
    })
    .returning();
  if (row === undefined) throw new Error('the transfer was not stored');
  await tellOfTransfer(context, lease, row, 'transfer.proposed');
  return row;
}

/**
 * Whoever has died agrees to nothing: an agent proposes the heir.
 *
 * @throws Problem transfer_refused while it is not proven, and to his phone; same_person for whoever has seen the proof
 */
async function isOfEstate({ tx, actor }: Context, customerId: string): Promise<boolean> {
  const death = await openDeathOf(tx, customerId);
  if (death === undefined) return false;
  if (death.confirmedAt === null || !isStaff(actor.role))
    throw new Problem(
      'transfer_refused',
      'its customer is said to have died: once that is proven an agent proposes an heir',
    );
  if (death.confirmedBy === actor.id) throw new Problem('same_person');
  return true;
}

/** Nobody is asked about one lease again and again by the same customer. */
async function refuseMany({ tx, at }: Context, { id, customerId }: LeaseRow): Promise<void> {
  const since = new Date(at.getTime() - 30 * DAY);
  const made = await tx.$count(
    leaseTransfers,
    and(
      eq(leaseTransfers.leaseId, id),
      eq(leaseTransfers.fromCustomerId, customerId),
      gt(leaseTransfers.createdAt, since),
    ),
  );
  if (made >= MOST) throw new Problem('transfer_refused', `at most ${MOST} are proposed in 30 days`);
}

function refusePhone({ market }: LeaseRow, phone: string, isOwn: boolean): void {
  const refuse = (message: string) => new Problem('unprocessable', message, [{ path: 'phone', message }]);
  if (isOwn) throw refuse('must be somebody else’s: the lease is the customer’s already');
  if (marketOfPhone(phone) !== market) throw refuse(`must be a number of ${market}, as the lease is`);
}

/**
 * Its customer agrees to what an agent has proposed: only then may the other person accept.
 *
 * @throws Problem invalid_state once he has, or it is accepted or over
 */
export async function agreeToTransfer(context: Context, transferId: string): Promise<TransferRow> {
  const found = await lockTransferIn(context, transferId, ['proposed']);
  if (found.row.agreedAt !== null || found.row.isEstate)
    throw new Problem('invalid_state', 'there is nothing to agree to');
  const [row] = await context.tx
    .update(leaseTransfers)
    .set({ agreedAt: context.at, updatedAt: context.at })
    .where(eq(leaseTransfers.id, transferId))
    .returning();
  if (row === undefined) throw new Error(`transfer ${transferId} vanished`);
  await tellOfTransfer(context, found.lease, row, 'transfer.proposed');
  return row;
}
