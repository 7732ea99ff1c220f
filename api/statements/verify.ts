import { z } from '@hono/zod-openapi';
import { findSignedAgreement, type AgreementRow } from '#db/queries/agreements';
import { findIssuedDemand } from '#db/queries/demands';
import { findIssuedDossier } from '#db/queries/dossiers';
import { findIssuedStatement } from '#db/queries/statements';
import { Problem } from '#domain/errors';
import { agreementKinds, agreementOutcomes } from '#domain/leases/agreement/facts';
import { readStatementCode } from '#domain/leases/statement-code';
import { openAgreementSeal } from '#use-cases/leases/agreement/prepare-signature';
import { openDemandSeal } from '#use-cases/leases/repossession/make-demand';
import { openDossierSeal } from '#use-cases/statements/issue-dossier';
import { openSeal } from '#use-cases/statements/seal-statement';
import type { ApiDependencies } from '../dependencies.ts';
import { defineRoute, type router } from '../route.ts';

const documents = ['statement', 'theft_dossier', 'demand', ...agreementKinds] as const;

export const verification = z
  .object({
    code: z.string(),
    document: z.enum(documents),
    unaltered: z
      .boolean()
      .openapi({ description: 'Whether what is on record of it is what was signed; only then is the rest told' }),
    format: z.string().nullable(),
    issuedAt: z.iso.datetime().nullable(),
    sha256: z.string().nullable().openapi({
      description: 'Of the file that was given out, hexadecimal: the one in your hand is unaltered if it has the same',
    }),
    termsSha256: z.string().nullable().openapi({
      description: 'Of an agreement: of the terms that were signed, as HTML without the signature beneath them',
    }),
    htmlSha256: z.string().nullable().openapi({ description: 'Of an agreement: of its HTML; `sha256` is of its PDF' }),
    template: z.string().nullable().openapi({ description: 'Of an agreement: market, language and version' }),
    became: z.enum(agreementOutcomes).nullable().openapi({
      description:
        'Of an agreement: whether it took effect, or never came about or was replaced; null while that is open',
    }),
    becameAt: z.iso.datetime().nullable(),
    kid: z.string().nullable().openapi({ description: 'Of the key of /.well-known/jwks.json that signed it' }),
  })
  .openapi('Verification');

/** What a document is that was given out, for whoever holds its code: nothing personal. */
export function verifyDocumentRoute(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/verify/{code}',
      summary: 'What document has this code, and the hash by which its file is compared',
      tag: 'statements',
      roles: 'public',
      params: z.object({ code: z.string().max(40) }),
      status: 200,
      answer: verification,
    }),
    async (c) => c.json(await documentOf(deps, c.req.valid('param').code), 200),
  );
}

/** @throws Problem not_found */
async function documentOf({ db, tokens }: ApiDependencies, typed: string) {
  const code = readStatementCode(typed) ?? '';
  const statement = await findIssuedStatement(db, code);
  if (statement !== undefined) return shown(code, 'statement', await openSeal(tokens, statement));
  const dossier = await findIssuedDossier(db, code);
  if (dossier !== undefined) return shown(code, 'theft_dossier', await openDossierSeal(tokens, dossier));
  const demand = await findIssuedDemand(db, code);
  if (demand !== undefined) return shown(code, 'demand', await openDemandSeal(tokens, demand));
  const agreement = await findSignedAgreement(db, code);
  if (agreement !== undefined) return agreementShown(code, agreement, await openAgreementSeal(tokens, agreement));
  throw new Problem('not_found', 'No document has this code');
}

interface Seal {
  readonly facts: { readonly format: string; readonly issuedAt: string; readonly sha256: string };
  readonly kid: string;
}

/** What was signed, where it verifies. */
function shown(code: string, document: (typeof documents)[number], seal: Seal | null) {
  const { format = null, issuedAt = null, sha256 = null } = seal?.facts ?? {};
  const ofAgreements = { termsSha256: null, htmlSha256: null, template: null, became: null, becameAt: null };
  return {
    code,
    document,
    unaltered: seal !== null,
    format,
    issuedAt,
    sha256,
    ...ofAgreements,
    kid: seal?.kid ?? null,
  };
}

function agreementShown(
  code: string,
  { kind, ...row }: AgreementRow,
  seal: Awaited<ReturnType<typeof openAgreementSeal>>,
) {
  if (seal === null) return shown(code, kind, null);
  const { pdfSha256: sha256, signedAt: issuedAt, termsSha256, htmlSha256, template } = seal.facts;
  const pdf = shown(code, kind, { facts: { format: 'pdf', issuedAt, sha256 }, kid: seal.kid });
  const outcome = { became: row.became, becameAt: row.becameAt?.toISOString() ?? null };
  return { ...pdf, termsSha256, htmlSha256, template, ...outcome };
}
