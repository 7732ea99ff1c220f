import { and, eq, inArray } from 'drizzle-orm';
import { cases, inbound } from '#db/schema/index';
import { addDays, localDateAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import type { StatementLine } from '#providers/mobile-money/statement';
import { record, transact, type Context } from '../../context.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { openCase } from '../open-case.ts';
import { maskPhone } from '../payment-methods.ts';
import { asTyped } from './announce.ts';

export type InboundRow = typeof inbound.$inferSelect;

export async function findInbound(db: PaymentDependencies['db'], inboundId: string): Promise<InboundRow> {
  const [row] = await db.select().from(inbound).where(eq(inbound.id, inboundId));
  if (row === undefined) throw new Error(`there is no inbound payment ${inboundId}`);
  return row;
}

/**
 * Asks the provider whether a payment that was announced was made: an announcement is never believed. What
 * the provider says of amount and account replaces what the announcement said; another amount is a case.
 *
 * @returns false while the provider knows of no such payment: to be asked again.
 * @throws ProviderFailure when it does not say.
 */
export async function confirmInbound(deps: PaymentDependencies, inboundId: string, at: Date): Promise<boolean> {
  const row = await findInbound(deps.db, inboundId);
  if (row.status === 'suspense' || row.status === 'posted') return true;
  const line = await lineOf(deps, row, at);
  if (line === null) return false;
  await transact(deps.db, system('inbound'), at, (context) => writeConfirmed(context, deps, row, line));
  return true;
}

async function writeConfirmed(
  context: Context,
  deps: PaymentDependencies,
  { id, amount: claimedAmount, provider, receipt }: InboundRow,
  line: StatementLine,
): Promise<void> {
  const { amount } = line.amount;
  const open = and(eq(inbound.id, id), inArray(inbound.status, ['announced', 'refuted']));
  const said = { amount, account: asTyped(line.account), paidAt: line.at, ...payerOf(deps, line) };
  await context.tx
    .update(inbound)
    .set({ status: 'announced', ...said })
    .where(open);
  if (amount !== claimedAmount)
    await openCase(context, {
      kind: 'differing_amount',
      leaseId: null,
      paymentId: id,
      detail: { provider, receipt, claimedAmount, confirmedAmount: amount, currency: line.amount.currency },
    });
  // It was denied before; now it is known, and nobody forged it.
  await context.tx
    .update(cases)
    .set({ status: 'closed', closedAt: context.at, resolution: 'the provider knows of it now' })
    .where(and(eq(cases.paymentId, id), eq(cases.kind, 'forged_announcement'), eq(cases.status, 'open')));
}

/** A payer whom the announcement hid may be named on the statement. */
function payerOf({ encryption }: PaymentDependencies, { payer }: StatementLine) {
  if (payer === null) return {};
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
    const lines = await provider.statement(date, row.market);
    const found = lines.find(({ type, receipt }) => type === 'payBill' && receipt === row.receipt);
    if (found !== undefined) return found;
  }
  return null;
}

/** Nobody paid what was announced: it is kept, and a case for a person. */
export async function refuteInbound(deps: Pick<PaymentDependencies, 'db'>, inboundId: string, at: Date): Promise<void> {
  const row = await findInbound(deps.db, inboundId);
  if (row.status !== 'announced') return;
  await transact(deps.db, system('inbound'), at, async (context) => {
    await context.tx.update(inbound).set({ status: 'refuted' }).where(eq(inbound.id, inboundId));
    const { provider, receipt, amount, currency, account } = row;
    await openCase(context, {
      kind: 'forged_announcement',
      leaseId: null,
      paymentId: inboundId,
      detail: { provider, receipt, amount, currency, account },
    });
    await record(context, {
      key: `inbound.refuted:${inboundId}`,
      type: 'inbound.refuted',
      subject: inboundId,
      detail: { provider, receipt },
    });
  });
}
