import { createHmac, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
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

export interface Message {
  readonly id: string;
  readonly body: string;
}

/**
 * The headers of a message by Standard Webhooks: with each of the keys a signature by the shared secret (`v1`, HMAC-SHA256)
 * and one by the private key (`v1a`, Ed25519), all over `id.timestamp.body`.
 */
export function signedHeaders(keys: readonly SigningKeys[], { id, body }: Message, at: Date): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const content = `${id}.${timestamp}.${body}`;
  const signatures = keys.flatMap(({ secret, privateKey }) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const own = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), type: 'pkcs8', format: 'der' });
    return [
      `v1,${createHmac('sha256', key).update(content).digest('base64')}`,
      `v1a,${sign(null, Buffer.from(content), own).toString('base64')}`,
    ];
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
