import { createHmac, timingSafeEqual } from 'node:crypto';

const sign = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest('base64url');

/** Equality of secrets whose time does not depend on where they differ. */
function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Whether what a client gave is the secret; a secret that is not set is not checked, only asked for. */
export function fits(secret: string | undefined, given: string | undefined): boolean {
  if (given === undefined || given === '') return false;
  return secret === undefined || same(secret, given);
}

/** A bearer token for `audience` that is valid until `expiresAt` (epoch milliseconds), also after a restart. */
export function issueToken(key: Buffer, audience: string, expiresAt: number): string {
  const payload = Buffer.from(JSON.stringify([audience, expiresAt])).toString('base64url');
  return `${payload}.${sign(key, payload)}`;
}

/** Whether an Authorization header carries a token of ours for `audience` that has not expired at `now`. */
export function acceptsToken(key: Buffer, audience: string, authorization: string | undefined, now: number): boolean {
  const [, payload, signature] = /^Bearer ([\w-]+)\.([\w-]+)$/i.exec(authorization ?? '') ?? [];
  if (payload === undefined || signature === undefined || !same(signature, sign(key, payload))) return false;
  const [forWhom, expiresAt] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [string, number];
  return forWhom === audience && now < expiresAt;
}

/** User and password of a Basic Authorization header. */
export function basicCredentials(authorization: string | undefined): { user: string; password: string } | undefined {
  const [, encoded] = /^Basic ([\w+/=-]+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
