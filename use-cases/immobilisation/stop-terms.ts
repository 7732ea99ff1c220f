import type { Queryable } from '#db/client';
import { legalNoticeOf, thresholdOf } from '#domain/telematics/immobilisation/law';
import type { Market } from '#domain/markets';
import { ruleAt } from './market-rule.ts';

interface PlanTerms {
  readonly market: Market;
  readonly immobiliseAfterDaysPastDue: number | null;
  readonly immobiliseNoticeHours: number;
}

/** What stops a vehicle by a plan and the market's law of today, and which law that is; null where none is entered. */
export async function stopTerms(db: Queryable, plan: PlanTerms) {
  const rule = await ruleAt(db, plan.market, Date.now());
  if (rule === null) return { stop: null, source: null };
  const { immobiliseAfterDaysPastDue: days, immobiliseNoticeHours: hours } = plan;
  const stop = {
    afterDaysPastDue: days === null ? null : thresholdOf(days, rule),
    noticeHours: legalNoticeOf(hours, rule),
    afterTwoThirds: rule.stopsAfterTwoThirds,
  };
  return { stop, source: rule.source };
}
