import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, list, pause, post, startMerchant, startTestSimulators, until, type Merchant } from './test-support.ts';

let simulators: Awaited<ReturnType<typeof startTestSimulators>>;
let merchant: Merchant;
let headers: Record<string, string>;
beforeAll(async () => {
  const environment = {
    SMILE_ID_PARTNER_ID: '2024',
    SMILE_ID_API_KEY: 'right',
    AFRICASTALKING_USERNAME: 'sandbox',
    AFRICASTALKING_API_KEY: 'right',
  };
  simulators = await startTestSimulators({ timeScale: 1, environment });
  merchant = await startMerchant();
  const partner = { 'smileid-partner-id': '2024' };
  const token = await call(`${simulators.url}/smileid/v3/token`, {
    method: 'POST',
    headers: { ...partner, 'smileid-api-key': 'right' },
  });
  headers = { ...partner, 'smileid-token': String(token.json['token']) };
});
afterAll(async () => {
  await simulators.remove();
  await merchant.close();
});

const consent = {
  granted: true,
  granted_at: '2026-01-01T00:00:00Z',
  notice_language: 'en',
  notice_privacy_policy_url: 'https://example.com/privacy',
};

function submit(number: string, changes: Record<string, string | null> = {}, size = 1_000) {
  const form = new FormData();
  form.set('selfie_image', new Blob([new Uint8Array(size)], { type: 'image/jpeg' }), 'selfie.jpg');
  const fields = {
    country: 'UG',
    id_type: 'NATIONAL_ID',
    id_number: number,
    callback_url: `${merchant.url}/${number}`,
    consent: JSON.stringify(consent),
    ...changes,
  };
  for (const [name, value] of Object.entries(fields)) if (value !== null) form.set(name, value);
  return call(`${simulators.url}/smileid/v3/biometric_kyc`, { method: 'POST', body: form, headers });
}

describe('identity checks', () => {
  it.each([
    ['CM000000000100', 'block', 'identifier_not_found'],
    ['CM000000000300', 'block', 'document_check_failed'],
    ['CM00000000ABCD', 'clear', null],
  ])('%s: %s %s, by webhook and by status', async (number, status, reason) => {
    const began = Date.now();
    const taken = await submit(number);
    expect(taken.status).toBe(202);
    await until(() => merchant.at(`/${number}`).length === 1);
    expect(Date.now() - began).toBeLessThan(2_000);
    const expected = { status, reason, job_id: taken.json['job_id'], user_id: taken.json['user_id'] };
    expect(merchant.at(`/${number}`)[0]?.body).toMatchObject(expected);
    const asked = await call(`${simulators.url}/smileid/v3/status/${String(taken.json['job_id'])}`, { headers });
    expect(asked.json).toMatchObject(expected);
  });

  it('fails twice for 200, then matches', async () => {
    const statuses = [await submit('CM000000000200'), await submit('CM000000000200'), await submit('CM000000000200')];
    expect(statuses.map(({ status }) => status)).toEqual([503, 503, 202]);
    expect(statuses[0]?.json['reason']).toBe('service_unavailable');
    expect((await submit('CM111111111200')).status).toBe(503);
  });

  it('never answers for 400', async () => {
    const { json } = await submit('CM000000000400');
    await pause(500);
    expect(merchant.at('/CM000000000400')).toEqual([]);
    const asked = await call(`${simulators.url}/smileid/v3/status/${String(json['job_id'])}`, { headers });
    expect(asked.json['status']).toBe('pending');
  });

  it('needs consent, a token and at most 4.5 MB', async () => {
    expect((await submit('CM1', { consent: null })).status).toBe(400);
    expect((await submit('CM1', { consent: JSON.stringify({ ...consent, granted: false }) })).status).toBe(400);
    const bracketed = Object.fromEntries(
      Object.entries(consent).map(([name, value]) => [`consent[${name}]`, String(value)]),
    );
    expect((await submit('CM000000000001', { consent: null, ...bracketed })).status).toBe(202);
    expect((await submit('CM000000000001', {}, 5_000_000)).status).toBe(413);
    const url = `${simulators.url}/smileid/v3/biometric_kyc`;
    expect((await call(url, { method: 'POST', headers: { ...headers, 'smileid-token': 'no' } })).status).toBe(401);
    expect((await call(`${simulators.url}/smileid/v3/status/none`, { headers })).status).toBe(404);
  });
});

describe('messages', () => {
  const send = (fields: Record<string, string>, apiKey = 'right') =>
    call(`${simulators.url}/sms/version1/messaging`, {
      method: 'POST',
      headers: { apiKey, accept: 'application/json' },
      body: new URLSearchParams(fields),
    });

  it("go out in Africa's Talking's way and are listed newest first", async () => {
    const to = '+256700123456';
    const first = await send({ username: 'sandbox', to, message: 'one', from: 'RENT' });
    expect(first).toMatchObject({
      status: 201,
      json: { SMSMessageData: { Recipients: [{ statusCode: 101, number: to, status: 'Success' }] } },
    });
    await send({ username: 'sandbox', to: `${to},nobody`, message: 'two' });
    for (const asked of ['%2B256700123456', '256700123456']) {
      const messages = await list(`${simulators.url}/sms?to=${asked}`);
      expect(messages).toMatchObject([
        { to, body: 'two' },
        { to, body: 'one', from: 'RENT' },
      ]);
      expect(new Date(String(messages[0]?.['sentAt'])).toISOString()).toBe(messages[0]?.['sentAt']);
    }
    expect((await send({ username: 'sandbox', to, message: 'x' }, 'wrong')).status).toBe(401);
    expect((await send({ username: 'sandbox', to })).status).toBe(400);
  });

  it('go out by mail', async () => {
    expect(
      (await post(`${simulators.url}/mail`, { to: 'Ann@example.com', subject: 'Hello', text: 'body' })).status,
    ).toBe(202);
    expect(await list(`${simulators.url}/mail?to=ann@example.com`)).toMatchObject([{ subject: 'Hello', body: 'body' }]);
    expect(await post(`${simulators.url}/mail`, { to: 'nobody' })).toMatchObject({
      status: 400,
      json: { errors: [{ path: 'to' }] },
    });
  });
});
