import type { Client } from '@temporalio/client';
import { openDrafts, signedOf, type AgreementRow, type Signed } from '#db/queries/agreements';
import { leaseClock, type LeaseRow } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { LocalDate } from '#domain/calendar';
import type { AgreementFacts, AgreementLanguage, SignatureProof } from '#domain/leases/agreement/facts';
import type { Standing } from '#domain/leases/standing';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { transact } from '../../context.ts';
import { agreementFacts, draftLeaseAgreement, subjectOf } from './draft-agreement.ts';
import { isAgain, noDocument, prepareSignature, type Prepared, type SigningDependencies } from './prepare-signature.ts';
import { read } from './terms-of-lease.ts';

/** What a customer signs with. */
export interface Signer {
  readonly actor: Actor;
  readonly name: string;
  /** Of the terms that he has read; without it, of those that were drafted last. */
  readonly sha256?: string | undefined;
  readonly language?: AgreementLanguage | undefined;
  /** How he proves that it is he who signs terms of this hash; null where he does not. */
  readonly isProven: (sha256: string) => Promise<SignatureProof | null>;
}

/** What is signed: which draft, what it says now, and another one where there is none that says so. */
export interface Signable {
  readonly of: Signed;
  readonly factsOn: (draftedOn: LocalDate) => Promise<AgreementFacts>;
  readonly draftAnew: (language: AgreementLanguage | undefined) => Promise<AgreementRow>;
  /** On the lease's clock. */
  readonly at: Date;
}

/**
 * A customer signs the agreement of a lease: its document is drawn, and holds once the lease has taken the signature. Again by
 * the same name and proof, within its time, it is what was signed.
 *
 * @returns where the lease stands then; nothing where it was signed before
 * @throws Problem as `signTerms` and `commandLease`
 */
export async function orderSignature(
  deps: SigningDependencies & { readonly temporal: Client },
  lease: LeaseRow,
  signer: Signer,
  key?: CommandKey,
): Promise<Standing | undefined> {
  const { actor, name } = signer;
  const at = leaseClock(lease);
  const { id: leaseId } = lease;
  const of = subjectOf(lease);
  return orAgain(deps, signer, { of, at }, async () => {
    // The lease says why not, or that this very command was carried out before; where it is reserved by then, nothing was read.
    const asked = () => commandLease(deps, leaseId, 'sign', { actor, name, ...noDocument }, key);
    if (lease.status !== 'reserved') return asked();
    const prepared = await signTerms(deps, signer, {
      of,
      factsOn: (day) => agreementFacts(deps, lease, day),
      draftAnew: (language) =>
        transact(deps.db, actor, at, (context) => draftLeaseAgreement(context, deps.encryption, { leaseId, language })),
      at,
    }).catch(ifOver);
    if (prepared === null) return asked();
    return commandLease(deps, leaseId, 'sign', { actor, name, ...prepared }, key);
  });
}

/**
 * Takes a signature, or finds that these very terms were signed by the same name and proof a moment ago: who taps twice is
 * refused nothing.
 */
export async function orAgain<Taken>(
  { db }: Pick<SigningDependencies, 'db'>,
  { name, sha256, isProven }: Signer,
  { of, at }: Pick<Signable, 'of' | 'at'>,
  take: () => Promise<Taken>,
): Promise<Taken | undefined> {
  try {
    return await take();
  } catch (error) {
    const isTaken = error instanceof Problem && (error.code === 'invalid_state' || error.code === 'agreement_outdated');
    const signed = isTaken ? await signedOf(db, of) : undefined;
    const isSame = signed !== undefined && (sha256 === undefined || sha256 === signed.sha256);
    if (signed === undefined || !isSame || !isAgain(signed, { name, at })) throw error;
    if ((await isProven(signed.sha256)) === null) throw error;
    return undefined;
  }
}

/** It is reserved no more since it was read: the same command, sent before, may have been carried out meanwhile. */
function ifOver(error: unknown): null {
  if (error instanceof Problem && error.code === 'invalid_state') return null;
  throw error;
}

/**
 * Has the signer prove that it is he who signs these terms, and draws the document.
 *
 * @throws Problem agreement_outdated where he has read others than those of now; second_factor_required
 */
export async function signTerms(
  deps: SigningDependencies,
  { actor, name, sha256, language, isProven }: Signer,
  { of, factsOn, draftAnew, at }: Signable,
): Promise<Prepared> {
  const drafts = await openDrafts(deps.db, of);
  const found = sha256 === undefined ? drafts[0] : drafts.find((one) => one.sha256 === sha256);
  const isNow = found !== undefined && read(await factsOn(found.draftedOn), found.language).sha256 === found.sha256;
  if (sha256 !== undefined && !isNow) throw new Problem('agreement_outdated');
  const draft = found !== undefined && isNow ? found : await draftAnew(found?.language ?? language);
  const proof = await isProven(draft.sha256);
  if (proof === null) throw new Problem('second_factor_required');
  return prepareSignature(deps, { draft, facts: await factsOn(draft.draftedOn), name, proof, actor, at });
}
