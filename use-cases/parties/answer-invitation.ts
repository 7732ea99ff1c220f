import { and, eq, inArray, isNull, lte, notExists, or, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { leaseClock } from '#db/queries/leases';
import { guarantees, leases, sessions, users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { isStaff, system } from '#domain/identity/roles';
import { hasEnded, isApplication, leaseStatuses } from '#domain/leases/status';
import { isOver, mayFollow } from '#domain/parties/guarantee';
import { doEach } from '#platform/attempt-each';
import { transact, type Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';
import { bindAgreement } from '../leases/agreement/bind-agreement.ts';
import type { Prepared } from '../leases/agreement/prepare-signature.ts';
import { settleAgreements } from '../leases/agreement/settle-agreements.ts';
import { forget, lockGuarantee, moveGuarantee, type GuaranteeRow } from './guarantee-record.ts';

interface Consent {
  readonly guaranteeId: string;
  /** What he signs with. */
  readonly name: string;
  /** What he has read that he answers for, in minor units of the lease's currency. */
  readonly cap: number;
  /** What he has signed. */
  readonly document: Prepared;
}

/**
 * Who was asked consents, having proven that he has his phone: he answers for the lease up to what he was told.
 *
 * @throws Problem invalid_state unless he is asked and his time has not passed; unprocessable naming `cap` for another sum than he was told;
 * agreement_outdated as `bindAgreement`
 */
export async function consentToGuarantee(context: Context, consent: Consent): Promise<GuaranteeRow> {
  const { guaranteeId, name, cap, document } = consent;
  const found = await lockGuarantee(context, guaranteeId);
  const { status, expiresAt, guarantorId, cap: told } = found.row;
  if (status !== 'invited') throw new Problem('invalid_state', `this is not possible while the guarantee is ${status}`);
  if (expiresAt <= context.at) throw new Problem('invalid_state', 'the invitation has lapsed');
  if (hasEnded(found.lease.row.status)) throw new Problem('invalid_state', 'the lease is over');
  await requirePerson(context.tx, guarantorId);
  if (cap !== told) {
    const message = `must be what you answer for, ${told}`;
    throw new Problem('unprocessable', message, [{ path: 'cap.amount', message }]);
  }
  const { id: leaseId, deposit, totalPrice: total, status: standing } = found.lease.row;
  await bindAgreement(context, { ...document, leaseId, deposit, total, liability: cap });
  // Of a lease that has not begun it takes effect with the handover.
  if (!isApplication(standing)) await settleAgreements(context, { guaranteeId }, 'in_effect');
  const changes = { consentedAt: context.at, signedName: name };
  return moveGuarantee(context, found, 'consented', changes, 'guarantor.consented');
}

/**
 * He answers for nothing: who was asked refuses, or goes back on it before the agreement is signed; the customer takes back
 * whom he has asked, until then too; staff release anybody.
 *
 * @throws Problem invalid_state once it is over, or where the agreement is signed on his word
 */
export async function endGuarantee(
  context: Context,
  { guaranteeId, reason }: { readonly guaranteeId: string; readonly reason: string },
): Promise<GuaranteeRow> {
  const found = await lockGuarantee(context, guaranteeId);
  const { row, lease } = found;
  if (isOver(row.status))
    throw new Problem('invalid_state', `this is not possible while the guarantee is ${row.status}`);
  const { actor } = context;
  if (isStaff(actor.role)) return moveGuarantee(context, found, 'released', { reason }, 'guarantor.ended');
  const isSigned = row.status === 'consented' && lease.row.agreementSignedAt !== null;
  if (isSigned) throw new Problem('invalid_state', 'the agreement is signed: staff release whoever answers for it');
  const isHis = actor.id === row.guarantorId;
  const to = isHis && row.status === 'invited' ? 'refused' : 'withdrawn';
  return moveGuarantee(context, found, to, { reason }, 'guarantor.ended');
}

/**
 * Who does not answer in time answers for nothing; and nobody does for a lease that is over.
 *
 * @param wall the wall's time; each lapses on the clock of its lease
 */
export async function lapseInvitations(db: Database, wall: Date, beat: () => void): Promise<void> {
  const clock = sql`${wall.toISOString()}::timestamptz + ${leases.clockOffsetMs} * interval '1 millisecond'`;
  const due = await db
    .select({ id: guarantees.id, clockOffsetMs: leases.clockOffsetMs })
    .from(guarantees)
    .innerJoin(leases, eq(leases.id, guarantees.leaseId))
    .where(
      or(
        and(eq(guarantees.status, 'invited'), lte(guarantees.expiresAt, clock)),
        and(
          inArray(guarantees.status, ['invited', 'consented']),
          inArray(leases.status, leaseStatuses.filter(hasEnded)),
        ),
      ),
    );
  await doEach(due, async ({ id, clockOffsetMs }) => {
    beat();
    await transact(db, system('upkeep'), leaseClock({ clockOffsetMs }, wall.getTime()), async (context) => {
      const found = await lockGuarantee(context, id);
      if (isOver(found.row.status)) return;
      const as = hasEnded(found.lease.row.status) ? 'released' : 'lapsed';
      if (mayFollow(found.row.status, as)) await moveGuarantee(context, found, as, {}, 'guarantor.ended');
    });
  });
  const kept = await db
    .selectDistinct({ id: guarantees.guarantorId })
    .from(guarantees)
    .innerJoin(users, eq(users.id, guarantees.guarantorId))
    .where(
      and(
        eq(guarantees.isMadeForIt, true),
        isNull(users.erasedAt),
        lte(guarantees.endedAt, wall),
        notExists(db.select().from(sessions).where(eq(sessions.userId, users.id))),
      ),
    );
  await doEach(kept, ({ id }) => transact(db, system('upkeep'), wall, (context) => forget(context, id)));
}
