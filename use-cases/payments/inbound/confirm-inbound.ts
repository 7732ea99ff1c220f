import { and, eq, inArray } from 'drizzle-orm';
import type { InboundRow } from '#db/queries/suspense';
import { cases, inbound } from '#db/schema/index';
import { addDays, localDateAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { money } from '#domain/money';
import { normalReceipt } from '#domain/payments/receipt';
import type { StatementLine, UnreadLine } from '#providers/mobile-money/statement';
import { ProviderFailure } from '#providers/provider-failure';
import type { Confirmation } from '#domain/payments/wire';
import { maskPhone } from '#domain/phone';
import { record, transact, type Context } from '../../context.ts';
import type { AttemptRow } from '../attempt-record.ts';
import { closeCasesOf } from '../../cases/close-case.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { openCase } from '../../cases/open-case.ts';
import { asTyped } from './announce-inbound.ts';
import { suspendItem } from '../suspense/suspend-item.ts';
import { bookReturn, isWhole, statedReturns } from '../suspense/give-back/stated-returns.ts';
import { askAboutCharges, attemptWithReceipt, chargeOfLine, chargesNear, chargeWithReceipt } from './own-charge.ts';
import { findInbound } from '../inbound-record.ts';

/**
 * Asks the provider whether a payment that was announced was made: an announcement is never believed. What
 * the provider says of amount and account replaces what the announcement said; another amount is a case.
 * An announcement of what is a charge of ours is not counted a second time: the provider is asked about that charge. What the
 * statement lists as paid by the customer himself is no charge, also where a person has read its receipt out for one: a case.
 * What statements say went back is given to no lease: `returned` where that is all of it, otherwise it waits in suspense.
 *
 * @returns false while the provider knows of no such payment: to be asked again.
 * @throws ProviderFailure when it does not say.
 */
export async function confirmInbound(deps: PaymentDependencies, inboundId: string, at: Date): Promise<Confirmation> {
  const row = await findInbound(deps.db, inboundId);
  if (row.status === 'charge') return 'charge';
  if (row.status !== 'announced' && row.status !== 'refuted') return true;
  const inTransaction = (work: (context: Context) => Promise<void>) => transact(deps.db, system('inbound'), at, work);

  await askAboutCharges(deps, await chargesNear(deps.db, row));
  const known = await chargeWithReceipt(deps.db, row);
  const line = known === undefined ? await lineOf(deps, row, at) : null;
  const charge = known ?? (line === null ? undefined : await chargeOfLine(deps, row, line));
  if (charge !== undefined || line?.type === 'charge') {
    await inTransaction((context) => writeCharge(context, row, charge ?? null));
    return 'charge';
  }
  if (line === null) return false;
  const returns = await statedReturns(deps, { ...row, ...confirmedBy(deps, line) }, at);
  await inTransaction((context) => writeConfirmed(context, deps, row, line));
  const [first] = returns;
  if (first === undefined) return true;
  await inTransaction(async (context) => {
    const [item] = await context.tx.select().from(inbound).where(isOpen(row)).for('update');
    if (item === undefined) return;
    await suspendItem(context, item, item.id);
    if (isWhole(item, returns)) await bookReturn(context, item, first);
  });
  return (await findInbound(deps.db, inboundId)).status === 'returned' ? 'returned' : true;
}

const isOpen = ({ id }: InboundRow) => and(eq(inbound.id, id), inArray(inbound.status, ['announced', 'refuted']));

/** @param charge null for one that the provider lists and that nobody here asked for: reconciliation makes it a case. */
async function writeCharge(context: Context, row: InboundRow, charge: AttemptRow | null): Promise<void> {
  const [paymentId, leaseId] = [charge?.id ?? null, charge?.leaseId ?? null];
  await context.tx.update(inbound).set({ status: 'charge', paymentId, leaseId }).where(isOpen(row));
  await closeForgery(context, row);
  const { id, provider, receipt } = row;
  await record(context, {
    key: `inbound.charge:${id}`,
    type: 'inbound.charge',
    subject: id,
    leaseId,
    detail: { provider, receipt, paymentId },
  });
}

async function writeConfirmed(
  context: Context,
  deps: PaymentDependencies,
  row: InboundRow,
  line: StatementLine,
): Promise<void> {
  const { id, amount: claimedAmount, provider, receipt } = row;
  const said = confirmedBy(deps, line);
  const { amount } = said;
  await context.tx
    .update(inbound)
    .set({ status: 'announced', ...said })
    .where(isOpen(row));
  if (amount !== claimedAmount)
    await openCase(context, {
      kind: 'differing_amount',
      leaseId: null,
      paymentId: id,
      detail: {
        provider,
        receipt,
        claimedAmount: money(claimedAmount, line.amount.currency),
        confirmedAmount: money(amount, line.amount.currency),
      },
    });
  const mistaken = await attemptWithReceipt(context.tx, row);
  if (mistaken !== undefined)
    await openCase(context, {
      kind: 'receipt_taken',
      leaseId: mistaken.leaseId,
      paymentId: mistaken.id,
      detail: { provider, receipt },
    });
  await closeForgery(context, row);
}

/** It was denied before; now it is known, and nobody forged it. */
async function closeForgery(context: Context, { id }: InboundRow): Promise<void> {
  const isForgery = and(eq(cases.paymentId, id), eq(cases.kind, 'forged_announcement'));
  await closeCasesOf(context, isForgery, 'the provider knows of it now');
}

/** What the statement says of it. */
function confirmedBy(deps: PaymentDependencies, line: StatementLine) {
  return {
    amount: line.amount.amount,
    account: asTyped(line.account),
    paidAt: line.at,
    ...payerOf(deps, line),
  };
}

/** The payer whom the statement names, to whom money may go back. An announcement alone names nobody: anybody may have made it. */
function payerOf({ encryption }: PaymentDependencies, { payer }: StatementLine) {
  if (payer === null) return { payerEncrypted: null, payerHash: null };
  return {
    payerEncrypted: encryption.encrypt(payer),
    payerHash: encryption.hash('phone', payer),
    payerMasked: maskPhone(payer),
  };
}

/** Looks on the day's statement, and on the neighbours' for what was paid around midnight; no day to come has one. */
async function lineOf(deps: PaymentDependencies, row: InboundRow, at: Date): Promise<StatementLine | null> {
  const provider = deps.mobileMoney.get(row.provider);
  const day = localDateAt(row.paidAt.getTime(), row.market);
  const today = localDateAt(at.getTime(), row.market);
  for (const date of [day, addDays(day, 1), addDays(day, -1)].filter((one) => one <= today)) {
    const { lines, unread } = await provider.statement(date, row.market);
    const found = lines.find(({ type, receipt }) => type !== 'refund' && normalReceipt(receipt) === row.receipt);
    if (found !== undefined) return { ...found, receipt: row.receipt };
    const isIts = ({ receipt }: UnreadLine) => receipt !== null && normalReceipt(receipt) === row.receipt;
    if (unread.some((line) => isIts(line) && line.amount !== 0))
      throw new ProviderFailure('unknown', `${row.provider}: the line of an announced payment cannot be read`);
  }
  return null;
}
