import { eq } from 'drizzle-orm';
import { cases } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { money, type Currency } from '#domain/money';
import { isReceipt } from '#domain/payments/receipt';
import type { Day } from '#domain/payments/wire';
import { transact } from '../../context.ts';
import { closeCasesOf } from '../../cases/close-case.ts';
import { announceInbound } from '../inbound/announce.ts';
import { wentBack } from '../give-back/went-back.ts';
import { findInbound } from '../inbound/confirm-inbound.ts';
import type { ReconciliationDependencies } from './dependencies.ts';
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
    // No workflow can bear such a name: that is for a person.
    if (!isReceipt(line.receipt)) continue;
    const inboundId = await announceInbound(deps, {
      provider,
      receipt: line.receipt,
      account: line.account,
      amount: money(line.amount, currency),
      paidAt: new Date(line.at),
      payer: line.phone ?? undefined,
      body: null,
    });
    // A charge of ours has the receipt, or the provider denied it before and lists it now: that is for a person.
    if (inboundId === null || (await findInbound(deps.db, inboundId)).status === 'refuted') continue;
    await transact(deps.db, system('reconciliation'), at, (context) =>
      closeCasesOf(context, eq(cases.id, caseId), 'taken in from the statement'),
    );
  }
}

/**
 * Money in suspense that the provider took back, or that went back as we had ordered, leaves suspense and the provider's
 * account, and its case is closed. Where a lease has got it meanwhile the case stays. Harmless to repeat.
 */
export async function bookTakenBack(
  { db }: Pick<ReconciliationDependencies, 'db'>,
  takenBack: readonly { readonly line: StatedLine; readonly inboundId: string; readonly caseId: string }[],
  at: Date,
): Promise<void> {
  for (const { line, inboundId, caseId } of takenBack)
    await transact(db, system('reconciliation'), at, async (context) => {
      const { receipt } = line;
      const isBooked = await wentBack(context, { inboundId, at: new Date(line.at), receipt });
      if (!isBooked) return;
      await closeCasesOf(context, eq(cases.id, caseId), 'booked: what waited in suspense went back');
    });
}
