import { and, eq, gte, isNull } from 'drizzle-orm';
import type { AgreementRow } from '#db/queries/agreements';
import { agreements } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { sharesName } from '#domain/shared-name';
import { openCase } from '../../cases/open-case.ts';
import { record, type Context } from '../../context.ts';
import { readPerson } from '../../hold-person.ts';
import type { Prepared } from './prepare-signature.ts';
import { settleAgreements } from './settle-agreements.ts';

/** What a signature is taken for: the document has to say so much. Minor units. */
interface Bound extends Prepared {
  readonly leaseId: string;
  readonly deposit: number;
  readonly total: number;
  /** What whoever takes over or answers for something owes by it: no more than the document says. */
  readonly liability?: number;
  /** Of what is taken over. */
  readonly scheduleVersion?: number;
}

/**
 * A signed document holds from now on, in the transaction that takes the signature: the one is not without the other.
 *
 * @returns when it was signed, on the lease's clock
 * @throws Problem agreement_outdated where it was signed anew meanwhile, or says something else than what is agreed on
 */
export async function bindAgreement(
  context: Context,
  { agreementId, pdfSha256, leaseId, deposit, total, liability, scheduleVersion }: Bound,
): Promise<Date> {
  const isIt = and(
    eq(agreements.id, agreementId),
    eq(agreements.pdfSha256, pdfSha256),
    eq(agreements.leaseId, leaseId),
    eq(agreements.deposit, deposit),
    eq(agreements.total, total),
    liability === undefined ? isNull(agreements.liability) : gte(agreements.liability, liability),
    scheduleVersion === undefined ? undefined : eq(agreements.scheduleVersion, scheduleVersion),
    isNull(agreements.inForceAt),
  );
  const [row] = await context.tx.update(agreements).set({ inForceAt: context.at }).where(isIt).returning();
  if (row === undefined || row.signedAt === null) throw new Problem('agreement_outdated');
  const { kind, language, template, sha256 } = row;
  // Of two amendments of one exchange the later one holds.
  if (row.upgradeId !== null) await settleAgreements(context, { upgradeId: row.upgradeId }, 'void', agreementId);
  const detail = { leaseId, kind, language, template, sha256, pdfSha256 };
  await record(context, { type: 'agreement.signed', subject: agreementId, detail });
  await tellOfAnotherName(context, row);
  return row.signedAt;
}

/** Whoever signs by no name of his may be somebody else: the signature holds, by his code, and somebody asks. */
async function tellOfAnotherName(context: Context, row: AgreementRow): Promise<void> {
  const { id: agreementId, leaseId, customerId, signedName } = row;
  const { name } = await readPerson(context.tx, customerId);
  if (signedName === null || sharesName(name, signedName)) return;
  const about = { leaseId, paymentId: null, about: agreementId, detail: { agreementId } };
  await openCase(context, { kind: 'signed_by_another_name', ...about });
}
