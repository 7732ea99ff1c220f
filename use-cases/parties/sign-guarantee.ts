import { findGuarantee } from '#db/queries/guarantees';
import { findLease, leaseClock } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import { transact } from '../context.ts';
import { orAgain, signTerms, type Signer } from '../leases/agreement/order-signature.ts';
import { noDocument, type Prepared, type SigningDependencies } from '../leases/agreement/prepare-signature.ts';
import { consentToGuarantee } from './answer-invitation.ts';
import { leaseAnsweredFor, draftGuarantee, guaranteeFacts } from './guarantee-terms.ts';

/**
 * Who was asked signs that he answers for the lease: the document is drawn, and holds with his consent.
 *
 * @param cap what he has read that he answers for, in minor units of the lease's currency
 * @throws Problem as `signTerms` and `consentToGuarantee`
 */
export async function signGuarantee(
  deps: SigningDependencies,
  { guaranteeId, cap }: { readonly guaranteeId: string; readonly cap: number },
  signer: Signer,
): Promise<void> {
  const { db, encryption } = deps;
  const row = await findGuarantee(db, guaranteeId);
  const lease = row === undefined ? undefined : await findLease(db, row.leaseId);
  if (row === undefined || lease === undefined) throw new Problem('not_found');
  const { actor, name } = signer;
  const at = leaseClock(lease);
  const consent = (document: Prepared) =>
    transact(db, actor, at, (context) => consentToGuarantee(context, { guaranteeId, name, cap, document }));
  const of = leaseAnsweredFor(row, lease);
  await orAgain(deps, signer, { of, at }, async () => {
    // The guarantee itself says why nobody consents now.
    if (row.status !== 'invited' || row.expiresAt <= at) return consent(noDocument);
    const document = await signTerms(deps, signer, {
      of,
      factsOn: (day) => guaranteeFacts(deps, { row, lease }, day),
      draftAnew: (language) =>
        transact(db, actor, at, (context) => draftGuarantee(context, encryption, { guaranteeId, language })),
      at,
    });
    return consent(document);
  });
}
