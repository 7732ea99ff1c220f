import { createHmac, createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { z } from 'zod';

/** What an endpoint's messages are signed with: `secret` is shared with it, `privateKey` (PKCS #8, base64) is ours alone. */
export const signingKeys = z.object({ secret: z.string().startsWith('whsec_'), privateKey: z.string() });
export type SigningKeys = z.infer<typeof signingKeys>;

/** Bytes of an Ed25519 key at the end of its SPKI. */
const RAW = 32;

/** New keys, with the public one as Standard Webhooks writes it. */
export function newSigningKeys(): SigningKeys & { readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    secret: `whsec_${randomBytes(32).toString('base64')}`,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    publicKey: `whpk_${publicKey.export({ type: 'spki', format: 'der' }).subarray(-RAW).toString('base64')}`,
  };
}

interface Message {
  readonly id: string;
  readonly body: string;
}

/** Makes the headers of messages that are sent at a moment. */
export type MessageSigner = (message: Message, at: Date) => Promise<Record<string, string>>;

/**
 * Signs by Standard Webhooks: with each of the keys a signature by the shared secret (`v1`, HMAC-SHA256) and one by the
 * private key (`v1a`, Ed25519), all over `id.timestamp.body`. To read a private key takes longer than to sign by it, so
 * that whoever has many messages for one endpoint keeps its signer. Ed25519 is reckoned beside the event loop, which sends
 * others meanwhile.
 */
export function createSigner(keys: readonly SigningKeys[]): MessageSigner {
  const signing = keys.map(({ secret, privateKey }) => ({
    shared: Buffer.from(secret.slice('whsec_'.length), 'base64'),
    own: createPrivateKey({ key: Buffer.from(privateKey, 'base64'), type: 'pkcs8', format: 'der' }),
  }));
  return async ({ id, body }, at) => {
    const timestamp = String(Math.floor(at.getTime() / 1_000));
    const content = Buffer.from(`${id}.${timestamp}.${body}`);
    const owns = await Promise.all(signing.map(({ own }) => signedBy(own, content)));
    const signatures = signing.map(
      ({ shared }, i) => `v1,${createHmac('sha256', shared).update(content).digest('base64')} v1a,${owns[i] ?? ''}`,
    );
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
  };
}

/** By Ed25519, in base64. */
const signedBy = (key: KeyObject, content: Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    sign(null, content, key, (error, signature) => {
      if (error === null) resolve(signature.toString('base64'));
      else reject(error);
    });
  });
