import { randomUUID } from 'node:crypto';
import { attempts } from '#db/schema/index';
import type { Customer } from '#dev/journey';
import { marketOf, type PaymentProvider } from '#domain/markets';
import type { Money } from '#domain/money';
import { callbackHash, callbackSecret } from '#platform/callback-secret';
import type { TestPlatform } from './platform.ts';

/** The provider charges a deposit that counted as failed. @returns the payment's id. */
export async function isChargedLate(
  { encryption, database, deps, url }: TestPlatform,
  { phone, paymentMethodId }: Customer,
  leaseId: string,
  provider: PaymentProvider,
  { amount, currency }: Money,
): Promise<string> {
  const paymentId = randomUUID();
  const secret = callbackSecret(encryption, paymentId);
  await database.db.insert(attempts).values({
    id: paymentId,
    leaseId,
    kind: 'deposit',
    due: `pay-${paymentId}`,
    provider,
    paymentMethodId,
    payerMasked: '+256*',
    amount,
    currency,
    status: 'failed',
    reason: 'not_confirmed',
    sent: true,
    callbackHash: callbackHash(encryption, secret),
    requestedAt: new Date(),
  });
  await deps.mobileMoney.get(provider).charge({
    attemptId: paymentId,
    payer: phone,
    amount: { amount, currency },
    market: marketOf(currency),
    reference: 'LATE',
    callbackUrl: `${url}/v1/callbacks/${provider}/${secret}`,
  });
  return paymentId;
}
