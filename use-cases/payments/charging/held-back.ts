import { and, asc, eq, gt, isNull, or } from 'drizzle-orm';
import { findAttempt } from '#db/queries/payments';
import { attempts } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { AT_IT_MS, ringsAt } from '#domain/quiet-hours';
import type { AttemptOrder, CollectOutcome } from '#domain/payments/wire';
import { ProviderFailure } from '#providers/provider-failure';
import { transact, type Context } from '../../context.ts';
import type { LeaseRecord } from '../../leases/lease-record.ts';
import { answerOfProvider } from '../outcomes/ask-provider.ts';
import { LOST_AFTER, onLeaseClock, providerOf, type AttemptRow } from '../attempt-record.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { providerToCharge } from './open-attempt.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';

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

/** For so long, in milliseconds, a provider that does not answer holds up what another one would be asked for. */
const SILENT_HOLDS = 3_600_000;

/**
 * An earlier prompt that counts as never taken may have reached the phone late, and then both could be paid. So nothing is
 * sent while a provider might still show one, and an earlier prompt that was paid is what became of this order.
 * For a settlement only earlier prompts for settlements count.
 *
 * @returns null when they are over, when there are none, and for an order that was opened before.
 */
export async function promptBefore(
  deps: PaymentDependencies,
  order: AttemptOrder & { readonly at: string },
): Promise<CollectOutcome | null> {
  const { attemptId, leaseId, kind } = order;
  const neverSeen = and(
    eq(attempts.status, 'failed'),
    eq(attempts.reason, 'not_sent'),
    eq(attempts.sent, true),
    isNull(attempts.refundOf),
    gt(attempts.sentAt, new Date(Date.now() - LOST_AFTER)),
    kind === 'settlement' ? eq(attempts.kind, kind) : undefined,
  );
  const rows = await deps.db
    .select()
    .from(attempts)
    .where(and(eq(attempts.leaseId, leaseId), or(eq(attempts.id, attemptId), neverSeen)))
    .orderBy(asc(attempts.createdAt), asc(attempts.id));
  if (rows.some(({ id }) => id === attemptId)) return null;
  const became = await Promise.all(rows.map((row) => becameOf(deps, row, order)));
  return became.find((one) => one?.status === 'succeeded') ?? became.find((one) => one !== null) ?? null;
}

/** What became of a prompt that was never seen, as its provider says now; null when it is over. */
async function becameOf(
  deps: PaymentDependencies,
  row: AttemptRow,
  order: AttemptOrder & { readonly at: string },
): Promise<CollectOutcome | null> {
  const status = await answerOfProvider(deps, row);
  const sentAt = onLeaseClock(row, row.sentAt ?? row.createdAt).getTime();
  const pausedFor = (ms: number) => (Date.parse(order.at) - sentAt < ms ? { status: 'paused' as const } : null);
  switch (status?.state) {
    case undefined: {
      const isItsOwn = (await providerToCharge(deps.db, order)) === row.provider;
      return pausedFor(isItsOwn ? LOST_AFTER : SILENT_HOLDS);
    }
    case 'succeeded':
      return transact(deps.db, system('collections'), new Date(), (context) => recordOutcome(context, row.id, status));
    case 'failed':
      return null;
    case 'pending':
    case 'cannot_tell':
      return { status: 'paused' };
    case 'not_found':
      return pausedFor(deps.mobileMoney.get(providerOf(row)).promptLasts);
  }
}

/**
 * Whether a prompt that the lease orders by itself would come at night, or in hours that its customer wants quiet. It is
 * ordered again by day. The next prompt of a settlement may follow the one before within the hour.
 */
export function isQuiet(
  { at }: Pick<Context, 'at'>,
  { row: { quietHours, market } }: LeaseRecord,
  { requestedAt }: AttemptRow,
  order: AttemptOrder,
): boolean {
  // A lease that has travelled is ahead of the wall; one whose order was long on its way is behind it.
  const now = Math.max(at.getTime(), Date.now());
  const isLate = (asked: number | null) => ringsAt(now, asked, quietHours, market) > now;
  if (isAutomatic(order)) return isLate(order.asked === true ? requestedAt.getTime() : null);
  if (order.kind !== 'settlement' || order.rang === undefined) return false;
  return (order.rang === null || now - Date.parse(order.rang) >= AT_IT_MS) && isLate(null);
}
