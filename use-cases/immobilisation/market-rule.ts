import { and, eq, isNull } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { marketRuleRows } from '#db/schema/index';
import { localDate, localDateAt } from '#domain/calendar';
import type { Market } from '#domain/markets';
import { ruleOn, type MarketRule } from '#domain/telematics/immobilisation/law';

/** What the law of a market asks on the local day of an instant, epoch milliseconds; null where nobody has entered it. */
export async function ruleAt(tx: Queryable, market: Market, at: number): Promise<MarketRule | null> {
  const isIts = and(eq(marketRuleRows.market, market), isNull(marketRuleRows.correctedAt));
  const rows = await tx.select().from(marketRuleRows).where(isIts);
  const rules = rows.map((row): MarketRule => ({ ...row, effectiveFrom: localDate(row.effectiveFrom) }));
  return ruleOn(rules, market, localDateAt(at, market));
}
