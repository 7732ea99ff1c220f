import { createECDH, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import webPush from 'web-push';
import { config } from '#test/late-money';
import { startTestServer, type TestServer } from '../test-server.ts';
import { isPoint } from './is-point.ts';
import type { PushProvider } from './provider.ts';
import { createPushes } from './web-push.ts';

let services: readonly [TestServer, TestServer];
let pushes: PushProvider;
beforeAll(async () => {
  services = [await startTestServer(), await startTestServer()];
});
afterAll(() => Promise.all(services.map((one) => one.close())));
beforeEach(() => {
  const vapid = webPush.generateVAPIDKeys();
  const made = createPushes({
    ...config,
    VAPID_PUBLIC_KEY: vapid.publicKey,
    VAPID_PRIVATE_KEY: vapid.privateKey,
    VAPID_SUBJECT: 'mailto:a@example.com',
    WEBHOOK_ALLOW_PRIVATE: true,
  });
  if (made === null) throw new Error('there are keys');
  pushes = made;
  for (const one of services) {
    one.asked.length = 0;
    one.reply = () => ({ status: 201 });
  }
});

const browser = createECDH('prime256v1');
browser.generateKeys();
const keys = { p256dh: browser.getPublicKey('base64url'), auth: randomBytes(16).toString('base64url') };
const noPoint = Buffer.alloc(65, 7).toString('base64url');

async function push(url: string, p256dh = keys.p256dh) {
  const to = { endpoint: `${url}/1`, keys: { ...keys, p256dh } };
  return pushes.send(to, { title: 't', body: 'b', id: 'x' }).then(
    () => ({ kind: 'taken' }),
    (error: unknown) => error,
  );
}

it('a push service that fails is asked no more, and says nothing of another', async () => {
  const [bad, good] = services;
  bad.reply = () => ({ status: 500 });
  for (let i = 0; i < 12; i += 1) expect(await push(bad.url)).toMatchObject({ kind: 'not_taken' });
  expect(bad.asked).toHaveLength(10);
  expect(pushes.circuit()).toBe('open');
  expect(await push(good.url)).toEqual({ kind: 'taken' });
  expect(good.asked).toMatchObject([{ method: 'POST', headers: { 'content-encoding': 'aes128gcm' } }]);
  expect(pushes.circuit()).toBe('closed');
});

it('keys that are none are refused for good, and say nothing of the push service', async () => {
  const [{ url }] = services;
  expect([isPoint(keys.p256dh), isPoint(noPoint)]).toEqual([true, false]);
  for (let i = 0; i < 12; i += 1)
    expect(await push(url, noPoint)).toMatchObject({ kind: 'refused', reason: 'no_subscriber' });
  expect(await push(url)).toEqual({ kind: 'taken' });
});

it('a push of which the answer is lost may have come; one that found nobody has not', async () => {
  const [mute] = services;
  mute.reply = () => 'hang up';
  expect(await push(mute.url)).toMatchObject({ kind: 'unknown' });
  expect(mute.asked).toHaveLength(1);
  expect(await push('http://127.0.0.1:1')).toMatchObject({ kind: 'not_taken' });
  expect(await push('http://169.254.169.254')).toMatchObject({ kind: 'refused', reason: 'no_subscriber' });
});
