import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { findAttempt } from '#db/queries/payments';
import { findLease } from '#db/queries/leases';
import { attempts, callbacks, leases } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import type { Market, PaymentProvider } from '#domain/markets';
import { money, type Currency } from '#domain/money';
import type { CallbackClaim } from '#providers/mobile-money/provider';
import type { Settled } from '#domain/payments/wire';
import { leaseWorkflowId, moneyArrived, moneyFailed } from '#workflows/lease/messages';
import { transact, type Context } from '../context.ts';
import { restartFromBooks } from '../leases/restart-lease.ts';
import { lockAttempt, outcomeOf, type AttemptRow } from './attempt-record.ts';
import { ask } from './ask-provider.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { openCase } from '../cases/open-case.ts';
import { bookConfirmed } from './book-confirmed.ts';
import { recordOutcome } from './record-outcome.ts';
import { completeCharge } from '#steering/complete-charge';
import { signalWorkflow } from '#steering/signal-workflow';
import { tellBooksChanged } from '#steering/tell-books-changed';
import { callbackHash } from '#platform/callback-secret';

const actor = system('callbacks');

/** A callback as it came. */
export interface Callback {
  readonly provider: PaymentProvider;
  readonly secret: string;
  readonly body: string;
  readonly headers: Headers;
  /** The message of a time-out in a queue claims nothing, whatever it says: what waited there may be done all the same. */
  readonly isTimeOut: boolean;
}

/**
 * Keeps a callback as it came. It is acknowledged after this; what it claims is not believed but asked.
 *
 * @returns the attempt it belongs to, as it is now; null when the secret belongs to no attempt of this provider.
 */
export async function receiveCallback(
  deps: PaymentDependencies,
  input: Callback,
): Promise<{ attempt: AttemptRow; claim: CallbackClaim | null } | null> {
  const [found] = await deps.db
    .select({ attempt: attempts, market: leases.market })
    .from(attempts)
    .innerJoin(leases, eq(leases.id, attempts.leaseId))
    .where(eq(attempts.callbackHash, callbackHash(deps.encryption, input.secret)));
  if (found === undefined || found.attempt.provider !== input.provider) return null;
  const claim = readClaim(deps, input, found.market);
  await deps.db.insert(callbacks).values({
    id: uuidv7(),
    provider: input.provider,
    attemptId: found.attempt.id,
    bodyEncrypted: deps.encryption.encrypt(input.body),
    claim: claim === null ? null : { ...claim },
  });
  const providerRequestId = requestNamedBy(deps, input.provider, claim);
  if (providerRequestId !== null && found.attempt.providerRequestId === null) {
    const [named = found.attempt] = await deps.db
      .update(attempts)
      .set({ providerRequestId, sent: true })
      .where(eq(attempts.id, found.attempt.id))
      .returning();
    return { attempt: named, claim };
  }
  return { attempt: found.attempt, claim };
}

/**
 * The request that a callback names, which is all that is ever taken from one: where its provider can be asked by nothing
 * else, since the answer that named it was lost. What that request came to is asked.
 */
export function requestNamedBy(
  { mobileMoney }: Pick<PaymentDependencies, 'mobileMoney'>,
  provider: PaymentProvider,
  claim: CallbackClaim | null,
): string | null {
  if (claim === null || !claim.authentic) return null;
  return mobileMoney.get(provider).settlesWithin === undefined ? null : claim.providerRequestId;
}

