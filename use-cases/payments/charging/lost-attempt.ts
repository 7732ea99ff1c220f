import { and, asc, eq, inArray, ne, or } from 'drizzle-orm';
import { unbooked } from '#db/queries/payment-states';
import { attempts } from '#db/schema/index';
import { parseDue } from '#domain/leases/due';
import type { AttemptOrder } from '#domain/payments/wire';
import type { Context } from '../../context.ts';
import type { AttemptRow } from '../attempt-record.ts';

/**
 * A charge of the lease that is under way or unknown and that nobody waits for: an operator reset the workflow to a point before the
 * charge, so the workflow does not know it. Or one that was paid and is in no books: who wrote that down may have died before he told
 * the lease, and booking it twice is booking it once. Whoever orders a charge by itself and finds nothing due takes it over, so that its
 * outcome is asked for and it holds nothing up for ever. Call it with the lease locked.
 *
 * @param lastsMs for how long a charge is waited for, in milliseconds of the wall's clock
 */
export async function lostAttempt(
  { tx }: Pick<Context, 'tx'>,
  {
    attemptId,
    leaseId,
    kind,
    known,
  }: Pick<AttemptOrder, 'attemptId' | 'leaseId' | 'kind'> & {
    readonly known?: readonly string[];
  },
  lastsMs: number,
): Promise<AttemptRow | null> {
  if (known === undefined || kind === 'pay' || kind === 'refund') return null;
  const open = await tx
    .select()
    .from(attempts)
    .where(
      and(
        eq(attempts.leaseId, leaseId),
        ne(attempts.id, attemptId),
        ne(attempts.kind, 'refund'),
        or(inArray(attempts.status, ['pending', 'unknown']), unbooked),
      ),
    )
    .orderBy(asc(attempts.createdAt), asc(attempts.id));
  // A run has one charge of its own under way; a person's it may have beside it, and marks as unknown in time.
  const isOurs = (row: AttemptRow) => row.kind === kind && kind !== 'settlement' && parseDue(row.due).kind !== 'own';
  const isForgotten = ({ sentAt, createdAt }: AttemptRow) => Date.now() - (sentAt ?? createdAt).getTime() > 2 * lastsMs;
  const isLost = (row: AttemptRow) => row.status === 'succeeded' || isOurs(row) || isForgotten(row);
  return open.find((row) => !known.includes(row.id) && isLost(row)) ?? null;
}
