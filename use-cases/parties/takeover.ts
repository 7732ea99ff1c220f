import { signedOf, type AgreementRow } from '#db/queries/agreements';
import { scheduleOf, type LeaseRow } from '#db/queries/leases';
import { localDateAt, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { groupsOf, type AgreementLanguage, type TakeoverTerms } from '#domain/leases/agreement/facts';
import { positionOn, unpaid } from '#domain/leases/position';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { keepDraft, ownLanguage, subjectOf, type AgreementSubject } from '../leases/agreement/draft-agreement.ts';
import { termsOfPlan, type Reading } from '../leases/agreement/terms-of-lease.ts';
import { businessDate, moneyOf, positionAt, type LeaseRecord } from '../leases/lease-record.ts';
import { lockTransferIn, requireNamed, type TransferRow } from './transfer-record.ts';

interface Wanted {
  readonly transferId: string;
  /** Who takes it over: the person whose phone was named. */
  readonly userId: string;
  readonly language?: AgreementLanguage | undefined;
}

/**
 * Drafts what whoever takes a lease over signs: the lease as it is, what is paid of it and what is left.
 *
 * @throws Problem not_found for anybody else; invalid_state unless it is proposed and its customer agrees
 */
export async function draftTakeover(
  context: Context,
  encryption: Encryption,
  { transferId, userId, language }: Wanted,
): Promise<AgreementRow> {
  const { row, lease } = await lockTransferIn(context, transferId, ['proposed']);
  await requireNamed(context, row, userId);
  const draftedOn = businessDate(lease.row, context.at);
  const facts = await takeoverFacts({ db: context.tx, encryption }, { row, lease: lease.row, userId }, draftedOn);
  return keepDraft(context, takenOver(row, lease.row, userId), facts, language ?? (await ownLanguage(context, userId)));
}

export const takenOver = ({ id }: TransferRow, lease: LeaseRow, userId: string): AgreementSubject => ({
  ...subjectOf(lease),
  transferId: id,
  customerId: userId,
  scheduleVersion: lease.scheduleVersion,
});

/** What is taken over, as the lease is now. Of who has it nothing is told. */
export async function takeoverFacts(
  reading: Reading,
  { row, lease, userId }: { readonly row: TransferRow; readonly lease: LeaseRow; readonly userId: string },
  draftedOn: LocalDate,
): Promise<TakeoverTerms> {
  const { id, market, reference, deposit, totalPrice: total, handedOverAt, scheduleVersion } = lease;
  if (handedOverAt === null) throw new Problem('transfer_refused', 'the lease has to be active');
  const [first, lines] = await Promise.all([
    scheduleOf(reading.db, id, 1),
    scheduleOf(reading.db, id, scheduleVersion),
  ]);
  const begun = {
    handedOverOn: localDateAt(handedOverAt.getTime(), market),
    lines: first.map((line) => ({ ...line, paid: 0, waived: 0, filled: {}, matured: 0 })),
  };
  const left = lines.filter((line) => unpaid(line) > 0).map((line) => ({ ...line, amount: unpaid(line) }));
  const { paid, outstanding } = positionOn(draftedOn, moneyOf(lease), lines);
  const terms = await termsOfPlan(reading, { ...lease, customerId: userId }, begun, { today: draftedOn, lines });
  const { isEstate } = row;
  return {
    ...terms,
    kind: 'takeover',
    reference,
    draftedOn,
    lines: groupsOf(left),
    deposit,
    total,
    paid,
    outstanding,
    isEstate,
  };
}

/**
 * What was signed is what is made over: no more is left to pay, and on no other days but those that an estate was waited for.
 *
 * @throws Problem transfer_refused
 */
export async function refuseOtherTerms({ tx, at }: Context, lease: LeaseRecord, row: TransferRow): Promise<void> {
  const { toCustomerId } = row;
  const signed = toCustomerId === null ? undefined : await signedOf(tx, takenOver(row, lease.row, toCustomerId));
  // Accepted before there was something to sign.
  if (signed === undefined) return;
  const isDearer = positionAt(lease, at).outstanding > (signed.liability ?? 0);
  const isOther = !row.isEstate && signed.scheduleVersion !== lease.row.scheduleVersion;
  if (isDearer || isOther)
    throw new Problem(
      'transfer_refused',
      'what is left of the lease is not what was signed: it has to be proposed again',
    );
}
