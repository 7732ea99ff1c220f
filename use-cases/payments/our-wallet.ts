import type { PaymentProvider } from '#domain/markets';
import { money, type Currency } from '#domain/money';
import type { DeclineReason } from '#domain/payments/decline';
import { closeCaseAbout } from '../cases/close-case.ts';
import { openCase } from '../cases/open-case.ts';
import type { Context } from '../context.ts';

/** What of money that goes back is refused for is ours: too little is in our wallet, or its operator is not let in. */
const ours: ReadonlySet<DeclineReason> = new Set(['no_funds', 'wrong_pin']);

interface GoingBack {
  readonly provider: PaymentProvider;
  readonly currency: Currency;
  /** Minor units. */
  readonly amount: number;
}

/** No customer can mend it, and every lease meets it: one case of the provider in this currency, at the first refusal. */
export async function tellOfWallet(
  context: Context,
  { provider, currency, amount }: GoingBack,
  reason: DeclineReason,
): Promise<void> {
  if (!ours.has(reason)) return;
  const detail = { provider, reason, amount: money(amount, currency) };
  await openCase(context, {
    kind: 'wallet_refuses',
    leaseId: null,
    paymentId: null,
    about: `${provider}:${currency}`,
    detail,
  });
}

/** Money went back: whatever was the matter is mended. */
export async function walletPays(context: Context, { provider, currency }: Omit<GoingBack, 'amount'>): Promise<void> {
  await closeCaseAbout(context, 'wallet_refuses', `${provider}:${currency}`, 'money went back by it');
}
