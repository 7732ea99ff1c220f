import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createEncryption } from '#platform/encryption';
import { createPayloadCodec } from '#platform/temporal/codec';
import type { Measurement } from './run.ts';

/** Bytes of one payload: about the state of a lease. */
const SIZE = 2048;
const BATCH = 20_000;

const keys = randomBytes(32);
const codec = createPayloadCodec(
  createEncryption(`k1:${keys.toString('base64')},index:${randomBytes(32).toString('base64')}`),
);
const payload = { metadata: { encoding: new TextEncoder().encode('json/plain') }, data: randomBytes(SIZE) };

export const name = 'payload codec, 2 KB there and back';

/** The codec also frames the payload as protobuf and names the key; the bare limit only seals and opens it. */
export async function run(): Promise<Measurement> {
  return { ours: await perSecond(throughCodec), bare: await perSecond(throughCipher), unit: 'round trips/s' };
}

async function perSecond(roundTrip: () => Promise<void> | void): Promise<number> {
  const began = performance.now();
  for (let index = 0; index < BATCH; index++) await roundTrip();
  return BATCH / ((performance.now() - began) / 1000);
}

async function throughCodec(): Promise<void> {
  const [opened] = await codec.decode(await codec.encode([payload]));
  if (opened?.data?.length !== SIZE) throw new Error('the payload did not come back');
}

function throughCipher(): void {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keys, nonce);
  const sealed = Buffer.concat([cipher.update(payload.data), cipher.final()]);
  const decipher = createDecipheriv('aes-256-gcm', keys, nonce).setAuthTag(cipher.getAuthTag());
  const opened = Buffer.concat([decipher.update(sealed), decipher.final()]);
  if (opened.length !== SIZE) throw new Error('the payload did not come back');
}
