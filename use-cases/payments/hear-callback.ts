import { Problem } from '#domain/errors';
import type { PaymentDependencies } from './dependencies.ts';
import { hearGiveBack } from './give-back/hear-give-back.ts';
import { confirmAttempt, receiveCallback, type Callback } from './receive-callback.ts';

/**
 * Keeps a callback of a payment, or of money that goes back from suspense.
 *
 * @returns what asks the provider about it: not to be waited for.
 * @throws Problem not_found when the secret is of nothing of this provider's.
 */
export async function hearCallback(deps: PaymentDependencies, callback: Callback): Promise<() => Promise<void>> {
  const heard = await receiveCallback(deps, callback);
  if (heard !== null) return () => confirmAttempt(deps, heard.attempt, heard.claim);
  const back = await hearGiveBack(deps, callback);
  if (back === null) throw new Problem('not_found');
  return back;
}
