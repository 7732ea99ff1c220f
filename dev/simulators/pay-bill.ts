import { z } from 'zod';
import { deliveriesOfCharge, inboundUrl } from './deliveries.ts';
import { transactionOf } from './ledger.ts';
import { mpesaInbound, SANDBOX_SHORTCODE } from './mpesa-wire.ts';
import { toE164 } from './phones.ts';
import { badField, checked, jsonBody, Problem } from './problem.ts';
import { receiptOf } from './receipts.ts';
import type { Charge } from './records.ts';
import { simulatedProviders, type SimulatedProvider } from './simulated.ts';
import { routes, type Simulator } from './simulator.ts';

/** What a validation URL may take, in milliseconds, as at Safaricom. */
const VALIDATION_PATIENCE = 8_000;

const provider = z.enum(simulatedProviders);
export const payBillBody = z.strictObject({
  provider,
  payer: z.string(),
  account: z.string().min(1).max(64),
  amount: z.number().int().positive().max(Number.MAX_SAFE_INTEGER),
  currency: z.enum(['UGX', 'RWF', 'KES']),
});
const url = z.url({ protocol: /^https?$/ });
export const inboundBody = z.strictObject({ provider, url, validationUrl: url.optional() });

const countries = { UGX: 'UG', RWF: 'RW', KES: 'KE' } as const;
const currenciesOf: Record<SimulatedProvider, readonly string[]> = {
  mtn: ['UGX', 'RWF'],
  airtel: ['UGX', 'RWF', 'KES'],
  mpesa: ['KES'],
};

/** Payments that customers make by themselves, and where the providers tell of them. */
export function payBillRoutes(simulator: Simulator) {
  const { store, callbacks } = simulator;
  const app = routes();

  app.post('/pay-bill', async (c) => {
    const asked = checked(payBillBody, await jsonBody(c));
    const payer = toE164(asked.payer);
    if (payer === undefined) throw badField('payer', 'is no phone number');
    if (!currenciesOf[asked.provider].includes(asked.currency))
      throw badField('currency', `is not taken by ${asked.provider}`);
    const payment = paymentOf(simulator, { ...asked, payer });
    await validate(simulator, payment);
    // The number may have been used while the validation was asked.
    const charge = paymentOf(simulator, { ...asked, payer });
    await store.add(charge);
    for (const delivery of deliveriesOfCharge(simulator, charge)) callbacks.schedule(delivery);
    return c.json(transactionOf(simulator, charge), 201);
  });

  app.get('/inbound-urls', (c) =>
    c.json({ data: simulatedProviders.flatMap((name) => inboundUrl(simulator, name) ?? []).map(withoutType) }),
  );
  app.post('/inbound-urls', async (c) => {
    const asked = checked(inboundBody, await jsonBody(c));
    if (asked.validationUrl !== undefined && asked.provider !== 'mpesa')
      throw badField('validationUrl', 'is asked by mpesa alone');
    const record = {
      type: 'inboundUrl',
      provider: asked.provider,
      url: asked.url,
      validationUrl: asked.validationUrl ?? null,
      completesUnanswered: true,
    } as const;
    await store.add(record);
    return c.json(withoutType(record), 201);
  });
  return app;
}

const withoutType = ({ type: _type, ...rest }: NonNullable<ReturnType<typeof inboundUrl>>) => rest;

type Asked = Pick<Charge, 'provider' | 'payer' | 'account' | 'amount'> & { readonly currency: 'UGX' | 'RWF' | 'KES' };

function paymentOf({ store, random }: Simulator, asked: Asked): Charge {
  const at = Date.now();
  const receipt = receiptOf(random, asked.provider, 'pay-bill', store.payBillCount);
  const { provider: by, payer, account, amount, currency } = asked;
  return {
    type: 'charge',
    kind: 'payBill',
    provider: by,
    key: receipt,
    reference: null,
    receipt,
    payer,
    amount,
    currency,
    account,
    callbackUrl: null,
    prompted: false,
    outcome: 'charged',
    takenAt: at,
    settlesAt: at,
    ordinal: 0,
    callbacks: [],
    details: { country: countries[currency] },
  };
}

/** Asks M-Pesa's validation URL, where there is one. @throws Problem when the merchant does not want the money. */
async function validate(simulator: Simulator, payment: Charge): Promise<void> {
  const target = inboundUrl(simulator, payment.provider);
  if (target?.validationUrl === undefined || target.validationUrl === null) return;
  const body = mpesaInbound(payment, simulator.settings.MPESA_SHORTCODE ?? SANDBOX_SHORTCODE, 'validation');
  const answer = await simulator.callbacks.send(
    { url: target.validationUrl, method: 'POST', body },
    VALIDATION_PATIENCE,
  );
  const code = resultCode(answer?.text);
  if (code === undefined && target.completesUnanswered) return;
  if (code !== '0') {
    throw new Problem(
      422,
      'not_accepted',
      `The merchant's validation ${code === undefined ? 'did not answer' : `answered ${code}`}.`,
    );
  }
}

function resultCode(text: string | undefined): string | undefined {
  try {
    const { ResultCode: code } = z
      .object({ ResultCode: z.union([z.string(), z.number()]) })
      .parse(JSON.parse(text ?? ''));
    return String(code);
  } catch {
    return undefined;
  }
}
