import { eq } from 'drizzle-orm';
import { cases } from '#db/schema/index';
import { caseKey } from '#domain/cases';
import type { Day } from '#domain/payments/wire';
import type { UnreadLine } from '#providers/mobile-money/statement';
import { openCase } from '../../cases/open-case.ts';
import type { Context } from '../../context.ts';
import { aboutStatement } from './incomplete-statement.ts';

/** Lines in the case: the rest is on the statement. */
const LINES_SHOWN = 20;
/** Characters of a word of the provider's. */
const LONGEST = 40;

/**
 * Tells of the lines of a day's statement that nobody can read, once: the same day is read on other mornings, after somebody has
 * looked.
 */
export async function tellOfUnread(
  context: Context,
  { provider, market, date }: Day,
  unread: readonly UnreadLine[],
): Promise<void> {
  if (unread.length === 0) return;
  const about = aboutStatement({ provider, market, date });
  const isIts = eq(cases.key, caseKey('statement_unread', about));
  const told = await context.tx.select({ detail: cases.detail }).from(cases).where(isIts);
  if (told.some(({ detail }) => Number(detail['unread']) >= unread.length)) return;
  const lines = unread.slice(0, LINES_SHOWN).map(({ field, type, receipt, amount }) => ({
    field,
    type: type?.slice(0, LONGEST) ?? null,
    receipt: receipt?.slice(0, LONGEST) ?? null,
    amount,
  }));
  await openCase(context, {
    kind: 'statement_unread',
    leaseId: null,
    paymentId: null,
    about,
    detail: { provider, market, date, unread: unread.length, lines },
  });
}
