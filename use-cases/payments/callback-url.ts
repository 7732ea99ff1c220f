import { callbackSecret } from '#platform/callback-secret';
import type { PaymentDependencies } from './dependencies.ts';

/** Where a provider tells of a payment, a refund or a give-back of this id. */
export function callbackUrlOf(
  { config, encryption }: Pick<PaymentDependencies, 'config' | 'encryption'>,
  { id, provider }: { readonly id: string; readonly provider: string },
): string {
  return `${config.PUBLIC_URL}/v1/callbacks/${provider}/${callbackSecret(encryption, id)}`;
}
