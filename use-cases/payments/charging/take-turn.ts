import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { and, eq, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Queryable } from '#db/client';
import { leases, methods, queues, turns } from '#db/schema/index';
import { markets, paymentProviders } from '#domain/markets';
import { furthest, longestHere, spacingMs, stands, waitFor } from '#domain/payments/pace';
import { quietFrom } from '#domain/quiet-hours';
import type { PaymentDependencies } from '../dependencies.ts';

interface Prompt {
  readonly attemptId: string;
  readonly leaseId: string;
  /** Place of the payment method among the lease's; 0 is the first. */
  readonly method: number;
  /** On the lease's clock. */
  readonly at: string;
}

/** So long before his quiet hours a payer is prompted at the latest, and so near a turn is not given to another; milliseconds. */
const [BEFORE_QUIET, NEAR] = [60_000, 5_000];
/** So long after its turn a row is of nobody any more. */
const OVER = 60_000;
/** Such rows are removed with every so manieth turn. */
const SWEEP = 100;
const nowMs = sql`(extract(epoch from clock_timestamp())::float8 * 1000)`;

/**
 * Waits until the provider takes another automatic prompt in that market. Thousands of leases are due at the same hour: each
 * takes its turn, whichever worker it is with, and one that is far away comes again by the activity's own back-off, so
 * that nothing is held meanwhile. The turn is used up when this returns: what is sent again takes another one.
 *
 * @param lastsMs what one try of the activity may take
 * @throws ApplicationFailure that names when to look again
 */
export async function takeTurn(
  { db, config }: Pick<PaymentDependencies, 'db' | 'config'>,
  prompt: Prompt,
  lastsMs: number,
): Promise<void> {
  const apart = spacingMs(config.PROMPTS_PER_SECOND);
  const seen = await look(db, prompt);
  if (seen === null) return;
  const keeps = seen.own !== null && stands(seen.own, seen, seen.now, apart);
  const { at, now } =
    keeps && seen.own !== null ? { at: seen.own, now: seen.now } : await take(db, prompt, seen, { apart, lastsMs });
  const wait = waitFor(at, now, lastsMs);
  if ('againMs' in wait)
    throw ApplicationFailure.create({
      message: 'others are prompted before it',
      type: 'NotItsTurn',
      nextRetryDelay: wait.againMs,
      category: ApplicationFailureCategory.BENIGN,
    });
  if (seen.own !== null) await db.delete(turns).where(eq(turns.attemptId, prompt.attemptId));
  if (wait.hereMs > 0) await sleep(wait.hereMs);
}

const ms = z.coerce.number();
const seenRows = z.array(
  z.object({
    provider: z.enum(paymentProviders),
    market: z.enum(markets),
    quiet: z.object({ from: z.number(), until: z.number() }).nullable(),
    nextAt: ms,
    taken: ms,
    first: ms.nullable(),
    own: ms.nullable(),
    now: ms,
  }),
);
type Seen = z.infer<typeof seenRows>[number];

/** The queue that a prompt stands in, by who pays, and its own turn; null when the lease is not there. */
async function look(db: Queryable, { attemptId, leaseId, method }: Prompt): Promise<Seen | null> {
  const rows = await db.execute(sql`
    select m.provider, l.market, l.quiet_hours as quiet, coalesce(q.next_ms, 0) as "nextAt", coalesce(q.taken, 0) as taken,
      (select t.number from ${turns} t where t.provider = m.provider and t.market = l.market and t.at_ms > clock.now
        order by t.at_ms limit 1) as first,
      (select t.at_ms from ${turns} t where t.attempt_id = ${attemptId} and t.provider = m.provider
        and t.market = l.market) as own,
      clock.now
    from ${leases} l
    join ${methods} m on m.id = coalesce((l.payment_method_id || l.backup_method_ids)[${method + 1}], l.payment_method_id)
    left join ${queues} q on q.provider = m.provider and q.market = l.market
    cross join (select ${nowMs} as now) clock
    where l.id = ${leaseId}`);
  return seenRows.parse([...rows])[0] ?? null;
}

const given = z.array(z.object({ at: ms, number: ms, now: ms }));

interface Turn {
  readonly at: number;
  readonly now: number;
}

/** Gives out the next turn in one statement, since everybody's row is locked by it; a far one is kept for whoever comes again. */
async function take(
  db: Queryable,
  { attemptId, at }: Prompt,
  { provider, market, quiet, ...seen }: Seen,
  { apart, lastsMs }: { readonly apart: number; readonly lastsMs: number },
): Promise<Turn> {
  const clock = Math.max(Date.parse(at), Date.now());
  const endsMs = seen.now + quietFrom(clock, quiet, market) - clock;
  const apartMs = sql`${apart}::float8`;
  const rows = await db.execute(sql`
    with given as (
      insert into ${queues} as q (provider, market, next_ms, taken) values (${provider}, ${market}, ${nowMs} + ${apartMs}, 1)
      on conflict (provider, market) do update set taken = q.taken + 1, next_ms = ${apartMs} + greatest(${nowMs},
        least(q.next_ms, ${furthest(seen, seen.now, apart)}::float8 + (q.taken - ${seen.taken}::bigint) * ${apartMs}))
      returning next_ms - ${apartMs} as at, taken as number, ${nowMs} as now
    ), kept as (
      insert into ${turns} (attempt_id, provider, market, number, at_ms, ends_ms)
      select ${attemptId}::uuid, ${provider}, ${market}, number, at, ${endsMs}::float8 from given
      where at > now + ${longestHere(lastsMs)}::float8
      on conflict (attempt_id) do update set provider = excluded.provider, market = excluded.market,
        number = excluded.number, at_ms = excluded.at_ms, ends_ms = excluded.ends_ms
    )
    select at, number, now from given`);
  const [turn] = given.parse([...rows]);
  if (turn === undefined) throw new Error(`no turn was given to ${attemptId}`);
  if (turn.number % SWEEP === 0) {
    const inQueue = and(eq(turns.provider, provider), eq(turns.market, market));
    await db.delete(turns).where(and(inQueue, lt(turns.atMs, turn.now - OVER)));
  }
  return turn.at < endsMs - BEFORE_QUIET ? turn : ((await exchange(db, attemptId, turn.now)) ?? turn);
}

/**
 * Whose quiet hours begin before his turn has that of somebody else, who has his: the last that comes in time, of a payer
 * who may still be prompted at the later one. Without one he keeps his own, and is asked the next morning.
 */
async function exchange(db: Queryable, attemptId: string, now: number): Promise<Turn | null> {
  const rows = await db.execute(sql`
    with mine as (select * from ${turns} where attempt_id = ${attemptId} for update),
    other as (
      select t.* from ${turns} t join mine on mine.provider = t.provider and mine.market = t.market
      where t.at_ms > ${now + NEAR}::float8 and t.at_ms < mine.ends_ms - ${BEFORE_QUIET}::float8
        and t.ends_ms > mine.at_ms + ${BEFORE_QUIET}::float8
      order by t.at_ms desc limit 1 for update of t skip locked
    ), moved as (
      update ${turns} t set at_ms = mine.at_ms, number = mine.number from mine, other where t.attempt_id = other.attempt_id
    ), gained as (
      update ${turns} t set at_ms = other.at_ms, number = other.number from mine, other where t.attempt_id = mine.attempt_id
    )
    select at_ms as at, number, ${now}::float8 as now from other`);
  return given.parse([...rows])[0] ?? null;
}