/** What a callback claims; null where it claims nothing, or nothing that its provider would. */
export function readClaim(
  deps: Pick<PaymentDependencies, 'mobileMoney'>,
  input: Callback,
  market: Market,
): CallbackClaim | null {
  if (input.isTimeOut) return null;
  try {
    return deps.mobileMoney.get(input.provider).parseCallback(input.body, input.headers, market);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * Asks the provider about an attempt that a callback spoke of, writes the answer down and tells the
 * workflow. Harmless to repeat, and to lose: the activity's own polling comes to the same.
 */
export async function confirmAttempt(
  deps: PaymentDependencies,
  row: AttemptRow,
  claim: CallbackClaim | null,
): Promise<void> {
  const status = await ask(deps, row, claim);
  if (claim !== null) await compareClaim(deps, row, claim, status.state);
  if (status.state !== 'succeeded' && status.state !== 'failed') return;
  const outcome = await transact(deps.db, actor, new Date(), (context) => recordOutcome(context, row.id, status));
  // What counted as failed nobody asks about again: its lease books it, and is told until it has.
  const isAwaited = row.transferId === null && row.status !== 'failed';
  await tellWorkflow(deps, row.leaseId, isAwaited ? await bookConfirmed(deps, outcome) : outcome);
  // A refund may wait for the receipt that is known now.
  if (row.status === 'succeeded' && row.providerReference === null) await tellBooksChanged(deps, row.leaseId);
}

/** A callback that contradicts the provider's own status is a case: someone lies. */
export async function compareClaim(
  deps: Pick<PaymentDependencies, 'db'>,
  row: { readonly id: string; readonly leaseId: string | null; readonly amount: number; readonly currency: Currency },
  claim: CallbackClaim,
  truth: string,
): Promise<void> {
  const contradicts =
    !claim.authentic ||
    (claim.state === 'succeeded' && truth === 'failed') ||
    (claim.state === 'failed' && truth === 'succeeded') ||
    (claim.amount !== null && claim.amount !== row.amount);
  if (!contradicts) return;
  await transact(deps.db, actor, new Date(), (context) =>
    openCase(context, {
      kind: claim.amount !== null && claim.amount !== row.amount ? 'differing_amount' : 'lying_callback',
      leaseId: row.leaseId,
      paymentId: row.id,
      detail: {
        claimed: claim.state,
        claimedAmount: claim.amount === null ? null : money(claim.amount, row.currency),
        status: truth,
        authentic: claim.authentic,
        asked: money(row.amount, row.currency),
      },
    }),
  );
}

/**
 * Completes the waiting activity; what nobody waits for any more goes in as a signal, harmless to repeat. A lease that
 * is in doubt hears at once that no money moved. A lease that has ended hears of what it has booked as well: it may wait for the receipt, to give the money back.
 */
export async function tellWorkflow(
  deps: Pick<PaymentDependencies, 'temporal' | 'db' | 'config'>,
  leaseId: string,
  outcome: Settled,
): Promise<void> {
  if (await completeCharge(deps.temporal, leaseId, outcome)) return;
  const workflowId = leaseWorkflowId(leaseId);
  const row = await findAttempt(deps.db, outcome.attemptId);
  const known = row === undefined ? null : outcomeOf(row);
  if (row === undefined || known === null) return;
  if (known.status === 'failed') {
    const { attemptId, reason } = known;
    await signalWorkflow(deps.temporal, workflowId, moneyFailed, { attemptId, reason });
    return;
  }
  const isNews = row.transferId === null || (outcome.status === 'succeeded' && outcome.standing !== undefined);
  if (!isNews && !(await isOver(deps, leaseId))) return;
  const runs = await signalWorkflow(deps.temporal, workflowId, moneyArrived, { attemptId: row.id });
  if (!runs && isNews) await takeLate(deps, row);
}

/** Money that arrived after its lease's workflow: a lease that is over books it and gives it back, a dead one is a case. */
async function takeLate(
  deps: Pick<PaymentDependencies, 'temporal' | 'db' | 'config'>,
  { id, leaseId }: AttemptRow,
): Promise<void> {
  if (await isOver(deps, leaseId)) return restartFromBooks(deps, actor, leaseId);
  await transact(deps.db, actor, new Date(), (context) => tellLateMoney(context, id));
}

/** A case for money that nobody books until an admin comes; booking it closes it. Money that is booked by now, or not confirmed, is none. */
export async function tellLateMoney(context: Context, paymentId: string): Promise<void> {
  const { leaseId, settledAmount, amount, currency, transferId, status } = await lockAttempt(context.tx, paymentId);
  if (transferId !== null || status !== 'succeeded') return;
  const detail = { amount: money(settledAmount ?? amount, currency) };
  await openCase(context, { kind: 'late_money', leaseId, paymentId, detail });
}

async function isOver({ db }: Pick<PaymentDependencies, 'db'>, leaseId: string): Promise<boolean> {
  const lease = await findLease(db, leaseId);
  return lease !== undefined && hasEnded(lease.status);
}
