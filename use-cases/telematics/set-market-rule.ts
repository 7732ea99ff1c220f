import { uuidv7 } from 'uuidv7';
import { marketRuleRows } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { MarketRule } from '#domain/telematics/immobilisation/law';
import { record, type Context } from '../context.ts';

/**
 * Enters what the law of a market asks from a day on. What holds already stays as it was: whoever was stopped by it can
 * look it up.
 *
 * @throws Problem unprocessable for a day that has passed; already_exists where a rule begins on that day
 */
export async function setMarketRule(context: Context, rule: MarketRule): Promise<typeof marketRuleRows.$inferSelect> {
  const refuse = (message: string) => [{ path: 'effectiveFrom', message }];
  if (rule.effectiveFrom < localDateAt(context.at.getTime(), rule.market))
    throw new Problem('unprocessable', 'A rule begins today or later', refuse('has passed'));
  const [row] = await context.tx
    .insert(marketRuleRows)
    .values({ id: uuidv7(), ...rule, createdAt: context.at })
    .onConflictDoNothing()
    .returning();
  if (row === undefined) throw new Problem('already_exists', 'A rule begins on that day', refuse('is taken'));
  await record(context, {
    type: 'market_rule.entered',
    subject: row.id,
    detail: { market: rule.market, effectiveFrom: rule.effectiveFrom },
  });
  return row;
}
