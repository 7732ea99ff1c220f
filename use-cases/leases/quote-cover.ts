import { moneyInDoubt } from '#db/queries/doubts';
import { openQuotes, settlementUnderWay, type QuoteRow } from '#db/queries/quotes';
import { localDateAt, type LocalDate } from '#domain/calendar';
import type { Doubt } from '#domain/leases/doubt';
import { bookedLater, feesAfterQuote, isPaidInTime, type DatedPayment } from '#domain/leases/settlement';
import type { Market } from '#domain/markets';
import type { AttemptRow } from '#db/queries/payments';
import type { Context } from '../context.ts';
import { creditShares } from './credit-shares.ts';
import { businessDate, leastAskedOf, positionAt, unitOf, type LeaseRecord, type LeaseRow } from './lease-record.ts';
import { noClaims, openClaims, type Claims } from './open-claims.ts';
import { readFees, readMoney, readPayments, type FeeRow } from './read-books.ts';

/** What has moved on a lease since its quotes, in minor units. */
interface Since {
  /** Late fees that were charged after a quote and stand, less what was waived of them. */
  readonly fees: (quote: QuoteRow) => number;
  /** What was booked after a quote and paid after its end, so that it pays nothing of it. */
  readonly untimely: (quote: QuoteRow) => number;
  /** Whether a payment was made while a quote was good, or before it. */
  readonly counts: (quote: QuoteRow, paymentId: string) => boolean;
}

/**
 * What is still to be paid of a quote, in minor units: less what was paid of it while it was good, or before it. Late fees
 * that were charged after it are no part of it. Where more was paid ahead than it leaves, or it says the least that anybody
 * is asked for, that is asked for, by which it is paid; and no less than that least of a rest.
 *
 * @returns null where so much was paid after its end that it saves nothing any more: nobody pays the full price by a quote.
 */
export async function quoteLeft(context: Context, record: LeaseRecord, quote: QuoteRow): Promise<number | null> {
  const { outstanding, feesDue } = positionAt(record, context.at);
  const since = await readSince(context, record, await openClaims(context, record.row));
  const late = since.untimely(quote);
  const exact = owedByQuote(record, quote, since, context.at) + late;
  const leastAsked = leastAskedOf(record.row);
  const asked = exact <= 0 || quote.amount <= leastAsked ? quote.amount : leastAsked;
  const least = quote.paidAt === null ? Math.min(asked, outstanding + feesDue) : 0;
  const left = Math.max(exact, least);
  return late > 0 && left >= outstanding + feesDue ? null : left;
}

/** The least that makes the vehicle the customer's, in full or by an open quote that was still good on a day; minor units. */
async function leastLeft(context: Context, record: LeaseRecord, day: LocalDate): Promise<number> {
  const open = await openQuotes(context.tx, record.row.id);
  const good = open.filter(({ validUntil }) => day <= businessDate(record.row, validUntil));
  return leastOf(context, record, good);
}

/** Whether what a customer has under way makes the vehicle his, in full or by a quote that was good when the first of it was asked for. */
export async function wouldPayOff(context: Context, record: LeaseRecord, own: readonly Doubt[]): Promise<boolean> {
  const [first] = own.map(({ on }) => on).toSorted();
  const sum = own.reduce((total, { amount }) => total + amount, 0);
  return first === undefined || sum >= (await leastLeft(context, record, first));
}

/** The least that is left by one of these quotes, or all that is owed; minor units. The books are read once for all. */
async function leastOf(context: Context, record: LeaseRecord, quotes: readonly QuoteRow[]): Promise<number> {
  const { outstanding, feesDue } = positionAt(record, context.at);
  if (quotes.length === 0) return outstanding + feesDue;
  const since = await readSince(context, record, await openClaims(context, record.row));
  const left = quotes.map((quote) =>
    Math.max(0, owedByQuote(record, quote, since, context.at) + since.untimely(quote)),
  );
  return left.reduce((least, one) => Math.min(least, one), outstanding + feesDue);
}

