import { and, eq } from 'drizzle-orm';
import { cases, inbound } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { money, type Currency } from '#domain/money';
import { transact } from '../../context.ts';
import { announceInbound } from '../inbound/announce.ts';
import type { ReconciliationDependencies } from './dependencies.ts';
import type { Day } from './find-movements.ts';
import type { StatedLine } from './stated-line.ts';

/**
 * Payments that customers made by themselves and that nobody announced go the way of an announcement, which
 * asks the provider once more. The difference stays on the report; its case is closed. Harmless to repeat.
 */
export async function takeIn(
  deps: ReconciliationDependencies,
  { provider }: Day,
  unannounced: readonly { readonly line: StatedLine; readonly currency: Currency; readonly caseId: string }[],
  at: Date,
): Promise<void> {
  for (const { line, currency, caseId } of unannounced) {
    const inboundId = await announceInbound(deps, {
      provider,
      receipt: line.receipt,
      account: line.account,
      amount: money(line.amount, currency),
      paidAt: new Date(line.at),
      payer: line.phone ?? undefined,
      body: null,
    });
    const [row] = await deps.db.select({ status: inbound.status }).from(inbound).where(eq(inbound.id, inboundId));
    // The provider denied it before and lists it now: that is for a person.
    if (row?.status === 'refuted') continue;
    await transact(deps.db, system('reconciliation'), at, ({ tx }) =>
      tx
        .update(cases)
        .set({ status: 'closed', closedAt: at, resolution: 'taken in from the statement' })
        .where(and(eq(cases.id, caseId), eq(cases.status, 'open'))),
    );
  }
}
