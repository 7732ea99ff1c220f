import { z } from '@hono/zod-openapi';
import { findAgreement, listAgreements, type AgreementRow } from '#db/queries/agreements';
import { findLease, leaseClock } from '#db/queries/leases';
import { findUpgrade } from '#db/queries/upgrades';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { agreementKinds, agreementOutcomes } from '#domain/leases/agreement/facts';
import { commands } from '#domain/leases/commands';
import { money as sumOf } from '#domain/money';
import { spoken } from '#domain/phrase';
import { transact } from '#use-cases/context';
import { CODE_SECONDS } from '#use-cases/identity/code';
import { sendSignatureCode } from '#use-cases/identity/proves-signature';
import { agreementFacts, draftLeaseAgreement } from '#use-cases/leases/agreement/draft-agreement';
import { agreementFormats, openAgreement } from '#use-cases/leases/agreement/open-agreement';
import { orderSignature } from '#use-cases/leases/agreement/order-signature';
import { draftAmendment, exchangeFacts } from '#use-cases/upgrades/amendment';
import type { Caller } from '../context.ts';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, leaseOf, mayReach, owned, ownLease } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { balance, idParam, instant, instantOrNull, listOf, localDay, pageQuery, text, uuid } from '../schemas.ts';
import { proofOf, signing } from './signing.ts';
import { lease, viewLease } from './view.ts';

const agreement = z
  .object({
    id: uuid,
    kind: z.enum(agreementKinds).openapi({ description: '`amendment`: another vehicle, its price and its schedule' }),
    status: z.enum(['draft', 'signed']),
    leaseId: uuid.openapi({ description: 'Whose terms these are; of an amendment the one that begins with the swap' }),
    fromLeaseId: uuid.nullable().openapi({ description: 'Of an amendment: the lease that is left' }),
    upgradeId: uuid.nullable(),
    customerId: uuid,
    language: z.enum(spoken),
    template: z.string().openapi({ description: 'Market, language and version of what it was written by' }),
    deposit: balance,
    totalPrice: balance,
    draftedOn: localDay,
    sha256: z.string().openapi({ description: 'Of the terms, as HTML before they are signed: it is what is signed' }),
    createdAt: instant,
    signedAt: instantOrNull,
    became: z.enum(agreementOutcomes).nullable().openapi({
      description:
        '`in_effect`: the vehicle was handed over by it. `void`: it never came about, or another one was signed instead. Null while that is open',
    }),
    becameAt: instantOrNull,
    signature: z
      .object({
        name: z.string().nullable().openapi({ description: 'Null once the customer was erased' }),
        by: z.enum(['code', 'login', 'pin']),
        channel: z.enum(['sms', 'ussd']),
        code: z.string().openapi({ description: 'Verifies the document at `/verify/{code}`' }),
        htmlSha256: z.string(),
        pdfSha256: z.string(),
      })
      .nullable(),
  })
  .openapi('Agreement');

function presentAgreement(row: AgreementRow): z.infer<typeof agreement> {
  const { id, kind, leaseId, fromLeaseId, upgradeId, customerId, language, draftedOn, sha256 } = row;
  const { inForceAt, signedAt, signedName: name, proof, code, htmlSha256, pdfSha256, currency } = row;
  const isSigned = inForceAt !== null && proof !== null && code !== null && htmlSha256 !== null && pdfSha256 !== null;
  return {
    id,
    kind,
    status: isSigned ? 'signed' : 'draft',
    leaseId,
    fromLeaseId,
    upgradeId,
    customerId,
    language,
    template: `${row.market}-${language}-${row.template}`,
    deposit: sumOf(row.deposit, currency),
    totalPrice: sumOf(row.total, currency),
    draftedOn,
    sha256,
    createdAt: row.createdAt.toISOString(),
    signedAt: isSigned ? (signedAt?.toISOString() ?? null) : null,
    became: row.became,
    becameAt: row.becameAt?.toISOString() ?? null,
    signature: isSigned ? { name, ...proof, code, htmlSha256, pdfSha256 } : null,
  };
}

const tag = 'agreements';
const own = ({ db }: ApiDependencies) => owned(async (id) => (await findAgreement(db, id))?.customerId);
/** Agreements and amendments: drafted, read, signed and kept. */
export function agreementRoutes(deps: ApiDependencies) {
  const app = router();
  readRoutes(deps, app);
  contentRoute(deps, app);
  draftRoutes(deps, app);
  signRoute(deps, app);
  return app;
}

type Router = ReturnType<typeof router>;

function readRoutes(deps: ApiDependencies, app: Router): void {
  const { db } = deps;
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/agreements',
      summary: 'My agreements and amendments, drafts among them, newest first; all of them for staff',
      tag,
      roles: everybody,
      query: z.object({ ...pageQuery, leaseId: uuid.optional(), customerId: uuid.optional() }),
      status: 200,
      answer: listOf(agreement),
    }),
    async (c) => {
      const { limit, cursor, customerId, leaseId } = c.req.valid('query');
      const caller = callerOf(c);
      const filter = { leaseId, customerId: isStaff(caller.role) ? customerId : caller.id };
      const rows = await listAgreements(db, filter, { limit: limit + 1, before: timePage(cursor) });
      return c.json(page(rows, limit, presentAgreement), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/agreements/{id}',
      summary: 'One agreement or amendment; its document is under `/content`',
      tag,
      roles: everybody,
      guard: own(deps),
      params: idParam,
      status: 200,
      answer: agreement,
    }),
    async (c) => c.json(presentAgreement(found(await findAgreement(db, c.req.valid('param').id))), 200),
  );
}

