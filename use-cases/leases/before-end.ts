import { and, eq } from 'drizzle-orm';
import { cases } from '#db/schema/index';
import { moneyInDoubt } from '#db/queries/doubts';
import { paidQuote } from '#db/queries/quotes';
import { Problem } from '#domain/errors';
import { puttingOff, type Doubt } from '#domain/leases/doubt';
import { formatMoney, money } from '#domain/money';
import type { Context } from '../context.ts';
import { creditPays } from './credit-pays.ts';
import { feesDueAgain, feesHangOn } from './fees-due-again.ts';
import { businessDate, positionAt, type LeaseRecord, type LeaseRow } from './lease-record.ts';
import { openClaims } from './open-claims.ts';
import { quoteHangsOn } from './quote-cover.ts';

/**
 * Books what waits for a later day, before a lease ends and before anybody is told what its end costs: a late fee that is
 * due again at the end of a pause, which nobody would charge afterwards. Credit pays what is owed. Call it with the lease locked,
 * where no paid quote has a claim to the credit.
 */
export async function bookWhatWaits(context: Context, record: LeaseRecord): Promise<LeaseRecord> {
  return creditPays(context, await feesDueAgain(context, record, 'before_end'));
}

/**
 * Who has paid for a vehicle does not lose it for a late fee.
 *
 * @throws Problem invalid_state
 */
export function refuseIfPaidFor(record: LeaseRecord, at: Date): void {
  const { outstanding, feesDue } = positionAt(record, at);
  if (outstanding > 0) return;
  const why = feesDue > 0 ? 'late fees alone are owed: they are waived, and' : 'it is paid:';
  throw new Problem('invalid_state', `${why} the vehicle is the customer’s`);
}

/**
 * True where a lease that ends now would end otherwise if the days are wrong on which agents say that they took cash:
 * with a late fee that is undone, or by another quote. It does not end before somebody else has decided on them. Call
 * it with the lease locked.
 */
export async function hangsOnClaims(context: Context, record: LeaseRecord): Promise<boolean> {
  const claims = await openClaims(context, record.row);
  if (claims.size === 0) return false;
  return (await feesHangOn(claims, context, record)) || (await quoteHangsOn(claims, context, record));
}

/**
 * Nothing else is begun with a lease whose quote is paid and waits for days of cash: it may be the customer's already.
 * Call it with the lease locked.
 *
 * @throws Problem settlement_under_way, which names the cases that have to be decided.
 */
export async function refuseWhileQuoteWaits(context: Pick<Context, 'tx'>, row: LeaseRow): Promise<void> {
  if ((await paidQuote(context.tx, row.id)) === undefined) return;
  throw new Problem('settlement_under_way', `a settlement of the lease is paid: ${await toDecide(context, row)}`);
}

/**
 * Nobody gives a lease up while a day of cash may show it to be settled, or to owe another fee, nor while money may be
 * there that pays for it. What its customer asks his phone for delays it only where it would stop it: otherwise he
 * could put it off for ever, a little at a time. What he pays of it is recovery then.
 *
 * @param wouldStop whether what a customer has under way would stop this end, were it all paid; absent where it does, whatever it is
 * @throws Problem as `refuseWhileQuoteWaits`; invalid_state, which names the cases as well, or the money.
 */
export async function refuseWhileEndHangs(
  context: Context,
  record: LeaseRecord,
  wouldStop?: (own: readonly Doubt[]) => boolean | Promise<boolean>,
): Promise<void> {
  await refuseWhileQuoteWaits(context, record.row);
  if (await hangsOnClaims(context, record))
    throw new Problem('invalid_state', `what is owed is not known: ${await toDecide(context, record.row)}`);
  const found = (await moneyInDoubt(context.tx, [record.row])).get(record.row.id) ?? [];
  const doubts = wouldStop === undefined ? found : puttingOff(found, businessDate(record.row, context.at));
  const isOwn = doubts.every((doubt) => doubt.isOwn === true);
  if (isOwn && (doubts.length === 0 || !(await (wouldStop?.(doubts) ?? true)))) return;
  throw mayBePaid(doubts, record.row);
}

/**
 * Nothing is given up while money may be there that pays for it. Call it with the lease locked.
 *
 * @throws Problem invalid_state, which names the money.
 */
export async function refuseWhileInDoubt({ tx }: Pick<Context, 'tx'>, row: LeaseRow): Promise<void> {
  const doubts = (await moneyInDoubt(tx, [row])).get(row.id) ?? [];
  if (doubts.length > 0) throw mayBePaid(doubts, row);
}

function mayBePaid(doubts: readonly Doubt[], { currency }: LeaseRow): Problem {
  const sum = formatMoney(money(inAll(doubts), currency));
  const where = 'a payment is pending or unknown, or money with its reference is not booked';
  return new Problem('invalid_state', `${sum} may be paid already: ${where}`);
}

/** In minor units. */
export const inAll = (doubts: readonly Doubt[]) => doubts.reduce((total, { amount }) => total + amount, 0);

async function toDecide({ tx }: Pick<Context, 'tx'>, row: LeaseRow): Promise<string> {
  const isOpen = and(eq(cases.leaseId, row.id), eq(cases.kind, 'backdated_cash'), eq(cases.status, 'open'));
  const open = await tx.select({ id: cases.id }).from(cases).where(isOpen);
  return `a day of cash has to be decided on first (case ${open.map(({ id }) => id).join(', ')})`;
}
