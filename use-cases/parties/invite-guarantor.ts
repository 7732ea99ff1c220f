import { and, eq, gt, inArray, isNull, or } from 'drizzle-orm';
import { guarantees, users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { hasEnded } from '#domain/leases/status';
import { ASKED_AGAIN_DAYS, guaranteeCapOf, INVITED_DAYS } from '#domain/parties/guarantee';
import { marketOfPhone } from '#domain/phone';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';
import { createCustomer } from '../identity/create-customer.ts';
import { lockLease, requireOwn, unitOf, type LeaseRow } from '../leases/lease-record.ts';
import { tellOfGuarantee, type GuaranteeRow } from './guarantee-record.ts';

const DAY = 86_400_000;
/** Whom a customer may have asked for one lease in 90 days, and who may answer for it at once. */
const MOST_ASKED = 3;
const MOST_AT_ONCE = 2;

interface Invitation {
  readonly guaranteeId: string;
  readonly leaseId: string;
  readonly name: string;
  /** E.164. */
  readonly phone: string;
}

/**
 * The customer has somebody asked to answer for his lease: that is one text, and nothing before it or after it unless he
 * consents. For a phone that nobody has registered an account is made to ask him by; it is erased where he does not come.
 * The answer is the same whether he is known. Repeated, it gives the one that is there.
 *
 * @throws Problem invalid_state once the lease has ended; conflict where enough were asked; unprocessable naming `phone`
 */
export async function inviteGuarantor(
  context: Context,
  encryption: Encryption,
  { guaranteeId: id, leaseId, name, phone }: Invitation,
): Promise<GuaranteeRow> {
  const { tx, at } = context;
  const { row: lease } = await lockLease(tx, leaseId);
  requireOwn(context, lease);
  const [before] = await tx.select().from(guarantees).where(eq(guarantees.id, id));
  if (before !== undefined) return before;
  if (hasEnded(lease.status)) throw new Problem('invalid_state', `the lease is ${lease.status}`);
  const customer = await requirePerson(tx, lease.customerId);
  const phoneHash = encryption.hash('phone', phone);
  const refuse = (message: string) => new Problem('unprocessable', message, [{ path: 'phone', message }]);
  if (customer.phoneHash === phoneHash) throw refuse('must be somebody else’s');
  if (marketOfPhone(phone) !== lease.market) throw refuse(`must be a number of ${lease.market}, as the lease is`);
  await refuseMany(context, lease);
  await refuseAskedBefore(context, { leaseId, customerId: customer.id, phoneHash });
  const made = await createCustomer(context, encryption, {
    phone,
    name,
    market: lease.market,
    isNamedByOther: true,
  });
  const guarantorId = made ?? (await holderOf(context, phoneHash));
  const [row] = await tx
    .insert(guarantees)
    .values({
      id,
      leaseId,
      customerId: customer.id,
      guarantorId,
      phoneHash,
      isMadeForIt: made !== null,
      status: 'invited',
      cap: guaranteeCapOf(lease.totalPrice, lease.plan, unitOf(lease)),
      invitedAt: at,
      expiresAt: new Date(at.getTime() + INVITED_DAYS * DAY),
    })
    .returning();
  if (row === undefined) throw new Error('the guarantee was not stored');
  await tellOfGuarantee(context, lease, row, 'guarantor.invited');
  return row;
}

async function refuseMany({ tx, at }: Context, { id, customerId }: LeaseRow): Promise<void> {
  const isOfIt = and(eq(guarantees.leaseId, id), eq(guarantees.customerId, customerId));
  const asked = await tx.$count(guarantees, and(isOfIt, gt(guarantees.invitedAt, new Date(at.getTime() - 90 * DAY))));
  const open = await tx.$count(guarantees, and(isOfIt, inArray(guarantees.status, ['invited', 'consented'])));
  if (asked >= MOST_ASKED) throw new Problem('conflict', `at most ${MOST_ASKED} are asked in 90 days`);
  if (open >= MOST_AT_ONCE) throw new Problem('conflict', `at most ${MOST_AT_ONCE} answer for a lease`);
}

async function holderOf({ tx }: Context, phoneHash: string): Promise<string> {
  const [user] = await tx.select({ id: users.id }).from(users).where(eq(users.phoneHash, phoneHash)).for('key share');
  if (user === undefined) throw new Problem('conflict');
  return user.id;
}

/** Nobody is asked twice for a lease, nor by the same customer within a year where he did not consent. */
async function refuseAskedBefore(
  { tx, at }: Context,
  {
    leaseId,
    customerId,
    phoneHash,
  }: { readonly leaseId: string; readonly customerId: string; readonly phoneHash: string },
): Promise<void> {
  const since = new Date(at.getTime() - ASKED_AGAIN_DAYS * DAY);
  const hasNot = and(
    eq(guarantees.customerId, customerId),
    isNull(guarantees.consentedAt),
    gt(guarantees.invitedAt, since),
  );
  const isSaid = and(eq(guarantees.phoneHash, phoneHash), or(eq(guarantees.leaseId, leaseId), hasNot));
  if ((await tx.$count(guarantees, isSaid)) === 0) return;
  throw new Problem('conflict', 'whoever has this phone was asked already: nobody is asked twice');
}
