import { findLease, leaseClock } from '#db/queries/leases';
import { findUpgrade } from '#db/queries/upgrades';
import { findUser } from '#db/queries/identity';
import { Problem } from '#domain/errors';
import { transact } from '../context.ts';
import { orAgain, signTerms, type Signer } from '../leases/agreement/order-signature.ts';
import { noDocument, type SigningDependencies } from '../leases/agreement/prepare-signature.ts';
import { acceptUpgrade } from './accept-upgrade.ts';
import { amended, draftAmendment, exchangeFacts } from './amendment.ts';
import type { UpgradeRow } from './upgrade-record.ts';

/**
 * A customer signs an exchange as it is quoted: its amendment is drawn, and holds with what comes of the signature.
 *
 * @param signer.name without it, his own
 * @throws Problem as `signTerms` and `acceptUpgrade`
 */
export async function signExchange(
  deps: SigningDependencies,
  upgradeId: string,
  signer: Omit<Signer, 'name'> & { readonly name?: string | undefined },
): Promise<UpgradeRow> {
  const { db, encryption } = deps;
  const row = await findUpgrade(db, upgradeId);
  const lease = row === undefined ? undefined : await findLease(db, row.leaseId);
  const customer = row === undefined ? undefined : await findUser(db, row.customerId);
  if (row === undefined || lease === undefined || customer === undefined) throw new Problem('not_found');
  const { actor } = signer;
  const at = leaseClock(lease);
  const name = signer.name ?? customer.name;
  const accept = (signed: Parameters<typeof acceptUpgrade>[1]) =>
    transact(db, actor, at, (context) => acceptUpgrade(context, signed));
  const signed = { ...signer, name };
  const of = amended(row);
  const taken = await orAgain(deps, signed, { of, at }, async () => {
    // The exchange itself says why it is not signed now; where it is quoted again by then, nothing was read.
    if (row.status !== 'quoted' || row.expiresAt <= at) return accept({ upgradeId, name, document: noDocument });
    const document = await signTerms(deps, signed, {
      of,
      factsOn: (day) => exchangeFacts(deps, row, day),
      draftAnew: (language) =>
        transact(db, actor, at, (context) => draftAmendment(context, encryption, { upgradeId, language })),
      at,
    });
    return accept({ upgradeId, name, document });
  });
  const after = taken ?? (await findUpgrade(db, upgradeId));
  if (after === undefined) throw new Problem('not_found');
  return after;
}
