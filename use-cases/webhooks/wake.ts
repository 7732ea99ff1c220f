import type { SQL } from 'drizzle-orm';
import { dueBefore, pageInTurn } from '#db/queries/webhooks';
import type { Logger } from '#platform/log';
import { wakeDelivery } from '#steering/wake-delivery';
import type { WakingDependencies } from './dependencies.ts';

/** Deliveries that are looked up at a time. */
const PAGE = 1_000;
/** Milliseconds for which one call wakes them, and the schedule does; what is left the next one finds. */
const WAKES_FOR = 20_000;
const SCHEDULE_WAKES_FOR = 180_000;
/** That are woken at a time. */
const AT_ONCE = 20;
/** Milliseconds by which a try may be late before its workflow counts as missing. */
const LATE = 120_000;

/**
 * Wakes a delivery that is queued, if Temporal is there: where it is not, the schedule does. Whoever asked has his answer.
 *
 * @param afterMs how long it is left alone first, where nothing runs for it
 */
export async function wakeSoon(
  deps: WakingDependencies & { readonly log: Logger },
  deliveryId: string,
  afterMs = 0,
): Promise<void> {
  try {
    await wakeDelivery(deps, deliveryId, afterMs);
  } catch (error) {
    deps.log.warn({ err: error, deliveryId }, 'a delivery waits for the schedule');
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Wakes the deliveries among these whose turn it is, but for those that are in somebody's hand. @returns how many. */
export async function wakeInTurn(
  deps: WakingDependencies,
  which: SQL | undefined,
  inHand = NONE,
  forMs = WAKES_FOR,
): Promise<number> {
  const until = Date.now() + forMs;
  let woken = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: Awaited<ReturnType<typeof pageInTurn>> = await pageInTurn(deps.db, which, PAGE, after);
    const ids = page.map(({ id }) => id).filter((id) => !inHand.has(id));
    await wakeAll(deps, ids);
    woken += ids.length;
    after = page.length < PAGE || Date.now() > until ? undefined : page.at(-1)?.number;
  }
  return woken;
}

/** Wakes deliveries whose turn it is. */
export async function wakeAll(deps: WakingDependencies, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += AT_ONCE)
    await Promise.all(ids.slice(from, from + AT_ONCE).map((id) => wakeDelivery(deps, id)));
}

/** Wakes what should have been tried a while ago. @returns how many. */
export function wakeOverdue(deps: WakingDependencies, at: Date): Promise<number> {
  return wakeInTurn(deps, dueBefore(new Date(at.getTime() - LATE)), NONE, SCHEDULE_WAKES_FOR);
}
