import { z } from 'zod';
import type { EndpointRow } from '#db/queries/webhooks';
import { Problem } from '#domain/errors';
import type { Encryption } from '#platform/encryption';
import { createSigner, signingKeys, type MessageSigner, type SigningKeys } from '#providers/webhooks/signature';

/** Milliseconds for which the keys before sign as well. */
const OVERLAP = 24 * 3_600_000;
/** So many of them at most: each makes the header of a message longer, and none of them is taken away before its time. */
const MOST_FORMER = 10;

export const seal = ({ encryption }: { readonly encryption: Encryption }, { secret, privateKey }: SigningKeys) =>
  encryption.encrypt(JSON.stringify({ secret, privateKey }));

const open = ({ encryption }: { readonly encryption: Encryption }, sealed: string) =>
  signingKeys.parse(JSON.parse(encryption.decrypt(sealed)));

const former = z.array(z.object({ ...signingKeys.shape, until: z.coerce.date() }));

/** Keys that sign beside the present ones, each for a day since it was followed by others; however often that was. */
function formerKeysOf({ encryption }: { readonly encryption: Encryption }, row: EndpointRow, at: Date) {
  const { formerKeysEncrypted: sealed, formerKeysUntil: until } = row;
  if (sealed === null || until === null || until <= at) return [];
  const kept: unknown = JSON.parse(encryption.decrypt(sealed));
  // As it was written while there was only one.
  const all = former.parse(Array.isArray(kept) ? kept : [{ ...signingKeys.parse(kept), until }]);
  return all.filter((one) => one.until > at);
}

/** The keys that are followed by others now, and those before them. @throws Problem invalid_state where they are too many */
export function sealFormer(deps: { readonly encryption: Encryption }, row: EndpointRow, at: Date) {
  const before = formerKeysOf(deps, row, at);
  if (before.length >= MOST_FORMER)
    throw new Problem('invalid_state', `Its keys have changed ${MOST_FORMER} times within a day: come again later`);
  const until = new Date(at.getTime() + OVERLAP);
  const all = [{ ...open(deps, row.keysEncrypted), until }, ...before];
  return { formerKeysEncrypted: deps.encryption.encrypt(JSON.stringify(all)), formerKeysUntil: until };
}

/** Signs an endpoint's messages as of now: with its keys, and for a day with those before. */
export function signerOf(deps: { readonly encryption: Encryption }, row: EndpointRow, at: Date): MessageSigner {
  return createSigner([open(deps, row.keysEncrypted), ...formerKeysOf(deps, row, at)]);
}
