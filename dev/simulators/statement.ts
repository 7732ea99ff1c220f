import { marketRules, type Market } from '#domain/markets';
import { wallTime } from './clock.ts';
import { badField } from './problem.ts';
import { isCharged } from './records.ts';
import type { SimulatedProvider } from './simulated.ts';
import type { Simulator } from './simulator.ts';

/** The wall by which each provider closes its day. */
const zones: Record<SimulatedProvider, string> = {
  mtn: 'Africa/Kampala',
  airtel: 'Africa/Kampala',
  mpesa: 'Africa/Nairobi',
};

/** A line of a statement: money that moved. Amounts in minor units. */
interface StatementLine {
  readonly type: 'charge' | 'payBill' | 'refund';
  /** The provider's receipt. */
  readonly receipt: string;
  /** The receipt of the charge that a refund gives back. */
  readonly originalReceipt: string | null;
  readonly requestId: string;
  /** The merchant's id of the payment or refund; null for pay-bill. */
  readonly reference: string | null;
  readonly account: string;
  readonly payer: string;
  readonly amount: number;
  readonly currency: string;
  /** ISO instant. */
  readonly at: string;
}

/**
 * What a provider moved on a local date (`YYYY-MM-DD` on its own wall; today when absent), oldest first: in
 * one market by that market's wall, or everywhere by the wall of the provider's first.
 *
 * @throws Problem when the date is none.
 */
export async function statementOf(
  { store }: Simulator,
  provider: SimulatedProvider,
  asked: string | undefined,
  market?: Market,
) {
  const timeZone = market === undefined ? zones[provider] : marketRules(market).timeZone;
  const isHere = (currency: string) => market === undefined || currency === marketRules(market).currency;
  const now = Date.now();
  const date = asked ?? wallTime(now, timeZone).date;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(Date.parse(date))) throw badField('date', 'must be YYYY-MM-DD');
  await store.settled();
  // Every zone is within a day of UTC: most lines are told apart without a calendar.
  const near = (instant: number) => Math.abs(instant - Date.parse(`${date}T12:00:00Z`)) < 36 * 3_600_000;
  const isOn = (instant: number) => near(instant) && wallTime(instant, timeZone).date === date;

  const data: StatementLine[] = [];
  for (const charge of store.charges()) {
    if (charge.provider !== provider || !isHere(charge.currency)) continue;
    if (!isOn(charge.settlesAt) || !isCharged(charge, now)) continue;
    const { receipt, key: requestId, reference, account, payer, amount, currency } = charge;
    const type = charge.kind === 'payBill' ? 'payBill' : 'charge';
    const at = new Date(charge.settlesAt).toISOString();
    data.push({ type, receipt, originalReceipt: null, requestId, reference, account, payer, amount, currency, at });
  }
  for (const refund of store.refunds()) {
    const charge = store.charge(provider, refund.chargeKey);
    if (refund.provider !== provider || refund.refused !== null || !charge) continue;
    if (!isHere(charge.currency) || !isOn(refund.at)) continue;
    const { receipt, key: requestId, reference, amount } = refund;
    const { account, payer, currency } = charge;
    const originalReceipt = refund.isDisbursement === true ? null : charge.receipt;
    const at = new Date(refund.at).toISOString();
    data.push({ type: 'refund', receipt, originalReceipt, requestId, reference, account, payer, amount, currency, at });
  }
  data.sort((a, b) => (a.at < b.at ? -1 : 1));
  return { provider, date, timeZone, data };
}
