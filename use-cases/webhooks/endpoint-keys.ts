import type { EndpointRow } from '#db/queries/webhooks';
import type { Encryption } from '#platform/encryption';
import { createSigner, signingKeys, type Signer, type SigningKeys } from '#providers/webhooks/signature';

/** Milliseconds for which the keys before sign as well. */
export const OVERLAP = 24 * 3_600_000;

export const seal = ({ encryption }: { readonly encryption: Encryption }, { secret, privateKey }: SigningKeys) =>
  encryption.encrypt(JSON.stringify({ secret, privateKey }));

const open = ({ encryption }: { readonly encryption: Encryption }, sealed: string) =>
  signingKeys.parse(JSON.parse(encryption.decrypt(sealed)));

/** Signs an endpoint's messages as of now: with its keys, and for a day with those before. */
export function signerOf(
  deps: { readonly encryption: Encryption },
  { keysEncrypted, formerKeysEncrypted: former, formerKeysUntil: until }: EndpointRow,
  at: Date,
): Signer {
  const keys = open(deps, keysEncrypted);
  return createSigner(former !== null && until !== null && until > at ? [keys, open(deps, former)] : [keys]);
}
