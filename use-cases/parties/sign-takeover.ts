import { findLease, leaseClock } from '#db/queries/leases';
import { findTransfer } from '#db/queries/parties';
import { Problem } from '#domain/errors';
import { transact } from '../context.ts';
import { orAgain, signTerms, type Signer } from '../leases/agreement/order-signature.ts';
import { noDocument, type Prepared, type SigningDependencies } from '../leases/agreement/prepare-signature.ts';
import { acceptTransfer } from './accept-transfer.ts';
import { draftTakeover, takenOver, takeoverFacts } from './takeover.ts';
import type { TransferRow } from './transfer-record.ts';

interface Takeover {
  readonly transferId: string;
  readonly userId: string;
  readonly paymentMethodId: string;
}

/**
 * Whoever takes a lease over signs for it: the document is drawn, and holds with his acceptance unless his credit is declined.
 *
 * @throws Problem as `signTerms` and `acceptTransfer`
 */
export async function signTakeover(
  deps: SigningDependencies,
  { transferId, userId, paymentMethodId }: Takeover,
  signer: Signer,
): Promise<TransferRow> {
  const { db, encryption } = deps;
  const row = await findTransfer(db, transferId);
  const lease = row === undefined ? undefined : await findLease(db, row.leaseId);
  if (row === undefined || lease === undefined) throw new Problem('not_found');
  const { actor, name } = signer;
  const at = leaseClock(lease);
  const accept = (document: Prepared) =>
    transact(db, actor, at, (context) =>
      acceptTransfer(context, { transferId, userId, name, paymentMethodId, document }),
    );
  const of = takenOver(row, lease, userId);
  const taken = await orAgain(deps, signer, { of, at }, async () => {
    // The transfer itself says why it is not accepted now.
    if (row.status !== 'proposed' || row.expiresAt <= at) return accept(noDocument);
    const document = await signTerms(deps, signer, {
      of,
      factsOn: (day) => takeoverFacts(deps, { row, lease, userId }, day),
      draftAnew: (language) =>
        transact(db, actor, at, (context) => draftTakeover(context, encryption, { transferId, userId, language })),
      at,
    });
    return accept(document);
  });
  const after = taken ?? (await findTransfer(db, transferId));
  if (after === undefined) throw new Problem('not_found');
  return after;
}
