import type { Queryable } from '#db/client';
import { latestAssessment } from '#db/queries/credit';
import type { CreditReason, CreditTier } from '#domain/credit/assessment';
import { assess } from '#domain/credit/scorecard';
import { gatherFacts } from './gather-facts.ts';

/** What a customer sees of his own credit. */
interface CreditProfile {
  /** 300 to 850. */
  readonly score: number;
  readonly tier: CreditTier;
  readonly reasons: readonly CreditReason[];
  /** When an application was assessed; null for a preview on what is known now. */
  readonly assessedAt: Date | null;
}

/** The customer's newest assessment, or a preview without an application, which is not kept. */
export async function creditProfile(
  db: Queryable,
  input: { readonly customerId: string; readonly at: Date },
): Promise<CreditProfile> {
  const latest = await latestAssessment(db, input.customerId);
  if (latest !== null)
    return { score: latest.score, tier: latest.tier, reasons: latest.reasons, assessedAt: latest.createdAt };
  const { score, tier, reasons } = assess(await gatherFacts(db, { ...input, lease: null }));
  return { score, tier, reasons, assessedAt: null };
}
