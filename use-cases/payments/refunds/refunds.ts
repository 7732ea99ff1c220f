import { saidGone } from '#db/queries/said-gone';
import { and, asc, desc, eq } from 'drizzle-orm';
import { wasRefused } from '#db/queries/payment-states';
import { attempts, audit } from '#db/schema/index';
import { deciding } from '#domain/audit';
import { sumOfTheirs } from '#domain/leases/former';
import { REFUND_TRIES, sumOf } from '#domain/leases/lease-credit';
import { marketRules } from '#domain/markets';
import { isByProvider } from '#domain/payments/payment';
import type { RefundDue } from '#domain/payments/wire';
import { recordOnLease, type Context } from '../../context.ts';
import { lockLease, type LeaseRow } from '../../leases/lease-record.ts';
import { providerOf, type AttemptRow } from '../attempt-record.ts';
import { ofFormerCustomers } from '../former-owing.ts';
import { creditToReturn } from './credit-to-return.ts';
import { amountOf, leftOf, type CreditShare } from '../../leases/credit-shares.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { unconfirmedOf } from './unconfirmed-credit.ts';

type Providers = Pick<PaymentDependencies, 'mobileMoney'>;

/**
 * What is to be given back by mobile money: first what was begun, then the credit that each payment brought, newest
 * first, and last what waits. What of one payment was refused so many times is tried no more by itself (`givenUp`). A
 * number that has refused more comes after one that has refused less: it holds up no other. What has no way back is
 * paid out in cash: see `returnCredit`. What is owed or in dispute is paid first. What an insurer's money made credit waits
 * until that is confirmed; while a case says that money of it has gone already (`saidGone`), all that is not sent waits
 * for that.
 */
export async function refundsDue(context: Context, deps: Providers, input: { leaseId: string }): Promise<RefundDue[]> {
  const found = await lockLease(context.tx, input.leaseId);
  const { row, free, shares, underWay } = await creditToReturn(context, found);
  const begun = underWay.flatMap(({ id: attemptId, refundOf, amount }) =>
    refundOf === null ? [] : [{ refundOf, amount, attemptId }],
  );
  let open = Math.max(0, free - (await unconfirmedOf(context, row.id, shares)).amount);
  const refused = await refusalsOf(context, row.id);
  const before = await refusedWhenAsked(context, row.id);
  const refusalsBy = (payment: AttemptRow) => refused.filter(({ number }) => number === numberOf(payment)).length;
  const byNumber = shares.toReversed().toSorted((a, b) => refusalsBy(a.payment) - refusalsBy(b.payment));
  const due: RefundDue[] = [];
  for (const share of byNumber) {
    const { payment } = share;
    const amount = await refundable(context, deps, row, { ...share, left: Math.min(share.left, open) });
    if (amount === 0) continue;
    open -= amount;
    const isOfIt = ({ refundOf }: Refused) => refundOf === payment.id;
    const ofIt = refused.filter(isOfIt);
    const isSpent = ofIt.length - before(ofIt) >= REFUND_TRIES;
    const reason = ofIt.at(-1)?.reason;
    const tried = typeof reason === 'string' && { refused: { times: ofIt.length, reason } };
    const order = { refundOf: payment.id, amount, ...(isSpent && { givenUp: true as const }), ...tried };
    due.push(lacksReceipt(deps, payment) ? { ...order, waitsFor: 'receipt' } : order);
  }
  if (due.length > 0 && (await saidGone(context.tx, row.id)) !== null)
    return [...begun, ...due.map((one) => ({ ...one, waitsFor: 'case' as const }))];
  return [...begun, ...due.filter((one) => one.waitsFor === undefined), ...due.filter((one) => one.waitsFor)];
}

/** Where a payment's money goes back to, as far as its refunds share it. */
const numberOf = ({ id, paymentMethodId }: Pick<AttemptRow, 'id' | 'paymentMethodId'>) => paymentMethodId ?? id;

type Refused = Awaited<ReturnType<typeof refusalsOf>>[number];

