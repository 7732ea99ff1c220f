import { uuidv7 } from 'uuidv7';
import { listReconciliations, type ReconciliationRow } from '#db/queries/reconciliations';
import { localDate, localDateAt } from '#domain/calendar';
import { Problem, wrongInput } from '#domain/errors';
import { markets, marketRules, type Market, type PaymentProvider } from '#domain/markets';
import { inTime } from '#platform/in-time';
import { startReconciliation } from '#steering/start-reconciliation';
import type { ReconciliationDependencies } from './dependencies.ts';

/** Milliseconds that whoever asks waits for the report, so that a read right after shows it. */
const PATIENCE_MS = 9_000;

type Dependencies = Pick<ReconciliationDependencies, 'config' | 'db' | 'temporal' | 'mobileMoney'>;

interface ReconciliationWish {
  readonly provider: PaymentProvider;
  readonly date: string;
  readonly market?: Market | undefined;
}

/** Starts a reconciliation, or joins the one of that day that is under way, and waits a while for its report. */
export async function reconcile(
  deps: Dependencies,
  requestedBy: string,
  wish: ReconciliationWish,
): Promise<ReconciliationRow> {
  const day = dayOf(deps, wish);
  const order = { reconciliationId: uuidv7(), ...day, requestedBy };
  const { end } = await startReconciliation(deps.temporal, deps.config.TASK_QUEUE_PREFIX, order);
  // One that takes longer, or failed, is read from its report.
  await inTime(end, PATIENCE_MS).catch(() => {});
  const [row] = await listReconciliations(deps.db, day, { limit: 1 });
  if (row === undefined) throw new Problem('unavailable', 'The reconciliation has not begun; look again later');
  return row;
}

/** @throws Problem unprocessable, or invalid_input for a day that has not begun anywhere. */
function dayOf(deps: Dependencies, { provider: name, date, market: wanted }: ReconciliationWish) {
  if (deps.mobileMoney.all().every((one) => one.name !== name))
    throw new Problem('unprocessable', 'The provider is not configured', [
      { path: 'provider', message: 'is not configured here' },
    ]);
  const served = markets.filter((one) => marketRules(one).providers.includes(name));
  if (wanted !== undefined && !served.includes(wanted))
    throw new Problem('unprocessable', 'The provider does not serve this market', [
      { path: 'market', message: `must be ${served.join(' or ')} for ${name}` },
    ]);
  const [only, ...others] = wanted === undefined ? served : [wanted];
  const walls = wanted === undefined ? served : [wanted];
  if (walls.every((one) => date > localDateAt(Date.now(), one)))
    throw wrongInput([{ path: 'date', message: 'must not be in the future' }]);
  return { provider: name, market: others.length === 0 ? (only ?? null) : null, date: localDate(date) };
}
