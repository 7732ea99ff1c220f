import { z } from 'zod';
import type { IssuedStatement } from '#db/queries/statements';
import { currencies } from '#domain/money';
import type { TokenIssuer } from '#platform/tokens';

/** `typ` of the signature: it tells it apart from everything else that our keys sign. */
const TYPE = 'statement+jws';
const sum = z.object({ amount: z.int(), currency: z.enum(currencies) });

/** What we vouch for, and all that the public page shows: nothing personal but the lease's reference. */
const sealedFacts = z.object({
  code: z.string(),
  reference: z.string(),
  format: z.enum(['csv', 'pdf']),
  issuedAt: z.iso.datetime(),
  asOf: z.iso.date(),
  totals: z.object({ paid: sum, outstanding: sum, overdue: sum, feesDue: sum, credit: sum }),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type SealedFacts = z.infer<typeof sealedFacts>;

/** Signs the facts of a statement by the key that signs now. */
export function sealStatement(tokens: TokenIssuer, facts: SealedFacts): Promise<string> {
  return tokens.signDocument(TYPE, facts);
}

/**
 * The facts of a statement as they were signed, read from the signature and not from columns that could have
 * been changed since.
 *
 * @returns null when no key of ours verifies it, or it was made for another code or file.
 */
export async function openSeal(
  tokens: TokenIssuer,
  { signature, code, sha256 }: Pick<IssuedStatement, 'signature' | 'code' | 'sha256'>,
): Promise<{ readonly facts: SealedFacts; readonly kid: string } | null> {
  const found = await tokens.verifyDocument(TYPE, signature);
  const facts = sealedFacts.safeParse(found?.facts);
  if (found === null || !facts.success || facts.data.code !== code || facts.data.sha256 !== sha256) return null;
  return { facts: facts.data, kid: found.kid };
}
