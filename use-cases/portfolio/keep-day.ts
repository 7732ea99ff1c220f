import type { Database, Transaction } from '#db/client';
import { foresee } from '#db/queries/collections';
import { portfolioNow } from '#db/queries/portfolio';
import { forecasts, portfolioDays, portfolioParts } from '#db/schema/index';
import { instantOf, localDateAt } from '#domain/calendar';
import { markets, type Market } from '#domain/markets';

/** So long after midnight the day that has ended can still be kept: later it would be another day that is kept in its name. */
const WINDOW_MS = 3 * 3_600_000;
/** So many days are foreseen: a month, and what a forecast of a month ahead is held against. */
const FORESEEN_DAYS = 35;

/**
 * Keeps the portfolio of the local day that has just ended, once for each market, and what is foreseen of the next days.
 * Repeated, it does nothing; a day that was missed stays missed.
 *
 * @param at the wall's time
 * @returns how many markets it kept
 */
export async function keepDay(db: Database, at: Date): Promise<number> {
  let kept = 0;
  for (const market of markets) {
    const midnight = instantOf(localDateAt(at.getTime(), market), 0, market);
    if (at.getTime() - midnight > WINDOW_MS) continue;
    const ended = new Date(midnight - 1);
    kept += Number(await db.transaction((tx) => keep(tx, { market, at, ended })));
  }
  return kept;
}

/** @returns false where it is kept already */
async function keep(
  tx: Transaction,
  { market, at, ended }: { readonly market: Market; readonly at: Date; readonly ended: Date },
) {
  const day = localDateAt(ended.getTime(), market);
  const [fresh] = await tx.insert(portfolioDays).values({ market, day, takenAt: at }).onConflictDoNothing().returning();
  if (fresh === undefined) return false;
  const parts = await portfolioNow(tx, { market, at: ended });
  if (parts.length > 0) await tx.insert(portfolioParts).values(parts.map((part) => ({ ...part, market, day })));
  const foreseen = await foresee(tx, { market, day, days: FORESEEN_DAYS });
  if (foreseen.length > 0) await tx.insert(forecasts).values(foreseen.map((one) => ({ ...one, market, day })));
  return true;
}
