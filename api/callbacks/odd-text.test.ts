import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inboundPath } from '#use-cases/payments/inbound/inbound-secret';
import { SimulatorClient } from '#dev/simulator-client';
import { simulatedProviders, type SimulatedProvider } from '#dev/simulators/simulated';
import { submissions } from '#db/schema/index';
import { callbackHash, callbackSecret } from '#platform/callback-secret';
import { cast, leaseIn, newCustomer } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform.close());

/** Text that no database takes, as providers may write it, and more than they do. */
const oddTexts = ['\ud800', 'a\u0000b', `${'x'.repeat(63)}\u{1f600}`, 'x'.repeat(20_000)];
const paid = new Date().toISOString();

/** Announcements and callbacks of each provider with `odd` wherever text is. */
const bodies: Record<SimulatedProvider, (odd: string) => readonly object[]> = {
  mtn: (odd) => [
    {
      type: 'PAYBILL',
      status: 'SUCCESSFUL',
      financialTransactionId: odd,
      externalId: odd,
      amount: '5000',
      currency: 'UGX',
      payer: { partyIdType: 'MSISDN', partyId: '256772000100' },
      paidAt: paid,
      [odd]: odd,
    },
    { status: 'FAILED', reason: odd, financialTransactionId: odd, externalId: odd, amount: '5000', currency: 'UGX' },
  ],
  airtel: (odd) => [
    {
      transaction: {
        type: 'PAYBILL',
        status_code: 'TS',
        airtel_money_id: odd,
        reference: odd,
        amount: '5000',
        currency: 'UGX',
        msisdn: '752000100',
        country: 'UG',
        paid_at: paid,
      },
    },
    { transaction: { id: odd, message: odd, status_code: 'TF', airtel_money_id: odd } },
  ],
  mpesa: (odd) => [
    {
      TransID: odd,
      TransTime: '20270102030405',
      TransAmount: '50',
      BillRefNumber: odd,
      MSISDN: odd,
      BusinessShortCode: odd,
    },
    {
      Body: {
        stkCallback: {
          MerchantRequestID: odd,
          CheckoutRequestID: odd,
          ResultCode: 0,
          ResultDesc: odd,
          CallbackMetadata: { Item: [{ Name: 'MpesaReceiptNumber', Value: odd }] },
        },
      },
    },
  ],
};

it('a provider that writes text which no database takes is never answered with a fault of ours', async () => {
  const staff = await cast(platform);
  const simulators = new SimulatorClient(platform.simulators);
  const secretOf = async (provider: SimulatedProvider) => {
    const customer = await newCustomer(platform, { provider, digits: '023' });
    await leaseIn('awaiting_deposit', customer, staff, { market: provider === 'mpesa' ? 'KE' : 'UG' });
    for (;;) {
      const { data } = await simulators.get('/prompts', { query: { payer: customer.phone } });
      const [prompt] = data;
      if (prompt !== undefined) return new URL(prompt.callbackUrl ?? '').pathname;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  for (const provider of simulatedProviders) {
    const announced = inboundPath(platform.encryption, provider);
    const paths = [await secretOf(provider), announced, `${announced}/validation`];
    for (const body of oddTexts.flatMap(bodies[provider]))
      for (const path of paths) {
        const { status } = await fetch(platform.url + path, { method: 'POST', body: JSON.stringify(body) });
        expect(status, `${path} ${JSON.stringify(body).slice(0, 200)}`).toBeLessThan(500);
      }
  }
});

it('nor is a service of texts, of USSD or of identity checks', async () => {
  const { config } = platform;
  const form = (said: Readonly<Record<string, string>>) => new URLSearchParams(said).toString();
  const userId = (await newCustomer(platform, { verified: false })).id;
  const [submissionId, secret] = [randomUUID(), callbackSecret(platform.encryption, userId)];
  await platform.database.db.insert(submissions).values({
    id: submissionId,
    userId,
    status: 'pending',
    documentType: 'nationalId',
    documentNumberEncrypted: '',
    documentNumberHash: '',
    country: 'UG',
    documentIds: [],
    noticeVersion: '1',
    consentedAt: new Date(),
    createdAt: new Date(),
    callbackHash: callbackHash(platform.encryption, secret),
  });
  for (const odd of [...oddTexts.map((text) => text.slice(0, 64)), '\u0000']) {
    const phone = '+256772999100';
    const said: [path: string, body: string][] = [
      [
        `ussd/${config.AFRICASTALKING_CALLBACK_SECRET}`,
        form({ sessionId: `s${odd}`, phoneNumber: phone, serviceCode: odd, text: odd }),
      ],
      [`sms/${config.AFRICASTALKING_CALLBACK_SECRET}`, form({ id: odd, from: phone, text: odd })],
      [`sms-reports/${config.AFRICASTALKING_CALLBACK_SECRET}`, form({ id: odd, status: 'Success' })],
      [
        `infobip-reports/${config.INFOBIP_CALLBACK_SECRET}`,
        JSON.stringify({
          results: [{ messageId: odd, status: { groupName: 'DELIVERED', name: 'DELIVERED_TO_HANDSET' } }],
        }),
      ],
      [
        `smileid/${secret}`,
        JSON.stringify({ job_id: odd, PartnerParams: { job_id: odd }, ResultText: odd, [odd]: odd }),
      ],
    ];
    for (const [path, body] of said) {
      const answer = await fetch(`${platform.url}/v1/callbacks/${path}`, { method: 'POST', body });
      expect(answer.status, `${path} ${JSON.stringify(body)} ${await answer.text()}`).toBeLessThan(500);
    }
  }
});
