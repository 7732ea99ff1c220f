import { createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../test-server.ts';
import { checkedLookup, maySendTo } from './public-address.ts';
import { createWebhookSender, NotNow } from './sender.ts';
import { createSigner, newSigningKeys } from './signature.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe('a signature', () => {
  const at = new Date(1_614_265_330_000);
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' };

  it('is the one that the library standardwebhooks 1.1.1 makes', async () => {
    const keys = { ...newSigningKeys(), secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };
    const headers = await createSigner([keys])(message, at);
    expect(headers['webhook-signature']?.split(' ')[0]).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
    expect(headers).toMatchObject({ 'webhook-id': message.id, 'webhook-timestamp': '1614265330' });
  });

  it('is verified with the public key, and there are two of each kind while keys change', async () => {
    const [now, before] = [newSigningKeys(), newSigningKeys()];
    const headers = await createSigner([now, before])(message, at);
    const signatures = headers['webhook-signature']?.split(' ') ?? [];
    expect(signatures.map((one) => one.split(',')[0])).toEqual(['v1', 'v1a', 'v1', 'v1a']);
    const content = Buffer.from(`${message.id}.1614265330.${message.body}`);
    const raw = Buffer.from(now.publicKey.replace('whpk_', ''), 'base64').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw }, format: 'jwk' });
    const verifies = (one = '') => verify(null, content, key, Buffer.from(one.split(',')[1] ?? '', 'base64'));
    expect([verifies(signatures[1]), verifies(signatures[3])]).toEqual([true, false]);
  });
});

describe('an address', () => {
  it.each([
    ['8.8.8.8', true, true],
    ['2606:4700:4700::1111', true, true],
    ['127.0.0.1', false, true],
    ['::1', false, true],
    ['::ffff:127.0.0.1', false, true],
    ['::ffff:7f00:1', false, true],
    ['10.1.2.3', false, true],
    ['172.31.0.1', false, true],
    ['192.168.1.1', false, true],
    ['fd00::1', false, true],
    ['169.254.169.254', false, false],
    ['::ffff:169.254.169.254', false, false],
    ['::ffff:a9fe:a9fe', false, false],
    ['fe80::1', false, false],
    ['0.0.0.0', false, false],
    ['::', false, false],
    ['100.64.0.1', false, false],
    ['224.0.0.1', false, false],
    ['255.255.255.255', false, false],
    ['64:ff9b::7f00:1', false, false],
    ['2002:7f00:1::', false, false],
    ['2001:db8::1', false, false],
    ['fd00::1%eth0', false, true],
    ['nowhere', false, false],
  ])('%s is reached: %s, in development: %s', (address, always, inDevelopment) => {
    expect([maySendTo(address, false), maySendTo(address, true)]).toEqual([always, inDevelopment]);
  });

  it('of a name is the one that was checked, however the name is answered the next time', async () => {
    const answers = ['8.8.8.8', '127.0.0.1'];
    const look = checkedLookup(false, (_, done) => done(null, [{ address: answers.shift() ?? '', family: 4 }]));
    const ask = () =>
      new Promise((resolve) => look('example.com', {}, (error, address) => resolve(error?.name ?? address)));
    expect([await ask(), await ask(), await ask()]).toEqual(['8.8.8.8', 'NotPublic', 'NotPublic']);
    const both = [
      { address: '8.8.8.8', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ];
    const mixed = checkedLookup(false, (_, done) => done(null, both));
    const failure = new Promise((resolve) => mixed('example.com', { all: true }, (error) => resolve(error?.name)));
    expect(await failure).toBe('NotPublic');
  });
});

describe('a message', () => {
  const open = createWebhookSender({ allowPrivate: true });
  const closed = createWebhookSender({ allowPrivate: false });
  afterAll(() => Promise.all([open.close(), closed.close()]));
  const port = () => new URL(server.url).port;

  it('goes nowhere that is not public, by address or by name', async () => {
    const before = server.asked.length;
    for (const host of ['127.0.0.1', '[::1]', 'localhost', '2130706433', '0x7f.1'])
      expect(await closed.send('a', `http://${host}:${port()}/`, {}, '{}'), host).toMatchObject({
        status: null,
        error: 'address_not_public',
      });
    expect(server.asked.length).toBe(before);
  });

  it('follows no redirect, and brings back how it was answered', async () => {
    server.reply = () => ({ status: 302, text: 'a\u0000b' });
    const asked = server.asked.length;
    expect(await open.send('b', `${server.url}/hook`, { 'webhook-id': '1' }, '{}')).toMatchObject({
      status: 302,
      answer: 'ab',
      error: null,
    });
    expect(server.asked.length).toBe(asked + 1);
    server.reply = () => 'hang up';
    expect(await open.send('b', server.url, {}, '{}')).toMatchObject({ status: null, answer: null });
  });

  it('to who does not answer in time is over, and says so in a word', async () => {
    server.reply = () => 'silence';
    const hasty = createWebhookSender({ allowPrivate: true, patienceMs: 50 });
    expect(await hasty.send('late', server.url, {}, '{}')).toMatchObject({ status: null, error: 'timeout' });
    await hasty.close();
  });

  it('is held back from an endpoint that only fails, and from no other', async () => {
    server.reply = () => ({ status: 500 });
    for (let i = 0; i < 10; i += 1) await open.send('c', server.url, {}, '{}');
    await expect(open.send('c', server.url, {}, '{}')).rejects.toBeInstanceOf(NotNow);
    expect(await open.send('d', server.url, {}, '{}')).toMatchObject({ status: 500 });
  });

  it('is one of eight at a time to an endpoint', async () => {
    server.reply = () => 'silence';
    const asked = server.asked.length;
    const sent = Array.from({ length: 41 }, () =>
      open.send('e', server.url, {}, '{}').catch((error: unknown) => error),
    );
    expect(await Promise.race(sent.slice(40))).toBeInstanceOf(NotNow);
    await expect.poll(() => server.asked.length - asked).toBe(8);
    expect(await Promise.all(sent.slice(8))).toEqual(expect.arrayContaining([expect.any(NotNow)]));
    expect(server.asked.length - asked).toBe(8);
  });
});