type Payment = DatedPayment & Pick<AttemptRow, 'provider'>;

/** A payment that is about to be booked. */
type Coming = Payment &
  Pick<AttemptRow, 'id' | 'kind' | 'providerReference'> & {
    readonly amount: number;
  };

/** Cash that is booked while a quote is good pays it, also where it turns out to have been taken before. */
function isInTime(quote: QuoteRow, payment: Payment, market: Market): boolean {
  const bookedOn = localDateAt(payment.requestedAt.getTime(), market);
  const isBookedInTime = payment.provider === 'cash' && isPaidInTime(quote, { ...payment, valueOn: bookedOn }, market);
  return isBookedInTime || isPaidInTime(quote, payment, market);
}

/** What is owed today without a quote's saving and the fees after it, in minor units; below zero where it is less. */
function owedByQuote(record: LeaseRecord, quote: QuoteRow, since: Since, at: Date): number {
  const { outstanding, feesDue } = positionAt(record, at);
  return outstanding + feesDue - since.fees(quote) - quote.saved;
}

/** Whether a sum pays what is left of a quote: less than a unit, which payments with cents leave, nobody can pay. */
const covers = (row: LeaseRow, sum: number, left: number) => left - sum < unitOf(row);

/** What of a sum can be paid; the rest is saved as well. */
const wholeUnits = (row: LeaseRow, sum: number) => Math.max(0, sum - (sum % unitOf(row)));

/**
 * @param claims cash that counts from when it was booked: an agent's word alone pays no quote that has expired
 * @param coming a payment that is about to be booked, and none of those before it
 */
async function readSince(
  context: Pick<Context, 'tx'>,
  record: LeaseRecord,
  claims: Claims,
  coming?: Coming,
): Promise<Since> {
  const { market } = record.row;
  const fees = await readFees(context, record);
  const money = await readMoney(context, record.row.id);
  const payments = await readPayments(context, record, claims, money, coming?.id);
  const laterThan = (bookNumber: number) => bookedLater(payments, (name) => money.upTo(name, bookNumber));
  const paid = payments.map(({ number, fees: amount }) => ({ kind: 'paid' as const, number, amount }));
  return {
    fees: ({ bookNumber }) => {
      // A fee that the quote had is its own, also where it was undone since and is charged again.
      const had = fees.filter(({ number, undone }) => number <= bookNumber && (undone === null || undone > bookNumber));
      const isLater = ({ kind, number, line }: FeeRow) =>
        kind === 'late_fee' && number > bookNumber && !had.some((one) => one.line === line);
      const stand = fees.filter(({ undone }) => undone === null);
      return feesAfterQuote([
        ...stand.map((fee) => ({ ...fee, kind: isLater(fee) ? ('later' as const) : fee.kind })),
        ...paid,
      ]);
    },
    untimely: (quote) =>
      laterThan(quote.bookNumber)
        .filter((one) => !isTimely(quote, one, market))
        .reduce((sum, { amount }) => sum + amount, 0),
    counts: (quote, paymentId) => payments.some((one) => one.id === paymentId && isTimely(quote, one, market)),
  };
}

/** Money that was there before a quote and is booked after it counts towards it. */
function isBefore({ quotedAt }: QuoteRow, { valueOn }: Pick<Payment, 'valueOn'>, market: Market): boolean {
  return valueOn < localDateAt(quotedAt.getTime(), market);
}

const isTimely = (quote: QuoteRow, payment: Payment, market: Market) =>
  isInTime(quote, payment, market) || isBefore(quote, payment, market);

interface CoveredQuote {
  readonly id: string;
  /** What of the payment that covers it pays what is owed; the rest is credit. */
  readonly left: number;
  /** The fees that fall with it. */
  readonly laterFees: number;
}

export interface QuoteThatWaits extends CoveredQuote {
  /** What was paid beyond it by money that was not for it: it is the customer's again. */
  readonly overpaid: number;
  readonly isPaid: boolean;
}

