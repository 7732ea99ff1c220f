import { z } from 'zod';
import { toMinor } from './amounts.ts';
import { wallTime } from './clock.ts';
import { badMpesaField, mpesaBody, mpesaError } from './mpesa-answers.ts';
import { NAIROBI } from './mpesa-wire.ts';
import { toE164 } from './phones.ts';
import { truthOf, type Charge } from './records.ts';
import { takeRefund } from './refunds.ts';
import type { routes, Simulator } from './simulator.ts';
import { fits } from './tokens.ts';

/** Shillings that M-Pesa pays out at once. */
const MAXIMUM = 250_000;

const url = z.url({ protocol: /^https?$/ });
const digits = z.union([z.string(), z.number()]).transform(String);
const payoutBody = z.object({
  OriginatorConversationID: z.string().min(1).max(100),
  InitiatorName: z.string().min(1),
  SecurityCredential: z.string().min(1),
  CommandID: z.enum(['BusinessPayment', 'SalaryPayment', 'PromotionPayment']),
  Amount: z.union([z.number(), z.string()]),
  PartyA: digits.pipe(z.string().regex(/^\d{5,7}$/)),
  PartyB: digits.pipe(z.string().regex(/^254\d{9}$/)),
  Remarks: z.string().min(1).max(100),
  QueueTimeOutURL: url,
  ResultURL: url,
  // Spelt so by Safaricom.
  Occassion: z.string().max(100).optional(),
});

/**
 * Pays out to a customer (B2C). What is paid out counts as given back of the charge whose receipt is `Occassion`, else of the
 * payee's newest charge. An id that was used before is refused; otherwise nothing is known of requests that are the same.
 */
export function payoutRoute(app: ReturnType<typeof routes>, simulator: Simulator): void {
  const { store, settings, random, faults } = simulator;
  app.post('/b2c/v3/paymentrequest', async (c) => {
    const body = await mpesaBody(c, payoutBody);
    if (body instanceof Response) return body;
    if (!fits(settings.MPESA_B2C_INITIATOR, body.InitiatorName)) return badMpesaField('InitiatorName');
    if (!fits(settings.MPESA_B2C_SHORTCODE, body.PartyA)) return badMpesaField('PartyA');
    const originator = body.OriginatorConversationID;
    for (const { provider, reference } of store.refunds())
      if (provider === 'mpesa' && reference === originator)
        return mpesaError(500, '500.002.1001', 'Duplicate OriginatorConversationID.');
    const shillings = Number(body.Amount);
    const amount = toMinor(body.Amount, 'KES');
    if (amount === undefined || !Number.isInteger(shillings) || shillings > MAXIMUM) return badMpesaField('Amount');
    const charge = chargeOf(simulator, toE164(body.PartyB), body.Occassion);
    if (charge === undefined) return badMpesaField('PartyB');
    const conversation = `AG_${wallTime(Date.now(), NAIROBI).stamp.slice(0, 8)}_${random.digits(20, 'b2c', originator)}`;
    await takeRefund(simulator, charge, {
      key: conversation,
      reference: originator,
      amount,
      callbackUrl: body.ResultURL,
      isDisbursement: true,
      details: {
        originatorConversationId: originator,
        ...(faults.strikes('queueTimeOuts', 'mpesa', conversation) && { timeOutUrl: body.QueueTimeOutURL }),
      },
    });
    return Response.json({
      OriginatorConversationID: originator,
      ConversationID: conversation,
      ResponseCode: '0',
      ResponseDescription: 'Accept the service request successfully.',
    });
  });
}

function chargeOf({ store }: Simulator, phone: string | undefined, receipt: string | undefined): Charge | undefined {
  if (phone === undefined) return undefined;
  const now = Date.now();
  const paid = [...store.charges(phone)].filter(
    (charge) => charge.provider === 'mpesa' && truthOf(charge, now).state === 'paid',
  );
  return paid.find((charge) => charge.receipt === receipt) ?? paid.at(-1);
}
