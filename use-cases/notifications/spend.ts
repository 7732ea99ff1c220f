import { sql } from 'drizzle-orm';
import { smsSpend, type notificationTries } from '#db/schema/index';
import { dailyCeilings } from '#domain/notifications/rules';
import { openCase } from '../cases/open-case.ts';
import type { Context } from '../context.ts';

/** What a text costs, minor units, on which local day of which market. */
export type TextCost = Pick<typeof notificationTries.$inferSelect, 'market' | 'day' | 'costMinor'>;

/**
 * Takes what a text costs from the market's day. One statement, so that two at once do not both take the last of it.
 *
 * @param isExempt it is sent also beyond the ceiling
 * @returns false where the day has no money left for it, which is a case
 */
export async function spend(
  context: Context,
  { market, day, costMinor }: TextCost,
  isExempt: boolean,
): Promise<boolean> {
  const ceiling = dailyCeilings[market];
  const after = sql`${smsSpend.amount} + ${costMinor}`;
  const [spent] = await context.tx
    .insert(smsSpend)
    .values({ market, day, amount: costMinor })
    .onConflictDoUpdate({
      target: [smsSpend.market, smsSpend.day],
      set: { amount: after },
      setWhere: isExempt ? sql`true` : sql`${after} <= ${ceiling}`,
    })
    .returning({ amount: smsSpend.amount });
  if (spent !== undefined) return true;
  const detail = { market, ceiling, day };
  await openCase(context, { kind: 'texts_ceiling', about: market, leaseId: null, paymentId: null, detail });
  return false;
}

/** Gives back what a text did not cost. */
export async function giveSpendBack({ tx }: Context, { market, day, costMinor }: TextCost): Promise<void> {
  if (costMinor === 0) return;
  await tx
    .update(smsSpend)
    .set({ amount: sql`greatest(0, ${smsSpend.amount} - ${costMinor})` })
    .where(sql`${smsSpend.market} = ${market} and ${smsSpend.day} = ${day}`);
}
