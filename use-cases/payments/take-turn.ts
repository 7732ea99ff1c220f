import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { leases, methods, pace } from '#db/schema/index';
import { spacingMs, waitFor } from '#domain/payments/pace';
import type { PaymentDependencies } from './dependencies.ts';

const taken = z.array(z.object({ turn: z.coerce.number(), now: z.coerce.number() }));

interface Prompt {
  readonly leaseId: string;
  /** Place of the payment method among the lease's; 0 is the first. */
  readonly method: number;
}

/**
 * Waits until the provider takes another automatic prompt. Thousands of leases are due at the same hour: each takes its
 * turn, whichever worker it is with, and one that is far away comes again by the activity's own back-off, so that nothing
 * is held meanwhile. Turns are by the database's clock.
 *
 * @param lastsMs what one try of the activity may take
 * @throws ApplicationFailure that names when it is its turn
 */
export async function takeTurn(
  { db, config }: Pick<PaymentDependencies, 'db' | 'config'>,
  { leaseId, method }: Prompt,
  lastsMs: number,
): Promise<void> {
  const apart = sql`${spacingMs(config.PROMPTS_PER_SECOND)} * interval '1 ms'`;
  const rows = await db.execute(sql`
    insert into ${pace} as p (provider, next_at)
    select m.provider, clock_timestamp() + ${apart}
    from ${leases} l
    join ${methods} m on m.id = coalesce((l.payment_method_id || l.backup_method_ids)[${method + 1}], l.payment_method_id)
    where l.id = ${leaseId}
    on conflict (provider) do update set next_at = greatest(p.next_at, clock_timestamp()) + ${apart}
    returning extract(epoch from next_at - ${apart}) * 1000 as turn, extract(epoch from clock_timestamp()) * 1000 as now`);
  const [mine] = taken.parse([...rows]);
  if (mine === undefined) return;
  const wait = waitFor(mine.turn, mine.now, lastsMs);
  if ('againMs' in wait)
    throw ApplicationFailure.create({
      message: 'others are prompted before it',
      type: 'NotItsTurn',
      nextRetryDelay: wait.againMs,
      category: ApplicationFailureCategory.BENIGN,
    });
  if (wait.hereMs > 0) await sleep(wait.hereMs);
}
