import { and, desc, eq, gt, or } from 'drizzle-orm';
import { findAttempt } from '#db/queries/payments';
import { attempts } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { ringsAt } from '#domain/payments/quiet-hours';
import type { AttemptOrder, CollectOrder, CollectOutcome } from '#domain/payments/wire';
import { ProviderFailure } from '#providers/mobile-money/provider';
import { transact, type Context } from '../context.ts';
import type { LeaseRecord } from '../leases/lease-record.ts';
import { ask } from './ask-provider.ts';
import { onLeaseClock, providerOf, type AttemptRow } from './attempt-record.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { providerToCharge } from './open-attempt.ts';
import { recordOutcome } from './record-outcome.ts';

/** What a lease orders by itself, and what holds that back for a while. */
type Automatic = Extract<AttemptOrder, { kind: 'deposit' | 'instalment' }>;
export const isAutomatic = (order: AttemptOrder): order is Automatic => 'method' in order;

/**
 * True while the provider to be charged does not answer: a try now would be wasted. A breaker that may try
 * again asks for a token first, which no customer notices.
 */
export async function isDown(deps: PaymentDependencies, order: AttemptOrder): Promise<boolean> {
  if (deps.mobileMoney.all().every((provider) => provider.circuit() === 'closed')) return false;
  const name = await providerToCharge(deps.db, order);
  if (name === null) return false;
  const provider = deps.mobileMoney.get(name);
  const circuit = provider.circuit();
  if (circuit === 'closed' || (await findAttempt(deps.db, order.attemptId)) !== undefined) return false;
  if (circuit === 'open') return true;
  try {
    await provider.ping();
    return false;
  } catch (error) {
    if (error instanceof ProviderFailure) return true;
    throw error;
  }
}

/** Milliseconds after which a request that no provider has seen is not on its way any more. */
const LOST_AFTER = 24 * 3_600_000;

/**
 * A prompt of before that counts as never taken may have got through late: two at once could both be paid. Nothing is
 * sent beside it while the provider might still show it, and what became of it is what became of this order.
 *
 * @returns null when it is over, or when there is none.
 */
export async function promptBefore(deps: PaymentDependencies, order: CollectOrder): Promise<CollectOutcome | null> {
  const { attemptId, leaseId } = order;
  const neverSeen = and(
    eq(attempts.status, 'failed'),
    eq(attempts.reason, 'not_sent'),
    eq(attempts.sent, true),
    gt(attempts.sentAt, new Date(Date.now() - LOST_AFTER)),
  );
  const [newest] = await deps.db
    .select()
    .from(attempts)
    .where(and(eq(attempts.leaseId, leaseId), or(eq(attempts.id, attemptId), neverSeen)))
    .orderBy(desc(attempts.createdAt))
    .limit(1);
  if (newest === undefined || newest.id === attemptId || newest.refundOf !== null) return null;
  const status = await ask(deps, newest);
  switch (status.state) {
    case 'succeeded':
      return transact(deps.db, system('collections'), new Date(), (context) =>
        recordOutcome(context, newest.id, status),
      );
    case 'failed':
      return null;
    case 'pending':
    case 'cannot_tell':
      return { status: 'paused' };
    case 'not_found': {
      const sentAt = onLeaseClock(newest, newest.sentAt ?? newest.createdAt).getTime();
      const isLive = Date.parse(order.at) - sentAt < deps.mobileMoney.get(providerOf(newest)).promptLasts;
      return isLive ? { status: 'paused' } : null;
    }
  }
}

/** Whether a prompt that the lease orders by itself would come at night. It is ordered again in the morning. */
export function isQuiet(
  { at }: Pick<Context, 'at'>,
  { row: { quietHours, market } }: LeaseRecord,
  { requestedAt }: AttemptRow,
  order: AttemptOrder,
): boolean {
  if (!isAutomatic(order)) return false;
  // A lease that has travelled is ahead of the wall; one whose order was long on its way is behind it.
  const now = Math.max(at.getTime(), Date.now());
  return ringsAt(now, order.asked === true ? requestedAt.getTime() : null, quietHours, market) > now;
}
