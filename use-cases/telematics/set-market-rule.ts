import { and, eq, isNull, ne } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { immobilisations, marketRuleRows, vehicles } from '#db/schema/index';
import { localDateAt, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { Market } from '#domain/markets';
import type { MarketRule } from '#domain/telematics/immobilisation/law';
import { record, type Context } from '../context.ts';
import { notifyImmobilisation } from '../immobilisation/command-vehicle.ts';

type RuleRow = typeof marketRuleRows.$inferSelect;

/**
 * Enters what the law of a market asks from a day on. What holds already stays as it was: whoever was stopped by it can
 * look it up.
 *
 * @throws Problem unprocessable for a day that has passed; already_exists where a rule begins on that day
 */
export async function setMarketRule(context: Context, rule: MarketRule): Promise<RuleRow> {
  refusePast(context, rule);
  const row = await enter(context, rule, null);
  await record(context, {
    type: 'market_rule.entered',
    subject: row.id,
    detail: { market: rule.market, effectiveFrom: rule.effectiveFrom },
  });
  return row;
}

/**
 * Takes a rule that was entered wrongly for another, from its own day on or from a later one: it holds at once, and what
 * waits or stands by the wrong one is asked again. The wrong one stays, to be looked up by whoever was stopped by it.
 *
 * @param reason why, in words
 * @throws Problem not_found; invalid_state for one that was corrected already; unprocessable for a day before its own, unless
 * that is to come; already_exists where another rule begins on that day
 */
export async function correctMarketRule(
  context: Context,
  id: string,
  { reason, ...given }: Omit<MarketRule, 'market'> & { readonly reason: string },
): Promise<RuleRow> {
  const { tx, at } = context;
  const [wrong] = await tx.select().from(marketRuleRows).where(eq(marketRuleRows.id, id)).for('update');
  if (wrong === undefined) throw new Problem('not_found');
  if (wrong.correctedAt !== null) throw new Problem('invalid_state', 'it was corrected already');
  const rule = { ...given, market: wrong.market };
  if (rule.effectiveFrom < wrong.effectiveFrom) refusePast(context, rule);
  await tx.update(marketRuleRows).set({ correctedAt: at }).where(eq(marketRuleRows.id, id));
  const row = await enter(context, rule, id);
  const { market, effectiveFrom } = rule;
  await record(context, {
    type: 'market_rule.corrected',
    subject: row.id,
    detail: { market, effectiveFrom, corrects: id, reason },
  });
  return row;
}

const fault = (message: string) => [{ path: 'effectiveFrom', message }];

function refusePast({ at }: Context, { market, effectiveFrom }: { market: Market; effectiveFrom: LocalDate }): void {
  if (effectiveFrom < localDateAt(at.getTime(), market))
    throw new Problem('unprocessable', 'A rule begins today or later', fault('has passed'));
}

async function enter(context: Context, rule: MarketRule, corrects: string | null): Promise<RuleRow> {
  const { tx, at } = context;
  const [row] = await tx
    .insert(marketRuleRows)
    .values({ id: uuidv7(), ...rule, corrects, createdAt: at })
    .onConflictDoNothing()
    .returning();
  if (row === undefined) throw new Problem('already_exists', 'A rule begins on that day', fault('is taken'));
  // Whoever waits or stands in its market is asked again.
  const open = await tx
    .select({ vehicleId: immobilisations.vehicleId })
    .from(immobilisations)
    .innerJoin(vehicles, eq(vehicles.id, immobilisations.vehicleId))
    .where(
      and(eq(vehicles.market, rule.market), ne(immobilisations.state, 'ended'), isNull(immobilisations.endReason)),
    );
  for (const { vehicleId } of open) await notifyImmobilisation(context.tx, vehicleId);
  return row;
}
