import { and, eq, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { findAgreement, type AgreementRow, type Signed } from '#db/queries/agreements';
import type { LeaseRow } from '#db/queries/leases';
import { agreements } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { sumsOf, type AgreementFacts, type AgreementLanguage } from '#domain/leases/agreement/facts';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../../context.ts';
import { readPerson, requirePerson } from '../../hold-person.ts';
import { businessDate, lockLease } from '../lease-record.ts';
import { factsOfLease, languageOf, read, type Reading } from './terms-of-lease.ts';

/** Whose terms they are. */
export interface AgreementSubject extends Signed {
  readonly fromLeaseId: string | null;
  readonly currency: LeaseRow['currency'];
  /** Of what is taken over: the version of the schedule that is told. */
  readonly scheduleVersion: number | null;
}

/**
 * Drafts the agreement of a lease that is offered or held, to be read and signed. What says the same already is that one.
 *
 * @param language without it, the customer's own
 * @throws Problem invalid_state; not_found of whoever was erased
 */
export async function draftLeaseAgreement(
  context: Context,
  encryption: Encryption,
  { leaseId, language }: { readonly leaseId: string; readonly language?: AgreementLanguage | undefined },
): Promise<AgreementRow> {
  const { row } = await lockLease(context.tx, leaseId);
  if (row.status !== 'offered' && row.status !== 'reserved')
    throw new Problem('invalid_state', `there is nothing to sign while the lease is ${row.status}`);
  const facts = await agreementFacts({ db: context.tx, encryption }, row, businessDate(row, context.at));
  return keepDraft(context, subjectOf(row), facts, language ?? (await ownLanguage(context, row.customerId)));
}

export const subjectOf = ({ id, customerId, currency }: LeaseRow): AgreementSubject => ({
  leaseId: id,
  fromLeaseId: null,
  upgradeId: null,
  transferId: null,
  guaranteeId: null,
  scheduleVersion: null,
  customerId,
  currency,
});

/** What the agreement of a lease says, drafted on a day. */
export const agreementFacts = (reading: Reading, row: LeaseRow, draftedOn: AgreementFacts['draftedOn']) =>
  factsOfLease(reading, row, draftedOn, { kind: 'agreement', reference: row.reference, exchange: null });

export async function ownLanguage({ tx }: Pick<Context, 'tx'>, customerId: string): Promise<AgreementLanguage> {
  return languageOf((await readPerson(tx, customerId)).language);
}

/** Keeps a draft; one of the same terms that nobody has signed is the same. Call it with the lease locked. */
export async function keepDraft(
  context: Context,
  subject: AgreementSubject,
  facts: AgreementFacts,
  language: AgreementLanguage,
): Promise<AgreementRow> {
  const { tx, at } = context;
  await requirePerson(tx, subject.customerId);
  const { sha256, template } = read(facts, language);
  const isSame = and(
    eq(agreements.leaseId, subject.leaseId),
    eq(agreements.customerId, subject.customerId),
    eq(agreements.sha256, sha256),
    isNull(agreements.inForceAt),
  );
  const [there] = await tx.select({ id: agreements.id }).from(agreements).where(isSame);
  const id = there?.id ?? uuidv7();
  if (there === undefined) {
    const { kind, market, draftedOn } = facts;
    const terms = { kind, market, language, template, ...sumsOf(facts), draftedOn, sha256 };
    await tx.insert(agreements).values({ id, ...subject, ...terms, createdAt: at });
    const detail = { leaseId: subject.leaseId, kind, language, template, sha256 };
    await record(context, { type: 'agreement.drafted', subject: id, detail });
  }
  const row = await findAgreement(tx, id);
  if (row === undefined) throw new Error('the draft was not stored');
  return row;
}
