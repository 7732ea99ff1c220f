import { afterAll, beforeAll, expect, it } from 'vitest';
import { outcomeOf, patient, recorded, startTestServer, type TestServer } from '../test-server.ts';
import { config } from '#test/late-money';
import { createAfricasTalking } from './africas-talking.ts';
import { createTextMessages, unreported } from './text-messages.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const texts = (sender: string | null) =>
  createAfricasTalking({
    baseUrl: server.url,
    username: 'sandbox',
    apiKey: 'the-key',
    senderTo: () => sender,
    limits: patient,
  });
const message = { to: '+256772000555', body: 'Hello & welcome: 10 %', deduplicationId: 'x' };
const cases = recorded(new URL('fixtures/africas-talking.json', import.meta.url))('send');

it.each(cases)('$name → $outcome', async ({ answer, outcome }) => {
  server.reply = () => answer;
  const seen = await outcomeOf(texts(null).send(message));
  expect(typeof seen === 'string' ? seen : 'sent').toBe(outcome);
});

it('sends a form', async () => {
  server.reply = () => ({ status: 201, body: { SMSMessageData: { Recipients: [{ statusCode: 101 }] } } });
  await texts('RENTOWN').send(message);
  const sent = server.asked.at(-1);
  expect(sent).toMatchObject({ method: 'POST', path: '/version1/messaging' });
  expect(sent?.headers).toMatchObject({ apikey: 'the-key', 'content-type': 'application/x-www-form-urlencoded' });
  expect(Object.fromEntries(new URLSearchParams(sent?.body))).toEqual({
    username: 'sandbox',
    to: '+256772000555',
    message: message.body,
    from: 'RENTOWN',
  });
});

it('answers from the short code that was texted', async () => {
  server.reply = () => ({ status: 201, body: { SMSMessageData: { Recipients: [{ statusCode: 101 }] } } });
  await texts('RENTOWN').send({ ...message, from: '7368' });
  expect(new URLSearchParams(server.asked.at(-1)?.body).get('from')).toBe('7368');
});

it('says to each market who it is there', async () => {
  server.reply = () => ({ status: 201, body: { SMSMessageData: { Recipients: [{ statusCode: 101 }] } } });
  const all = createTextMessages({
    ...config,
    AFRICASTALKING_BASE_URL: server.url,
    AFRICASTALKING_USERNAME: 'sandbox',
    AFRICASTALKING_API_KEY: 'the-key',
    AFRICASTALKING_SENDER: 'RENTOWN',
    AFRICASTALKING_SENDER_KE: 'RENTKE',
  });
  const senders: unknown[] = [];
  for (const to of ['+254712000555', '+256772000555']) {
    await all.send({ ...message, to });
    senders.push(new URLSearchParams(server.asked.at(-1)?.body).get('from'));
  }
  expect(senders).toEqual(['RENTKE', 'RENTOWN']);
});

it('so does the other provider, which has ids of its own', async () => {
  server.reply = () => ({ status: 200, body: {} });
  const all = createTextMessages({
    ...config,
    INFOBIP_BASE_URL: server.url,
    INFOBIP_API_KEY: 'the-key',
    INFOBIP_SENDER: 'RENTOWN',
    INFOBIP_SENDER_KE: 'RENTKE',
  });
  for (const [to, sender] of [
    ['+254712000555', 'RENTKE'],
    ['+256772000555', 'RENTOWN'],
  ] as const) {
    await all.send({ ...message, to }).catch(() => null);
    expect(server.asked.at(-1)?.body).toContain(`"sender":"${sender}"`);
  }
});

it('is reachable when it answers', async () => {
  server.reply = () => ({ status: 404 });
  await expect(texts(null).ping()).resolves.toBeUndefined();
  server.reply = () => ({ status: 503 });
  await expect(texts(null).ping()).rejects.toMatchObject({ kind: 'not_taken' });
});

it('names the secrets of delivery reports that a gateway lacks', () => {
  const gateways = { AFRICASTALKING_API_KEY: 'k', AFRICASTALKING_CALLBACK_SECRET: undefined, INFOBIP_API_KEY: 'k' };
  const without = config;
  expect(unreported({ ...without, ...gateways, INFOBIP_CALLBACK_SECRET: undefined })).toEqual([
    'AFRICASTALKING_CALLBACK_SECRET',
    'INFOBIP_CALLBACK_SECRET',
  ]);
  const secret = 'the-secret-of-reports';
  const reported = { AFRICASTALKING_CALLBACK_SECRET: secret, INFOBIP_CALLBACK_SECRET: secret };
  expect(unreported({ ...without, ...gateways, ...reported })).toEqual([]);
});
