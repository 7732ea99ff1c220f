import { and, eq } from 'drizzle-orm';
import { inbound } from '#db/schema/index';
import { addDays, localDateAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import type { StatementLine } from '#providers/mobile-money/statement';
import { record, transact } from '../../context.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { openCase } from '../open-case.ts';
import { maskPhone } from '../payment-methods.ts';

export type InboundRow = typeof inbound.$inferSelect;

export async function findInbound(db: PaymentDependencies['db'], inboundId: string): Promise<InboundRow> {
  const [row] = await db.select().from(inbound).where(eq(inbound.id, inboundId));
  if (row === undefined) throw new Error(`there is no inbound payment ${inboundId}`);
  return row;
}

/**
 * Asks the provider whether a payment that was announced was made: an announcement is never believed. What
 * the provider says of amount and account replaces what the announcement said.
 *
 * @returns false while the provider knows of no such payment: to be asked again.
 * @throws ProviderFailure when it does not say.
 */
export async function confirmInbound(deps: PaymentDependencies, inboundId: string): Promise<boolean> {
  const row = await findInbound(deps.db, inboundId);
  if (row.status !== 'announced') return true;
  const line = await lineOf(deps, row);
  if (line === null || line.amount.currency !== row.currency) return false;
  await deps.db
    .update(inbound)
    .set({ amount: line.amount.amount, account: line.account.slice(0, 64), paidAt: line.at, ...payerOf(deps, line) })
    .where(and(eq(inbound.id, inboundId), eq(inbound.status, 'announced')));
  return true;
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

/** Looks on the day's statement, and on the neighbours' for what was paid around midnight. */
async function lineOf(deps: PaymentDependencies, row: InboundRow): Promise<StatementLine | null> {
  const provider = deps.mobileMoney.get(row.provider);
  const today = localDateAt(row.paidAt.getTime(), row.market);
  for (const date of [today, addDays(today, 1), addDays(today, -1)]) {
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
