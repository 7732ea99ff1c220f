import type { AgreementRow } from '#db/queries/agreements';
import type { LocalDate } from '#domain/calendar';
import { findLease } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import type { AgreementFacts, AgreementLanguage } from '#domain/leases/agreement/facts';
import { linesAheadOf } from '#domain/upgrades/upgrade';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { keepDraft, ownLanguage, type AgreementSubject } from '../leases/agreement/draft-agreement.ts';
import { factsOfLease, vehicleNamed, type Reading } from '../leases/agreement/terms-of-lease.ts';
import { businessDate } from '../leases/lease-record.ts';
import { lockUpgradeIn, type UpgradeRow } from './upgrade-record.ts';

/**
 * Drafts what the customer signs with an exchange: the lease that he has is left, and another one begins with the other
 * vehicle, its price and its schedule.
 *
 * @throws Problem invalid_state unless it is quoted
 */
export async function draftAmendment(
  context: Context,
  encryption: Encryption,
  { upgradeId, language }: { readonly upgradeId: string; readonly language?: AgreementLanguage | undefined },
): Promise<AgreementRow> {
  const { row, lease } = await lockUpgradeIn(context, upgradeId, ['quoted']);
  const facts = await exchangeFacts({ db: context.tx, encryption }, row, businessDate(lease.row, context.at));
  return keepDraft(context, amended(row), facts, language ?? (await ownLanguage(context, row.customerId)));
}

export const amended = ({ id, leaseId, newLeaseId, customerId, currency }: UpgradeRow): AgreementSubject => ({
  leaseId: newLeaseId,
  fromLeaseId: leaseId,
  upgradeId: id,
  transferId: null,
  guaranteeId: null,
  scheduleVersion: null,
  customerId,
  currency,
});

/** What an amendment says of an exchange as it is quoted. @throws Problem not_found */
export async function exchangeFacts(reading: Reading, row: UpgradeRow, draftedOn: LocalDate): Promise<AgreementFacts> {
  const left = await findLease(reading.db, row.leaseId);
  if (left === undefined) throw new Problem('not_found');
  const { customerId, vehicleId, currency, plan, price, deposit, instalment, total: totalPrice } = row;
  const { tradeIn, settlement, subsidy, payout } = row;
  const leased = { customerId, vehicleId, market: left.market, currency, plan, price, deposit, instalment, totalPrice };
  return factsOfLease(reading, leased, draftedOn, {
    kind: 'amendment',
    reference: null,
    exchange: {
      reference: left.reference,
      vehicle: await vehicleNamed(reading.db, left.vehicleId),
      tradeIn,
      settlement,
      subsidy,
      ahead: linesAheadOf(row),
      payout,
    },
  });
}
