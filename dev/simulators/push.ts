import { createDecipheriv, createECDH, createHash, hkdfSync } from 'node:crypto';
import { importJWK, jwtVerify } from 'jose';
import { z } from 'zod';
import { struckBy } from './faults.ts';
import { keep, list } from './messages.ts';
import { checked, jsonBody } from './problem.ts';
import { routes, type Simulator } from './simulator.ts';

/** Bytes of a header of `aes128gcm` before the key that it names (RFC 8188 2.1). */
const SALT = 16;
const HEAD = SALT + 4 + 1;
const TAG = 16;

const wanted = z.object({ to: z.string().min(1).max(200) });
const message = z.object({ title: z.string().default(''), body: z.string() });

/** The keys of a browser, made from its address, so that nothing has to be kept. */
function browserOf(token: string, seed: string) {
  const bytes = (what: string) => createHash('sha256').update(`${what}:${seed}:${token}`).digest();
  const key = createECDH('prime256v1');
  key.setPrivateKey(bytes('push'));
  return { key, publicKey: key.getPublicKey(), auth: bytes('auth').subarray(0, 16) };
}

/** Reads a message as the browser does (RFC 8291 3.4). @throws Error where it is not for it */
function read(body: Buffer, { key, publicKey, auth }: ReturnType<typeof browserOf>): string {
  const salt = body.subarray(0, SALT);
  const sender = body.subarray(HEAD, HEAD + body.readUInt8(HEAD - 1));
  const shared = key.computeSecret(sender);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), publicKey, sender]);
  const input = Buffer.from(hkdfSync('sha256', shared, auth, info, 32));
  const derived = (name: string, length: number) =>
    Buffer.from(hkdfSync('sha256', input, salt, Buffer.from(`Content-Encoding: ${name}\0`), length));
  const sealed = body.subarray(HEAD + sender.length);
  const decipher = createDecipheriv('aes-128-gcm', derived('aes128gcm', 16), derived('nonce', 12));
  decipher.setAuthTag(sealed.subarray(-TAG));
  const clear = Buffer.concat([decipher.update(sealed.subarray(0, -TAG)), decipher.final()]);
  // What is behind the last 2 is padding.
  return clear.subarray(0, clear.lastIndexOf(2)).toString('utf8');
}

/** Whether the sender is who it says it is (RFC 8292 3). */
async function isSigned(authorization: string | undefined, origin: string): Promise<boolean> {
  const [, token = '', k = ''] = /^vapid t=([^,\s]+),\s*k=([\w-]+)/.exec(authorization ?? '') ?? [];
  const point = Buffer.from(k, 'base64url');
  if (point.length !== 65) return false;
  const part = (from: number) => point.subarray(from, from + 32).toString('base64url');
  try {
    const key = await importJWK({ kty: 'EC', crv: 'P-256', x: part(1), y: part(33) }, 'ES256');
    await jwtVerify(token, key, { audience: origin });
    return true;
  } catch {
    return false;
  }
}

/**
 * A push service with its browsers: `POST /subscriptions` `{to}` makes one, as a page does with `pushManager.subscribe`;
 * `POST /{token}` is its endpoint, whose message is read with its keys; `DELETE /{token}` lets it go, after which it
 * answers 410. `GET /` is what came.
 */
export function pushRoutes(simulator: Simulator) {
  const { settings, faults } = simulator;
  const gone = new Set<string>();
  const app = routes();
  app.get('/', (c) => list(c, simulator, 'push'));
  app.post('/subscriptions', async (c) => {
    const { to } = checked(wanted, await jsonBody(c));
    const token = Buffer.from(to).toString('base64url');
    gone.delete(token);
    const { publicKey, auth } = browserOf(token, settings.SIMULATOR_SEED);
    const endpoint = `${new URL(c.req.url).origin}/push/${token}`;
    const keys = { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') };
    return c.json({ endpoint, expirationTime: null, keys }, 201);
  });
  app.delete('/:token', (c) => {
    gone.add(c.req.param('token'));
    return c.body(null, 204);
  });
  app.use(struckBy(faults, 'push', (status) => new Response('The service is not available.', { status })));
  app.post('/:token', async (c) => {
    const token = c.req.param('token');
    if (gone.has(token)) return c.text('push subscription has unsubscribed or expired.', 410);
    if (!(await isSigned(c.req.header('authorization'), new URL(c.req.url).origin)))
      return c.text('the VAPID token is missing or wrong', 403);
    let text: string;
    try {
      text = read(Buffer.from(await c.req.arrayBuffer()), browserOf(token, settings.SIMULATOR_SEED));
    } catch {
      return c.text('the message is not encrypted for this subscription', 400);
    }
    const { title, body } = message.parse(JSON.parse(text));
    const to = Buffer.from(token, 'base64url').toString('utf8');
    await keep(simulator, { channel: 'push', to, body, details: { title } });
    return c.body(null, 201);
  });
  return app;
}
