import { createHash, createPrivateKey, type JsonWebKey } from 'node:crypto';
import { CompactSign, compactVerify, createLocalJWKSet, jwtVerify, SignJWT, type JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { roles, type Role } from '#domain/identity/roles';
import { ConfigurationError, type Config } from './config.ts';

/** Seconds an access token lives; its session goes on by refresh tokens. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;
const ISSUER = 'rent-to-own';
const AUDIENCE = 'marketplace';

export interface Identity {
  readonly userId: string;
  readonly role: Role;
  readonly sessionId: string;
  readonly expiresAt: Date;
}

export interface TokenIssuer {
  issue(identity: Pick<Identity, 'userId' | 'role' | 'sessionId'>): Promise<string>;
  /** @returns null for a token that is not ours, expired, or signed by a key we do not know. */
  verify(token: string): Promise<Identity | null>;
  /**
   * A compact JWS over facts that we vouch for, by the same keys. Its `type` is in the protected header, so that
   * a document never passes for an access token, nor one kind of document for another.
   */
  signDocument(type: string, facts: Readonly<Record<string, unknown>>): Promise<string>;
  /** @returns the facts and the key's id, or null for what is not of that type or by no key that we know. */
  verifyDocument(type: string, jws: string): Promise<{ readonly facts: unknown; readonly kid: string } | null>;
  /** The public keys, for everybody who verifies. */
  publicKeys(): JSONWebKeySet;
}

const keySet = z.object({
  keys: z
    .array(
      z.looseObject({
        kty: z.literal('EC'),
        crv: z.literal('P-256'),
        kid: z.string(),
        x: z.string(),
        y: z.string(),
        d: z.string(),
      }),
    )
    .min(1),
});
const MOST_VERIFIED = 10_000;
const claims = z.object({ sub: z.uuid(), role: z.enum(roles), sid: z.uuid(), exp: z.number() });

/** ES256 access tokens. The first key of JWT_KEYS signs, all of them verify: that is how keys are rotated. */
export function createTokenIssuer(config: Pick<Config, 'JWT_KEYS'>): TokenIssuer {
  const keys = parseKeys(config.JWT_KEYS);
  const [first] = keys;
  if (first === undefined) throw new ConfigurationError('JWT_KEYS: must have at least one key');
  const signingKey = createPrivateKey({ key: first, format: 'jwk' });
  const publicSet: JSONWebKeySet = {
    keys: keys.map(({ kty, crv, x, y, kid }) => ({ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' })),
  };
  const find = createLocalJWKSet(publicSet);
  /** Tokens whose signature was looked at already: it stays good until they expire, whatever becomes of the session. */
  const verified = new Map<string, Identity>();
  return {
    issue: ({ userId, role, sessionId }) =>
      new SignJWT({ role, sid: sessionId })
        .setProtectedHeader({ alg: 'ES256', kid: first.kid })
        .setSubject(userId)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt()
        .setExpirationTime(`${ACCESS_TOKEN_SECONDS}s`)
        .sign(signingKey),
    async verify(token) {
      const hash = createHash('sha256').update(token).digest('base64url');
      const before = verified.get(hash);
      if (before !== undefined && before.expiresAt.getTime() > Date.now()) return before;
      try {
        const { payload } = await jwtVerify(token, find, { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'] });
        const { sub, role, sid, exp } = claims.parse(payload);
        const identity = { userId: sub, role, sessionId: sid, expiresAt: new Date(exp * 1000) };
        if (verified.size >= MOST_VERIFIED) verified.clear();
        verified.set(hash, identity);
        return identity;
      } catch {
        verified.delete(hash);
        return null;
      }
    },
    signDocument: (type, facts) =>
      new CompactSign(new TextEncoder().encode(JSON.stringify(facts)))
        .setProtectedHeader({ alg: 'ES256', kid: first.kid, typ: type })
        .sign(signingKey),
    async verifyDocument(type, jws) {
      try {
        const { payload, protectedHeader } = await compactVerify(jws, find, { algorithms: ['ES256'] });
        if (protectedHeader.typ !== type) return null;
        const facts: unknown = JSON.parse(new TextDecoder().decode(payload));
        return { facts, kid: protectedHeader.kid ?? '' };
      } catch {
        return null;
      }
    },
    publicKeys: () => publicSet,
  };
}

function parseKeys(text: string): (z.infer<typeof keySet>['keys'][number] & JsonWebKey)[] {
  try {
    return keySet.parse(JSON.parse(text)).keys;
  } catch (error) {
    throw new ConfigurationError('JWT_KEYS: must be a JSON Web Key Set with private P-256 keys, each with a kid', {
      cause: error,
    });
  }
}
