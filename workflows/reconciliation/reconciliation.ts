import { ActivityFailure, setCurrentDetails } from '@temporalio/workflow';
import type { ReconciliationActivities } from '#domain/payments/wire';
import { markets, marketRules } from '#domain/markets';
import { activitiesOf } from '../kit/activities.ts';
import { askingProvider } from '../kit/retry.ts';
import type { ReconciliationInput } from './messages.ts';

const records = activitiesOf<ReconciliationActivities>('payments');
const statements = (patience = 12 * 60) => records(askingProvider('5 minutes', patience * 60_000));

/**
 * A provider's statement of one day against the books: every line and every movement is accounted for, each
 * difference is a case, and what the statement proves of our own payments is told to their leases. Workflow
 * id `reconciliation-<provider>-<market>-<date>`; asked for again, it makes a new report.
 *
 * @returns the id of the report, although there is none where only a missing one was wanted.
 */
export async function reconciliation(input: ReconciliationInput): Promise<string> {
  const { reconciliationId, provider, market, date, patience, ...order } = input;
  const now = () => new Date().toISOString();
  const report = { reconciliationId, provider, market, date, ...order };
  const begun = await records().beginReconciliation({ ...report, at: now() });
  if (begun === 'reported') return reconciliationId;
  const wanted = market === null ? markets.filter((one) => marketRules(one).providers.includes(provider)) : [market];
  const told: string[] = [];
  const tell = (line: string) => {
    told.push(`- ${line}`);
    setCurrentDetails([`### ${provider}, ${date}`, ...told].join('\n'));
  };
  try {
    for (const one of wanted) {
      const day = { reconciliationId, provider, market: one, date };
      const { matched, differences, proven, absent } = await statements(patience).reconcileMarket(day);
      tell(
        `**${one}** ${matched} matched, ${differences} differ, ${proven} of them payments that the statement proves`,
      );
      if (proven > 0) await statements(patience).settleFound({ reconciliationId });
      if (absent.length > 0) await statements(patience).settleAbsent({ provider, date, absent });
    }
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const failure = error.cause?.message ?? error.message;
    tell(`**failed** ${failure}`);
    await records().finishReconciliation({ reconciliationId, failure, at: now() });
    throw error;
  }
  await records().finishReconciliation({ reconciliationId, at: now() });
  return reconciliationId;
}
