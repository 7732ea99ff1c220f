import { z } from '@hono/zod-openapi';
import { issueDossier } from '#use-cases/statements/issue-dossier';
import type { ApiDependencies } from '../dependencies.ts';
import { ownLease } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, staff, type router } from '../route.ts';
import { idParam } from '../schemas.ts';
import { reasonToLook } from '../telematics/looking.ts';

const json = z.record(z.string(), z.unknown());
export const theftDossier = z
  .object({
    dossier: z
      .object({
        document: z.literal('theft_dossier'),
        code: z.string(),
        issuedAt: z.iso.datetime(),
        lease: z.string(),
        theft: json,
        vehicle: json,
        ownership: json,
        holder: json,
        positions: z.array(json),
        morePositions: z.boolean(),
      })
      .openapi({
        description:
          'The theft, the vehicle with its newest positions from two days before on, who had it, and whose it is',
      }),
    signature: z.string().openapi({
      description: 'Compact JWS (ES256) whose payload is the dossier, by a key of /.well-known/jwks.json',
    }),
  })
  .openapi('TheftDossier');

/** What the police need of a theft. Whoever asks is on record for the customer, with the reason in `X-Reason`. */
export function dossierRoute(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  const route = defineRoute(deps, {
    method: 'get',
    path: '/leases/{id}/theft-dossier',
    summary: 'The signed dossier of a theft, for the police; as PDF by `format`',
    tag: 'statements',
    roles: staff,
    guard: ownLease(deps),
    looks: true,
    params: idParam,
    query: z.object({ format: z.enum(['json', 'pdf']).default('json') }),
    status: 200,
    answer: theftDossier,
  });
  const file = { schema: z.string().openapi({ format: 'binary' }) };
  const found = {
    description: 'The dossier; its code, which verifies the file, is in `X-Document-Code`',
    content: { ...route.responses[200].content, 'application/pdf': file },
  };
  app.openapi({ ...route, responses: { ...route.responses, 200: found } }, async (c) => {
    const { format } = c.req.valid('query');
    const order = { leaseId: c.req.valid('param').id, format, reason: reasonToLook(c) };
    const { id, role } = callerOf(c);
    const { bytes, code, reference, sha256 } = await issueDossier(deps, { id, role }, order);
    return c.body(new Uint8Array(bytes), 200, {
      'content-type': format === 'json' ? 'application/json' : 'application/pdf',
      'content-disposition': `attachment; filename="theft-${reference}-${code}.${format}"`,
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, no-store',
      'x-document-code': code,
      etag: `"${sha256}"`,
    });
  });
}
