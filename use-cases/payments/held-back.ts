import { ringsAt } from '#domain/payments/quiet-hours';
import type { AttemptOrder } from '#domain/payments/wire';
import { ProviderFailure } from '#providers/mobile-money/provider';
import type { Context } from '../context.ts';
import type { LeaseRecord } from '../leases/lease-record.ts';
import { findAttempt, type AttemptRow } from './attempt-record.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { providerToCharge } from './open-attempt.ts';

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
