import { timingSafeEqual } from 'node:crypto';
import { paymentProviders, type PaymentProvider } from '#domain/markets';
import type { Encryption } from '#platform/encryption';

/** The unguessable last part of the path at which a provider announces payments that customers make by themselves. */
function inboundSecret(encryption: Pick<Encryption, 'hash'>, provider: PaymentProvider): string {
  return encryption.hash('callback', `inbound:${provider}`);
}

/** Path under the platform's public address. It names no provider: Safaricom refuses URLs that do. */
export function inboundPath(encryption: Pick<Encryption, 'hash'>, provider: PaymentProvider): string {
  return `/v1/callbacks/inbound/${inboundSecret(encryption, provider)}`;
}

/** The provider that a secret belongs to, or null. */
export function providerOfSecret(encryption: Pick<Encryption, 'hash'>, secret: string): PaymentProvider | null {
  return paymentProviders.find((provider) => isSame(inboundSecret(encryption, provider), secret)) ?? null;
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
