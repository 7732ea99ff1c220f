import { afterAll, beforeAll, expect, it } from 'vitest';
import { ProviderFailure, type ProviderFailureKind } from '../provider-failure.ts';
import { outcomeOf, patient, recorded, startTestServer, type TestServer } from '../test-server.ts';
import { inOrder } from './in-order.ts';
import { createInfobip } from './infobip.ts';
import type { TextMessageProvider } from './provider.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const texts = (sender: string | null, reportUrl: string | null = null) =>
  createInfobip({ baseUrl: server.url, apiKey: 'the-key', senderTo: () => sender, reportUrl, limits: patient });
const message = { to: '+256772000555', body: 'Hello & welcome: 10 %', deduplicationId: 'x' };
const cases = recorded(new URL('fixtures/infobip.json', import.meta.url))('send');

it.each(cases)('$name → $outcome', async ({ answer, outcome }) => {
  server.reply = () => answer;
  const seen = await outcomeOf(texts(null).send(message));
  expect(typeof seen === 'string' ? seen : 'sent').toBe(outcome);
});

it('sends JSON, and says where its reports go', async () => {
  const status = { groupName: 'PENDING', name: 'PENDING_ACCEPTED' };
  server.reply = () => ({ status: 200, body: { messages: [{ messageId: 'm1', status }] } });
  const taken = await texts('RENTOWN', 'https://us.example/reports').send(message);
  expect(taken).toEqual({ provider: 'infobip', messageId: 'm1' });
  const sent = server.asked.at(-1);
  expect(sent).toMatchObject({ method: 'POST', path: '/sms/3/messages' });
  expect(sent?.headers).toMatchObject({ authorization: 'App the-key', 'content-type': 'application/json' });
  expect(JSON.parse(sent?.body ?? '')).toEqual({
    messages: [
      {
        sender: 'RENTOWN',
        destinations: [{ to: '256772000555' }],
        content: { text: message.body },
        webhooks: { delivery: { url: 'https://us.example/reports' }, contentType: 'application/json' },
      },
    ],
  });
});

it('is reachable when it answers', async () => {
  server.reply = () => ({ status: 403 });
  await expect(texts(null).ping()).resolves.toBeUndefined();
  server.reply = () => ({ status: 503 });
  await expect(texts(null).ping()).rejects.toMatchObject({ kind: 'not_taken' });
});

type Said = ProviderFailureKind | 'taken';
const provider = (name: string, says: Said, asked: string[]): TextMessageProvider => ({
  name,
  send: () => {
    asked.push(name);
    if (says === 'taken') return Promise.resolve({ provider: name, messageId: null });
    return Promise.reject(new ProviderFailure(says, name, says === 'refused' ? 'blocked' : undefined));
  },
  ping: () => Promise.resolve(),
  circuit: () => 'closed',
});

it.each<{ first: Said; second: Said; mayRepeat?: boolean; asked: string[]; outcome: string }>([
  { first: 'taken', second: 'taken', asked: ['a'], outcome: 'a' },
  { first: 'not_taken', second: 'taken', asked: ['a', 'b'], outcome: 'b' },
  { first: 'refused', second: 'taken', asked: ['a'], outcome: 'refused blocked' },
  { first: 'not_taken', second: 'refused', asked: ['a', 'b'], outcome: 'refused blocked' },
  { first: 'not_taken', second: 'not_taken', asked: ['a', 'b'], outcome: 'not_taken' },
  { first: 'not_taken', second: 'unknown', asked: ['a', 'b'], outcome: 'unknown' },
  { first: 'unknown', second: 'taken', asked: ['a'], outcome: 'unknown' },
  { first: 'unknown', second: 'taken', mayRepeat: true, asked: ['a', 'b'], outcome: 'b' },
  { first: 'unknown', second: 'not_taken', mayRepeat: true, asked: ['a', 'b'], outcome: 'unknown' },
  { first: 'unknown', second: 'refused', mayRepeat: true, asked: ['a', 'b'], outcome: 'unknown' },
])('first $first, then $second: $outcome', async ({ first, second, mayRepeat, asked: expected, outcome }) => {
  const asked: string[] = [];
  const texted = inOrder([provider('a', first, asked), provider('b', second, asked)]);
  const seen = await outcomeOf(texted.send({ ...message, ...(mayRepeat && { mayRepeat }) }));
  expect(typeof seen === 'string' ? seen : seen.provider).toBe(outcome);
  expect(asked).toEqual(expected);
});
