import { constants, privateDecrypt } from 'node:crypto';
import type { Context } from 'hono';
import { z } from 'zod';
import { marketRules, markets } from '#domain/markets';
import { toMinor } from './amounts.ts';
import { privateKey, publicKey } from './airtel-key.ts';
import { airtelAnswer, airtelStatus } from './airtel-wire.ts';
import { toE164 } from './phones.ts';
import { jsonOrUndefined } from './problem.ts';
import { truthOf, type Charge } from './records.ts';
import { isBelowLeast, takeRefund } from './refunds.ts';
import type { routes, Simulator } from './simulator.ts';
import { fits } from './tokens.ts';

const body = z.object({
  payee: z.object({ msisdn: z.union([z.string(), z.number().int()]).transform(String) }),
  reference: z.string().regex(/^[a-z\d]{4,64}$/i),
  pin: z.string().min(1),
  transaction: z.object({ amount: z.number(), id: z.string().min(1).max(80), type: z.literal('B2C') }),
});

const refused = (status: 200 | 400, message: string, result: string, response = '') =>
  airtelAnswer(status, message, result, response);

/**
 * Pays out to a wallet, the PIN encrypted with the key that `GET /v1/rsa/encryption-keys` tells. What is paid out
 * counts as given back of the charge whose receipt is the reference, else of the payee's newest charge.
 */
export function disbursementRoutes(app: ReturnType<typeof routes>, simulator: Simulator): void {
  const { store } = simulator;

  app.get('/v1/rsa/encryption-keys', (c) => {
    const status = airtelStatus('200', 'SUCCESS', 'ESB000010', 'DP02010001001', true);
    return c.json({ data: { key_id: 1, key: publicKey, valid_upto: '' }, status });
  });
  for (const version of ['v1', 'v2', 'v3']) {
    app.post(`/standard/${version}/disbursements`, (c) => disburse(c, simulator));
    app.get(`/standard/${version}/disbursements/:id`, async (c) => {
      const id = c.req.param('id');
      const found = store.refund('airtel', id);
      await store.settled();
      if (found?.isDisbursement !== true) return refused(200, 'Transaction not found', 'ESB000011', 'DP00900001015');
      return c.json(paidOut(id, found.receipt));
    });
  }
}

async function disburse(c: Context, simulator: Simulator): Promise<Response> {
  const { settings, store } = simulator;
  const parsed = body.safeParse(await jsonOrUndefined(c));
  if (!parsed.success) return refused(400, 'Field validation error', 'ESB000008');
  const { payee, reference, pin, transaction } = parsed.data;
  const plain = decrypted(pin);
  if (plain === undefined) return refused(400, 'Incorrect encrypted pin', 'ROUTER116');
  if (!fits(settings.AIRTEL_DISBURSEMENT_PIN, plain)) return refused(400, 'Incorrect pin', 'ROUTER115');
  if (store.refund('airtel', transaction.id))
    return refused(200, 'Duplicate transaction id', 'ESB000011', 'DP00900001017');
  const market = markets.find((one) => one === c.req.header('x-country'));
  if (market === undefined) return refused(400, 'Invalid country', 'ROUTER006');
  const { callingCode, currency } = marketRules(market);
  const phone = toE164(callingCode + payee.msisdn);
  const charge = phone === undefined ? undefined : chargeOf(simulator, phone, currency, reference);
  if (charge === undefined) return refused(200, 'Invalid mobile number', 'ESB000011', 'DP00900001012');
  const amount = toMinor(transaction.amount, currency);
  if (amount === undefined || isBelowLeast(amount, currency))
    return refused(200, 'Invalid amount', 'ESB000011', 'DP00900001004');
  const { id } = transaction;
  const paid = await takeRefund(simulator, charge, {
    key: id,
    reference: id,
    amount,
    callbackUrl: null,
    isDisbursement: true,
    details: {},
  });
  return c.json(paidOut(id, paid.receipt));
}

function decrypted(pin: string): string | undefined {
  try {
    const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    return privateDecrypt({ key: privateKey, ...padding }, Buffer.from(pin, 'base64')).toString();
  } catch {
    return undefined;
  }
}

function chargeOf({ store }: Simulator, phone: string, currency: string, reference: string): Charge | undefined {
  const now = Date.now();
  const paid = [...store.charges(phone)].filter(
    (charge) => charge.provider === 'airtel' && charge.currency === currency && truthOf(charge, now).state === 'paid',
  );
  return paid.find(({ receipt }) => receipt.replaceAll(/[^a-z\d]/gi, '') === reference) ?? paid.at(-1);
}

function paidOut(id: string, receipt: string): object {
  return {
    data: { transaction: { reference_id: receipt.replaceAll(/\D/g, ''), airtel_money_id: receipt, id, status: 'TS' } },
    status: airtelStatus('200', 'SUCCESS', 'ESB000010', 'DP00900001001', true),
  };
}
