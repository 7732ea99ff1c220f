import { z } from 'zod';
import { toMinor } from './amounts.ts';
import { wallTime } from './clock.ts';
import { badMpesaField, merchantReference, mpesaBody } from './mpesa-answers.ts';
import { payoutRoute } from './mpesa-payout.ts';
import { mpesaResultBody, mpesaRefundResult, NAIROBI } from './mpesa-wire.ts';
import { withoutPlus } from './phones.ts';
import { truthOf, type Charge, type Refund } from './records.ts';
import { takeRefund } from './refunds.ts';
import type { routes, Simulator } from './simulator.ts';
import { fits } from './tokens.ts';

const url = z.url({ protocol: /^https?$/ });
const party = z.union([z.string(), z.number()]).transform(String);
const common = {
  Initiator: z.string().min(1),
  SecurityCredential: z.string().min(1),
  ResultURL: url,
  QueueTimeOutURL: url,
  Remarks: z.string().min(1).max(100),
};
const reversalBody = z.object({
  ...common,
  CommandID: z.literal('TransactionReversal'),
  TransactionID: z.string().min(1),
  Amount: z.union([z.number(), z.string()]),
  ReceiverParty: party,
  // Spelt so by Safaricom.
  RecieverIdentifierType: party.pipe(z.literal('11')),
});
const statusBody = z
  .object({
    ...common,
    CommandID: z.literal('TransactionStatusQuery'),
    TransactionID: z.string().optional(),
    OriginalConversationID: z.string().optional(),
    PartyA: party,
    IdentifierType: party.pipe(z.literal('4')),
  })
  .refine(({ TransactionID, OriginalConversationID }) => Boolean(TransactionID ?? OriginalConversationID), {
    path: ['TransactionID'],
  });

const acknowledge = (originatorConversationId: string, conversationId: string) =>
  Response.json({
    OriginatorConversationID: originatorConversationId,
    ConversationID: conversationId,
    ResponseCode: '0',
    ResponseDescription: 'Accept the service request successfully.',
  });

/** Reversals, payments to customers and the status of either, whose results go to a ResultURL. */
export function reversalRoutes(app: ReturnType<typeof routes>, simulator: Simulator): void {
  const { store, settings, random } = simulator;
  app.post('/reversal/v1/request', async (c) => {
    const body = await mpesaBody(c, reversalBody);
    if (body instanceof Response) return body;
    if (!fits(settings.MPESA_INITIATOR, body.Initiator)) return badMpesaField('Initiator');
    const charge = store.chargeByReceipt('mpesa', body.TransactionID);
    const amount = toMinor(body.Amount, 'KES');
    if (!charge) return badMpesaField('TransactionID');
    if (amount === undefined || !Number.isInteger(Number(body.Amount))) return badMpesaField('Amount');
    // A transaction is reversed whole or not at all.
    if (amount !== charge.amount) return badMpesaField('Amount');
    const number = store.refundCount(charge) + 1;
    const conversation = `AG_${wallTime(Date.now(), NAIROBI).stamp.slice(0, 8)}_${random.digits(20, charge.key, number)}`;
    const originator = `${random.digits(5, 'reversal', conversation)}-${random.digits(8, 'reversal', conversation)}-1`;
    await takeRefund(simulator, charge, {
      key: conversation,
      reference: merchantReference(body.ResultURL) ?? null,
      amount,
      callbackUrl: body.ResultURL,
      details: {
        originatorConversationId: originator,
        ...(simulator.faults.strikes('queueTimeOuts', 'mpesa', conversation) && { timeOutUrl: body.QueueTimeOutURL }),
      },
    });
    return acknowledge(originator, conversation);
  });

  // Beyond Daraja: what went to the ResultURL, for who missed it.
  app.get('/reversal/v1/request/:id', async (c) => {
    const id = c.req.param('id');
    const refund = store.refund('mpesa', id) ?? refundBy(store.refunds(), id);
    const charge = refund && store.charge('mpesa', refund.chargeKey);
    await store.settled();
    return refund && charge ? c.json(mpesaRefundResult(refund, charge)) : badMpesaField('ConversationID');
  });
  payoutRoute(app, simulator);
  statusRoute(app, simulator);
}

function refundBy(refunds: Iterable<Refund>, id: string): Refund | undefined {
  for (const refund of refunds) {
    if (refund.provider === 'mpesa' && (refund.reference === id || refund.details['originatorConversationId'] === id))
      return refund;
  }
  return undefined;
}

function statusRoute(app: ReturnType<typeof routes>, simulator: Simulator): void {
  const { store, callbacks, settings, random } = simulator;
  let asked = 0;
  app.post('/transactionstatus/v1/query', async (c) => {
    const body = await mpesaBody(c, statusBody);
    if (body instanceof Response) return body;
    const isKnown = [settings.MPESA_INITIATOR, settings.MPESA_B2C_INITIATOR].some((one) => fits(one, body.Initiator));
    if (!isKnown) return badMpesaField('Initiator');
    const charge =
      store.chargeByReceipt('mpesa', body.TransactionID ?? '') ??
      chargeBy(store.charges(), body.OriginalConversationID);
    const refund = refundBy(store.refunds(), body.OriginalConversationID ?? '');
    await store.settled();
    const at = Date.now();
    const conversation = `AG_${wallTime(at, NAIROBI).stamp.slice(0, 8)}_${random.digits(20, 'status', at, ++asked)}`;
    const originator = `${random.digits(5, conversation)}-${random.digits(8, conversation)}-1`;
    const result = charge
      ? found(charge)
      : refund
        ? foundRefund(refund)
        : { code: 2032, text: 'The transaction does not exist.', transactionId: '', parameters: {} };
    callbacks.schedule({
      id: `status:${conversation}`,
      provider: 'mpesa',
      dueAt: at + 30,
      untilTaken: false,
      render: () => ({
        url: body.ResultURL,
        method: 'POST',
        body: mpesaResultBody({ originatorConversationId: originator, conversationId: conversation, ...result }),
      }),
    });
    return acknowledge(originator, conversation);
  });
}

function chargeBy(charges: Iterable<Charge>, merchantRequestId: string | undefined): Charge | undefined {
  if (merchantRequestId === undefined) return undefined;
  for (const charge of charges) if (charge.details['merchantRequestId'] === merchantRequestId) return charge;
  return undefined;
}

const DONE = { code: 0, text: 'The service request is processed successfully.' } as const;

function found(charge: Charge) {
  const truth = truthOf(charge, Date.now());
  const states = { pending: 'Pending', paid: 'Completed', failed: 'Failed' } as const;
  return {
    ...DONE,
    transactionId: charge.receipt,
    parameters: {
      ReceiptNo: charge.receipt,
      TransactionStatus: states[truth.state],
      Amount: Math.floor(charge.amount / 100),
      DebitPartyName: `${withoutPlus(charge.payer)} - SIMULATED CUSTOMER`,
      InitiatedTime: wallTime(charge.takenAt, NAIROBI).stamp,
      FinalisedTime: wallTime(charge.settlesAt, NAIROBI).stamp,
    },
  };
}

function foundRefund({ receipt, key, amount, at, refused, details }: Refund) {
  const time = wallTime(at, NAIROBI).stamp;
  return {
    ...DONE,
    transactionId: receipt,
    parameters: {
      ...(refused === null && { ReceiptNo: receipt }),
      ConversationID: key,
      OriginatorConversationID: details['originatorConversationId'] ?? '',
      TransactionStatus: refused === null ? 'Completed' : 'Failed',
      Amount: Math.floor(amount / 100),
      InitiatedTime: time,
      FinalisedTime: time,
    },
  };
}
