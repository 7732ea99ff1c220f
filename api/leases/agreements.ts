import { z } from '@hono/zod-openapi';
import { findAgreement, listAgreements } from '#db/queries/agreements';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { commands } from '#domain/leases/commands';
import { CODE_SECONDS } from '#use-cases/identity/code';
import { sendSignatureCode } from '#use-cases/identity/proves-signature';
import { agreementFormats, openAgreement } from '#use-cases/leases/agreement/open-agreement';
import { orderSignature } from '#use-cases/leases/agreement/order-signature';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, leaseOf, owned, ownLease } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, listOf, pageQuery, text, uuid } from '../schemas.ts';
import { draftRoute, factsNow } from './agreement-drafts.ts';
import { agreement, presentAgreement } from './agreement-view.ts';
import { proofOf, signing } from './signing.ts';
import { lease, viewLease } from './view.ts';

const tag = 'agreements';
const own = ({ db }: ApiDependencies) => owned(async (id) => (await findAgreement(db, id))?.customerId);

/** Agreements and amendments: drafted, read, signed and kept. */
export function agreementRoutes(deps: ApiDependencies) {
  const app = router();
  readRoutes(deps, app);
  contentRoute(deps, app);
  draftRoute(deps, app);
  codeRoute(deps, app);
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
    const { bytes, mediaType, sha256 } = await openAgreement(deps, { id, format, actor: callerOf(c).actor }, () =>
      factsNow(deps, row),
    );
    return c.body(new Uint8Array(bytes), 200, {
      'content-type': mediaType,
      'content-disposition': `attachment; filename="${row.kind}-${id}.${format}"`,
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'cache-control': 'private, no-store',
      etag: `"${sha256}"`,
    });
  });
}

/** What proves who signs. */
function codeRoute(deps: ApiDependencies, app: Router): void {
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
      const { sha256, inForceAt } = found(await findAgreement(deps.db, c.req.valid('param').id));
      if (inForceAt !== null) throw new Problem('invalid_state', 'it is signed already');
      await sendSignatureCode(deps, actor, { userId, sha256 });
      return c.json({ expiresIn: CODE_SECONDS, sha256 }, 202);
    },
  );
}

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
      return c.json(await viewLease(deps.db, row.id, callerOf(c)), 200);
    },
  );
}
