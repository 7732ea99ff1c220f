import type { UpgradeCredit } from '#db/schema/index';
import { assess } from '#domain/credit/scorecard';
import { Problem } from '#domain/errors';
import { missingAtSwap } from '#domain/upgrades/upgrade';
import type { Context } from '../context.ts';
import { noMore, takeTurnAtCredit } from '../credit/ask-again.ts';
import { gatherFacts } from '../credit/gather-facts.ts';
import { adviceFor, type UpgradeRecord } from './upgrade-record.ts';

/** The credit of the customer with the other vehicle instead of this one, on the terms that were quoted last. */
export async function assessExchange(context: Context, { lease, row }: UpgradeRecord): Promise<UpgradeCredit> {
  const { customerId, newLeaseId: id, vehicleId, plan, instalment, price, deposit } = row;
  await takeTurnAtCredit(context, customerId);
  const asked = { ...lease.row, id, vehicleId, plan, instalment, price, deposit, frequency: plan.frequency };
  const facts = await gatherFacts(context.tx, { customerId, lease: asked, at: context.at });
  const { history } = facts;
  const liveLeases = Math.max(0, history.liveLeases - 1);
  const { status, score, tier, reasons, conditions } = assess({ ...facts, history: { ...history, liveLeases } });
  return { status, score, tier, reasons, conditions };
}

/**
 * The card may approve on a condition. What is owned of the old vehicle is all that is paid at the start.
 *
 * @throws Problem upgrade_refused where the condition asks for more
 */
export function refuseShortDeposit({ lease, row }: UpgradeRecord, { status, conditions }: UpgradeCredit): void {
  const missing = status === 'approved' ? missingAtSwap(row, conditions ?? null) : 0;
  if (missing === 0) return;
  throw new Problem(
    'upgrade_refused',
    `the credit asks for a deposit of ${conditions?.depositPercent} percent, ${missing} ${row.currency} (minor units) more: ${adviceFor(lease, { ...row, missing })}`,
  );
}

/**
 * Days lie between the signature and the swap: what the card has approved it approves still, on the terms of now. What an
 * agent has decided stays as he decided it.
 *
 * @throws Problem upgrade_refused where it would not
 */
export async function askExchangeAgain(context: Context, found: UpgradeRecord): Promise<void> {
  if (found.row.credit?.status !== 'approved') return;
  const credit = await assessExchange(context, found);
  if (credit.status !== 'approved') throw new Problem('upgrade_refused', noMore(credit.reasons));
  refuseShortDeposit(found, credit);
}