/** The refunds that were refused, with the payment and the number of each. */
async function refusalsOf({ tx }: Context, leaseId: string) {
  const refused = await tx
    .select({
      refundOf: attempts.refundOf,
      paymentMethodId: attempts.paymentMethodId,
      reason: attempts.reason,
      at: attempts.settledAt,
    })
    .from(attempts)
    .where(and(eq(attempts.leaseId, leaseId), wasRefused))
    .orderBy(asc(attempts.settledAt), asc(attempts.attempt));
  return refused.map(({ paymentMethodId, ...one }) => ({
    ...one,
    number: numberOf({ id: one.refundOf ?? '', paymentMethodId }),
  }));
}

/** How many of one payment's had been refused when a person had them tried again last. */
async function refusedWhenAsked({ tx }: Context, leaseId: string): Promise<(ofIt: readonly Refused[]) => number> {
  const isAsked = and(eq(audit.leaseId, leaseId), eq(audit.type, 'payment.refunds_asked'));
  const [last] = await tx
    .select({ at: audit.at, detail: audit.detail })
    .from(audit)
    .where(isAsked)
    .orderBy(desc(audit.number))
    .limit(1);
  if (last === undefined) return () => 0;
  const { at } = last;
  const { of } = deciding['payment.refunds_asked'].parse(last.detail);
  // Before each had its own tries only their sum was noted.
  if (of === null) return (ofIt) => ofIt.filter((one) => one.at !== null && one.at <= at).length;
  return (ofIt) => of[ofIt[0]?.refundOf ?? ''] ?? 0;
}

/** A person has refunds tried again that were given up: `REFUND_TRIES` times each. Call it with the lease locked. */
export async function askForRefunds(context: Context, row: LeaseRow): Promise<void> {
  const all = await refusalsOf(context, row.id);
  const refused = all.length;
  if (refused === 0) return;
  const of: Record<string, number> = {};
  for (const { refundOf } of all) of[refundOf ?? ''] = (of[refundOf ?? ''] ?? 0) + 1;
  const key = `payment.refunds_asked:${row.id}:${refused}`;
  await recordOnLease(context, row, { key, type: 'payment.refunds_asked', detail: { refused, of } });
}

/**
 * What of a payment's share in the credit can go back the way it came, in minor units: whole units, and all of
 * a charge or nothing where the provider gives back no parts. What a customer paid by himself goes back whole by its
 * receipt, or to the number that it came from. What is more than the provider moves at once goes back in parts, and what is less than it
 * moves not at all: that is paid out in cash.
 */
export async function refundable(
  context: Pick<Context, 'tx'>,
  deps: Providers,
  row: LeaseRow,
  share: CreditShare,
): Promise<number> {
  const { payment, isPayerKnown } = share;
  if (!isByProvider(payment.provider)) return 0;
  const { market } = row;
  const left = await paidSince(context, row, share);
  const whole = left - (left % marketRules(market).lineUnit);
  const { refunds, payBillRefunds, mostAtOnce, leastAtOnce } = deps.mobileMoney.get(payment.provider);
  const [most, least] = [mostAtOnce[market] ?? whole, leastAtOnce[market] ?? 0];
  if (whole < least) return 0;
  // What is left for the next part is enough for one.
  const part = whole > most && whole - most < least ? whole - least : Math.min(whole, most);
  if (payment.kind === 'inbound') {
    const isWhole = part === amountOf(payment);
    return (isWhole && payBillRefunds.includes('receipt')) || (payBillRefunds.includes('payer') && isPayerKnown)
      ? part
      : 0;
  }
  if (payment.paymentMethodId === null) return 0;
  if (refunds === 'any') return part;
  return refunds === 'whole' && whole === amountOf(payment) ? whole : 0;
}

/** What of a payment's share who had the lease before had paid is its customer's by now, and has no way back to him: the rest of it. */
async function paidSince(context: Pick<Context, 'tx'>, row: LeaseRow, { payment, left }: CreditShare): Promise<number> {
  const theirs = sumOfTheirs(await ofFormerCustomers(context, row, payment));
  const gone = sumOf(payment.allocation, 'credit') - left;
  return theirs === 0 ? left : Math.min(left, Math.max(0, leftOf(payment) - theirs - gone));
}

/** True while the provider cannot give a charge back, since it has not named the receipt that it goes by. */
export function lacksReceipt(deps: Providers, payment: AttemptRow): boolean {
  return payment.providerReference === null && deps.mobileMoney.get(providerOf(payment)).needsReceipt;
}
