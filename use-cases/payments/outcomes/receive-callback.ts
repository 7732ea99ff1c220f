import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { attempts, callbacks, leases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import { callbackHash } from '#platform/callback-secret';
import { traced, traceparentNow } from '#platform/tracing/traced';
import type { CallbackClaim } from '#providers/mobile-money/provider';
import { tellBooksChanged } from '#steering/tell-books-changed';
import { transact } from '../../context.ts';
import { ask } from './ask-provider.ts';
import type { AttemptRow } from '../attempt-record.ts';
import { compareClaim, readClaim, requestNamedBy, type Callback } from '../claims.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { hearGiveBack } from '../suspense/give-back/hear-give-back.ts';
import { bookConfirmed, recordOutcome } from './record-outcome.ts';
import { tellOutcome } from './tell-outcome.ts';

const actor = system('callbacks');

/**
 * Keeps a callback of a payment, or of money that goes back from suspense.
 *
 * @returns what asks the provider about it: not to be waited for.
 * @throws Problem not_found when the secret is of nothing of this provider's.
 */
export async function receiveCallback(deps: PaymentDependencies, callback: Callback): Promise<() => Promise<void>> {
  const kept = await keepCallback(deps, callback);
  if (kept !== null) {
    const { attempt, claim } = kept;
    // An answer that leaves it open says nothing, and whoever asked asks again.
    if (callback.isStatus === true && claim === null) return async () => {};
    const options = { kind: 'consumer', parent: attempt.trace ?? undefined, link: traceparentNow() } as const;
    return () => traced(`callback ${callback.provider}`, options, () => confirmAttempt(deps, attempt, claim));
  }
  const back = await hearGiveBack(deps, callback);
  if (back === null) throw new Problem('not_found');
  return back;
}

/**
 * Keeps a callback as it came. It is acknowledged after this; what it claims is not believed but asked.
 *
 * @returns the attempt it belongs to, as it is now; null when the secret belongs to no attempt of this provider.
 */
export async function keepCallback(
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
  const providerRequestId = requestNamedBy(deps, input.provider, claim);
  return transact(deps.db, actor, new Date(), async ({ tx }) => {
    await tx.insert(callbacks).values({
      id: uuidv7(),
      provider: input.provider,
      attemptId: found.attempt.id,
      bodyEncrypted: deps.encryption.encrypt(input.body),
      claim: claim === null ? null : { ...claim },
    });
    if (providerRequestId === null || found.attempt.providerRequestId !== null)
      return { attempt: found.attempt, claim };
    const [named = found.attempt] = await tx
      .update(attempts)
      .set({ providerRequestId, sent: true })
      .where(eq(attempts.id, found.attempt.id))
      .returning();
    return { attempt: named, claim };
  });
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
  await tellOutcome(deps, row.leaseId, isAwaited ? await bookConfirmed(deps, outcome) : outcome);
  // A refund may wait for the receipt that is known now.
  if (row.status === 'succeeded' && row.providerReference === null) await tellBooksChanged(deps, row.leaseId);
}
