import type { AgreementRow } from '#db/queries/agreements';
import type { LeaseRow } from '#db/queries/leases';
import type { LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { AgreementLanguage, GuaranteeTerms } from '#domain/leases/agreement/facts';
import { CALLED_EVERY_DAYS, guarantorAfterOf, MOST_CALLS } from '#domain/parties/guarantee';
import { clearOf, type Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { readPerson } from '../hold-person.ts';
import { keepDraft, ownLanguage, subjectOf, type AgreementSubject } from '../leases/agreement/draft-agreement.ts';
import type { Reading } from '../leases/agreement/terms-of-lease.ts';
import { businessDate } from '../leases/lease-record.ts';
import { lockGuarantee, type GuaranteeRow } from './guarantee-record.ts';

/**
 * Drafts what somebody signs who answers for a lease: for whom, for which lease and up to how much.
 *
 * @throws Problem invalid_state unless he is asked
 */
export async function draftGuarantee(
  context: Context,
  encryption: Encryption,
  { guaranteeId, language }: { readonly guaranteeId: string; readonly language?: AgreementLanguage | undefined },
): Promise<AgreementRow> {
  const { row, lease } = await lockGuarantee(context, guaranteeId);
  if (row.status !== 'invited' || row.expiresAt <= context.at)
    throw new Problem('invalid_state', 'there is nothing to sign: nobody is asked any more');
  const draftedOn = businessDate(lease.row, context.at);
  const facts = await guaranteeFacts({ db: context.tx, encryption }, { row, lease: lease.row }, draftedOn);
  return keepDraft(
    context,
    leaseAnsweredFor(row, lease.row),
    facts,
    language ?? (await ownLanguage(context, row.guarantorId)),
  );
}

export const leaseAnsweredFor = ({ id, guarantorId }: GuaranteeRow, lease: LeaseRow): AgreementSubject => ({
  ...subjectOf(lease),
  guaranteeId: id,
  customerId: guarantorId,
});

/** What is answered for: of the lease its reference and its price, and for whom. */
export async function guaranteeFacts(
  { db, encryption }: Reading,
  { row, lease }: { readonly row: GuaranteeRow; readonly lease: LeaseRow },
  draftedOn: LocalDate,
): Promise<GuaranteeTerms> {
  const { market, reference, plan, deposit, totalPrice: total } = lease;
  const [guarantor, customer] = await Promise.all([readPerson(db, row.guarantorId), readPerson(db, row.customerId)]);
  return {
    kind: 'guarantee',
    market,
    reference,
    customer: { name: guarantor.name, phone: clearOf(encryption, guarantor.phoneEncrypted) ?? '' },
    draftedOn,
    of: customer.name,
    deposit,
    total,
    cap: row.cap,
    calledAfterDays: guarantorAfterOf(plan),
    calledEveryDays: CALLED_EVERY_DAYS,
    mostCalls: MOST_CALLS,
  };
}
