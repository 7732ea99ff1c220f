import type { Context } from '../context.ts';
import { feesHangOn } from './fees-due-again.ts';
import type { LeaseRecord } from './lease-record.ts';
import { openClaims } from './open-claims.ts';
import { quoteHangsOn } from './quote-cover.ts';

/**
 * True where a lease that ends now would end otherwise if the days are wrong on which agents say that they took cash:
 * with a late fee that is undone, or by another quote. It does not end before somebody else has decided on them. Call
 * it with the lease locked.
 */
export async function hangsOnClaims(context: Context, record: LeaseRecord): Promise<boolean> {
  const claims = await openClaims(context, record.row);
  if (claims.size === 0) return false;
  return (await feesHangOn(claims, context, record)) || (await quoteHangsOn(claims, context, record));
}