function contentRoute(deps: ApiDependencies, app: Router): void {
  const route = defineRoute(deps, {
    method: 'get',
    path: '/agreements/{id}/content',
    summary: 'The document: as it was signed, or what a draft says',
    tag,
    roles: everybody,
    guard: own(deps),
    params: idParam,
    query: z.object({ format: z.enum(agreementFormats).default('html') }),
    status: 200,
    answer: z.string(),
  });
  const file = { schema: z.string().openapi({ format: 'binary' }) };
  const answer = { description: 'The document', content: { 'text/html': file, 'application/pdf': file } };
  app.openapi({ ...route, responses: { ...route.responses, 200: answer } }, async (c) => {
    const { id } = c.req.valid('param');
    const { format } = c.req.valid('query');
    const row = found(await findAgreement(deps.db, id));
    const { bytes, mediaType, sha256 } = await openAgreement(deps, { id, format }, () => factsNow(deps, row));
    return c.body(new Uint8Array(bytes), 200, {
      'content-type': mediaType,
      'content-disposition': `attachment; filename="${row.kind}-${id}.${format}"`,
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'cache-control': 'private, no-store',
      etag: `"${sha256}"`,
    });
  });
}

/** What a draft says now. */
async function factsNow(deps: ApiDependencies, { leaseId, upgradeId, draftedOn }: AgreementRow) {
  if (upgradeId === null) return agreementFacts(deps, await leaseOf(deps, leaseId), draftedOn);
  return exchangeFacts(deps, found(await findUpgrade(deps.db, upgradeId)), draftedOn);
}

function draftRoutes(deps: ApiDependencies, app: Router): void {
  const { db, encryption } = deps;
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/agreements',
      summary:
        'Draft what is to be signed: the agreement of a lease that is offered or held, or the amendment of an exchange',
      tag,
      roles: ['customer'],
      idempotency: 'optional',
      body: z.strictObject({
        leaseId: uuid.optional(),
        upgradeId: uuid.optional(),
        language: z.enum(spoken).optional(),
      }),
      status: 201,
      answer: agreement,
    }),
    async (c) => {
      const { language, ...of } = c.req.valid('json');
      const caller = callerOf(c);
      const { lease: row, upgradeId } = await subjectOf(deps, caller, of);
      const draft = await transact(db, caller.actor, leaseClock(row), (context) =>
        upgradeId === null
          ? draftLeaseAgreement(context, encryption, { leaseId: row.id, language })
          : draftAmendment(context, encryption, { upgradeId, language }),
      );
      return c.json(presentAgreement(draft), 201);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/agreements/{id}/code',
      summary: 'Text a code that signs these terms, and nothing else',
      tag,
      roles: ['customer'],
      guard: own(deps),
      params: idParam,
      body: z.strictObject({}),
      status: 202,
      answer: z.object({
        expiresIn: z.int().openapi({ description: 'Seconds that the code is good for' }),
        sha256: z.string(),
      }),
    }),
    async (c) => {
      const { id: userId, actor } = callerOf(c);
      const { sha256, inForceAt } = found(await findAgreement(db, c.req.valid('param').id));
      if (inForceAt !== null) throw new Problem('invalid_state', 'it is signed already');
      await sendSignatureCode(deps, actor, { userId, sha256 });
      return c.json({ expiresIn: CODE_SECONDS, sha256 }, 202);
    },
  );
}

/** What is drafted, and the lease on whose clock. @throws Problem unprocessable for another's, or for none */
async function subjectOf(
  { db }: ApiDependencies,
  caller: Caller,
  of: { leaseId?: string | undefined; upgradeId?: string | undefined },
) {
  const path = of.upgradeId === undefined ? 'leaseId' : 'upgradeId';
  if ((of.upgradeId === undefined) === (of.leaseId === undefined))
    throw refusal(path, 'name either a lease or an upgrade');
  const upgrade = of.upgradeId === undefined ? undefined : await findUpgrade(db, of.upgradeId);
  const leaseId = of.leaseId ?? upgrade?.leaseId;
  const row = leaseId === undefined ? undefined : await findLease(db, leaseId);
  if (row === undefined || !mayReach(caller, row.customerId))
    throw refusal(path, 'there is nothing of yours with this id');
  return { lease: row, upgradeId: upgrade?.id ?? null };
}

const refusal = (path: string, message: string) =>
  new Problem('unprocessable', 'there is nothing to be signed', [{ path, message }]);

/** Of which more is asked than the lease is told: what proves who signs, and what he has read. */
function signRoute(deps: ApiDependencies, app: Router): void {
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/leases/{id}/sign',
      summary: 'Sign the agreement: the deposit is then collected',
      tag: 'leases',
      roles: commands.sign.by,
      guard: ownLease(deps),
      goesOn: true,
      idempotency: 'optional',
      params: idParam,
      body: z.strictObject({ name: text(), ...signing }),
      status: 200,
      answer: lease,
    }),
    async (c) => {
      const row = await leaseOf(deps, c.req.valid('param').id);
      const caller = callerOf(c);
      const { name, sha256, code } = c.req.valid('json');
      const signer = { actor: caller.actor, name, sha256, isProven: proofOf(deps, caller, code) };
      await orderSignature(deps, row, signer, c.get('idempotencyKey'));
      return c.json(await viewLease(deps.db, row.id), 200);
    },
  );
}
