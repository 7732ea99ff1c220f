import { createHash, randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { Database } from '#db/client';
import { theftFacts, type IssuedDossier } from '#db/queries/dossiers';
import { dossiers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Role } from '#domain/identity/roles';
import { STATEMENT_CODE_LETTERS, groupedCode, statementCode } from '#domain/leases/statement-code';
import type { Config } from '#platform/config';
import type { Encryption } from '#platform/encryption';
import type { TokenIssuer } from '#platform/tokens';
import { record, transact } from '../context.ts';
import { recordLook } from '../telematics/record-look.ts';
import { dossierOf, type Dossier } from './dossier.ts';

interface DossierDependencies {
  readonly config: Pick<Config, 'PUBLIC_URL'>;
  readonly db: Database;
  readonly encryption: Encryption;
  readonly tokens: TokenIssuer;
}

/** `typ` of what is signed: the dossier itself, and of what verifies its file. */
const DOSSIER = 'theft-dossier+jws';
const SEAL = 'theft-dossier-seal+jws';

/** What we vouch for of a file that was given out: nothing personal but the lease's reference. */
const sealedDossier = z.object({
  code: z.string(),
  reference: z.string(),
  format: z.enum(['json', 'pdf']),
  issuedAt: z.iso.datetime(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

interface DossierFile {
  readonly code: string;
  readonly reference: string;
  readonly sha256: string;
  readonly bytes: Buffer;
}

/**
 * Gives out what the police need of a theft: the vehicle and its positions, who had it, and whose it is. The JSON is signed by the house's
 * keys. Each is kept with a code and a hash that verify it, and is on record for the customer, with who asked and why.
 *
 * @throws Problem not_found where no theft was reported.
 */
export async function issueDossier(
  deps: DossierDependencies,
  viewer: { readonly id: string; readonly role: Role },
  {
    leaseId,
    format,
    reason,
  }: { readonly leaseId: string; readonly format: IssuedDossier['format']; readonly reason: string | null },
): Promise<DossierFile> {
  const facts = await theftFacts(deps.db, leaseId);
  if (facts === undefined) throw new Problem('not_found', 'no theft of this vehicle was reported');
  const code = statementCode(randomBytes(STATEMENT_CODE_LETTERS));
  const issuedAt = new Date();
  const dossier = dossierOf(deps, facts, { code: groupedCode(code), issuedAt });
  const bytes = format === 'json' ? await signed(deps, dossier) : await drawn(deps, dossier, { code, issuedAt });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const { reference } = facts;
  const sealed = { code, reference, format, issuedAt: issuedAt.toISOString(), sha256 };
  const signature = await deps.tokens.signDocument(SEAL, sealed);
  await transact(deps.db, viewer, issuedAt, async (context) => {
    const id = uuidv7();
    await context.tx.insert(dossiers).values({ id, leaseId, format, code, sha256, signature, issuedAt });
    const { from, to } = facts;
    const look = { viewerId: viewer.id, role: viewer.role, what: 'theft_dossier', from, to, reason } as const;
    await recordLook(context, { ...look, vehicleIds: [facts.vehicle.id] });
    // On the customer's timeline: it tells where the vehicle was. The code is a secret of who holds the paper.
    const detail = { format, reason, sha256, positions: facts.positions.length };
    await record(context, { type: 'theft.dossier_issued', subject: leaseId, leaseId, detail });
  });
  return { code, reference, sha256, bytes };
}

/** The dossier beside its signature: a compact JWS whose payload is the same. */
async function signed({ tokens }: DossierDependencies, dossier: Dossier): Promise<Buffer> {
  const signature = await tokens.signDocument(DOSSIER, dossier);
  return Buffer.from(JSON.stringify({ dossier, signature }), 'utf8');
}

/** Loaded with the first that is asked for, as for statements. */
async function drawn(
  { config }: DossierDependencies,
  dossier: Dossier,
  { code, issuedAt }: { readonly code: string; readonly issuedAt: Date },
): Promise<Buffer> {
  const { renderDossier } = await import('./render-dossier.ts');
  const verifyUrl = new URL(`/v1/verify/${code}`, config.PUBLIC_URL).href;
  return renderDossier(dossier, { code: groupedCode(code), verifyUrl, issuedAt });
}

/** What was sealed of a dossier that was given out; null when no key of ours verifies it, or it is of another code or file. */
export async function openDossierSeal(tokens: TokenIssuer, { signature, code, sha256 }: IssuedDossier) {
  const found = await tokens.verifyDocument(SEAL, signature);
  const facts = sealedDossier.safeParse(found?.facts);
  if (found === null || !facts.success || facts.data.code !== code || facts.data.sha256 !== sha256) return null;
  return { facts: facts.data, kid: found.kid };
}
