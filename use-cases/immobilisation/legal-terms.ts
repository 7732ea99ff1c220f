import type { Queryable } from '#db/client';
import { legalNoticeOf, thresholdOf } from '#domain/telematics/immobilisation/law';
import type { Market } from '#domain/markets';
import { ruleAt } from './market-rule.ts';

interface PlanTerms {
  readonly market: Market;
  readonly immobiliseAfterDaysPastDue: number | null;
  readonly immobiliseNoticeHours: number;
}

/** What a plan and the market's law of today ask of whoever stops a vehicle or takes it back, and which law that is; null where none is entered. */
export async function legalTerms(db: Queryable, plan: PlanTerms) {
  const rule = await ruleAt(db, plan.market, Date.now());
  if (rule === null) return { stop: null, repossession: null, source: null };
  const { immobiliseAfterDaysPastDue: days, immobiliseNoticeHours: hours } = plan;
  const stop = {
    afterDaysPastDue: days === null ? null : thresholdOf(days, rule),
    noticeHours: legalNoticeOf(hours, rule),
    afterTwoThirds: rule.stopsAfterTwoThirds,
  };
  return { stop, repossession: rule, source: rule.source };
}
