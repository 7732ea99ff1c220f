import { randomUUID } from 'node:crypto';
import { findPayment } from '#db/queries/payments';
import { attempts } from '#db/schema/index';
import type { Customer } from '#dev/journey';
import { system } from '#domain/identity/roles';
import { marketOf, type PaymentProvider } from '#domain/markets';
import { money, type Money } from '#domain/money';
import { callbackHash, callbackSecret } from '#platform/callback-secret';
import { transact } from '#use-cases/context';
import { recordOutcome } from '#use-cases/payments/outcomes/record-outcome';
import { tellOutcome } from '#use-cases/payments/outcomes/tell-outcome';
import type { TestPlatform } from './platform.ts';

/** What a provider says of a charge once nobody waits for it any more, as its callback does. */
export async function answersLate(
  { deps }: TestPlatform,
  leaseId: string,
  paymentId: string,
  said?: Parameters<typeof recordOutcome>[2],
): Promise<void> {
  const payment = await findPayment(deps.db, paymentId);
  const paid = { state: 'succeeded', receipt: paymentId, amount: money(payment.amount, payment.currency) } as const;
  const outcome = await transact(deps.db, system('test'), new Date(), (context) =>
    recordOutcome(context, paymentId, said ?? paid),
  );
  await tellOutcome(deps, leaseId, outcome);
}

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