/**
 * The quote that a payment covers, by whatever way it came, together with what else was paid while the quote was
 * good: of those that are open the one that saves most. Where one is paid already and waits for days of cash, that one.
 *
 * @param open of a lease that runs
 * @returns sums in minor units; null where none is covered.
 */
export async function quoteCoveredBy(
  { tx, at }: Context,
  record: LeaseRecord,
  open: readonly QuoteRow[],
  payment: Coming,
): Promise<CoveredQuote | null> {
  const { row } = record;
  const { amount } = payment;
  const paid = open.filter(({ paidAt }) => paidAt !== null);
  const good = paid.length > 0 ? paid : open.filter((quote) => isTimely(quote, payment, row.market));
  if (good.length === 0) return null;
  const since = await readSince({ tx }, record, await openClaims({ tx }, row), payment);
  const left = (quote: QuoteRow) => owedByQuote(record, quote, since, at);
  const best = paid[0] ?? good.find((quote) => covers(row, amount, left(quote) + since.untimely(quote)));
  if (best === undefined) return null;
  return { id: best.id, left: wholeUnits(row, left(best)), laterFees: since.fees(best) };
}

/**
 * What quotes that may be paid come to by the books as they are now, which are read once.
 *
 * @returns what of the credit each takes, in minor units; `isPaid` is false where it has turned out not to be.
 */
export async function readQuotesThatWait(
  context: Context,
  record: LeaseRecord,
): Promise<(quote: QuoteRow) => QuoteThatWaits> {
  const { row } = record;
  const since = await readSince(context, record, await openClaims(context, row));
  const { shares } = await creditShares(context, row);
  return (quote) => {
    const credit = shares
      .filter(({ payment }) => since.counts(quote, payment.id))
      .reduce((sum, { left }) => sum + left, 0);
    const left = owedByQuote(record, quote, since, context.at);
    const isPaid = covers(row, credit, left + since.untimely(quote));
    const overpaid = Math.max(0, -left);
    return { id: quote.id, left: wholeUnits(row, left), laterFees: since.fees(quote), overpaid, isPaid };
  };
}

/** True where a quote is paid if the claimed days of cash are right, and is not if they are not. */
export async function quoteHangsOn(claims: Claims, context: Context, record: LeaseRecord): Promise<boolean> {
  const { row } = record;
  const open = (await openQuotes(context.tx, row.id)).filter(({ paidAt }) => paidAt === null);
  if (open.length === 0) return false;
  const [believed, doubted] = [await readSince(context, record, noClaims), await readSince(context, record, claims)];
  const isPaid = (quote: QuoteRow, since: Since) =>
    covers(row, 0, owedByQuote(record, quote, since, context.at) + since.untimely(quote));
  return open.some((quote) => isPaid(quote, believed) && !isPaid(quote, doubted));
}

/** True while a settlement is under way, or while other money in doubt may have been paid in the time of an open quote. */
export async function settlementMayBePaid(context: Context, { row }: LeaseRecord): Promise<boolean> {
  if (await settlementUnderWay(context.tx, row.id)) return true;
  const doubts = (await moneyInDoubt(context.tx, [row])).get(row.id) ?? [];
  if (doubts.length === 0) return false;
  const quotes = await openQuotes(context.tx, row.id);
  const isInTime =
    (on: LocalDate) =>
    ({ quotedAt, validUntil }: QuoteRow) =>
      businessDate(row, quotedAt) <= on && on <= businessDate(row, validUntil);
  return doubts.some(({ on }) => quotes.some(isInTime(on)));
}

/** Whether a quote that nobody has paid, and that has ended, was good on a day. */
export async function hadQuoteOn(
  context: Context,
  { row }: Pick<LeaseRecord, 'row'>,
  day: LocalDate,
): Promise<boolean> {
  return (await openQuotes(context.tx, row.id)).some(
    ({ quotedAt, validUntil }) =>
      validUntil <= context.at && businessDate(row, quotedAt) <= day && day <= businessDate(row, validUntil),
  );
}
