import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { issueStatement } from '#use-cases/statements/issue-statement';
import { openSeal } from '#use-cases/statements/seal-statement';
import { findSignedAgreement } from '#db/queries/agreements';
import { openAgreementSeal } from '#use-cases/leases/agreement/prepare-signature';
import { findIssuedStatement, readLeaseStatement } from '#db/queries/statements';
import { Problem, TooManyRequests } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { totalsOf, splitComponents } from '#domain/leases/statement';
import { readStatementCode } from '#domain/leases/statement-code';
import { money, currencies } from '#domain/money';
import type { ApiEnvironment, Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { consume, createLimiter, rateLimit } from '../middleware/rate-limit.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, balance, instant, localDay } from '../schemas.ts';
import { dossierRoute } from './dossier.ts';
import { ownershipRoute } from './ownership.ts';
import { verifyDocumentRoute } from './verify.ts';
import { brokenPage, signedPage, unknownPage, verifiedPage, verifyPolicy } from './verify-page.ts';
import { found, ownLease } from '../guards.ts';

const totals = z.object({ paid: balance, outstanding: balance, overdue: balance, feesDue: balance, credit: balance });

export const statement = z
  .object({
    reference: z.string(),
    currency: z.enum(currencies),
    asOf: localDay.openapi({ description: "Local date on the lease's own clock" }),
    ownedPercent: z.int(),
    totals,
    entries: z.array(
      z.object({
        at: instant,
        on: localDay.openapi({ description: 'When it was posted' }),
        valueOn: localDay.openapi({ description: 'When it was paid: earlier, where that became known later' }),
        kind: z.string(),
        description: z.string(),
        debit: balance.openapi({ description: 'Charged' }),
        credit: balance.openapi({ description: 'Paid or forgiven' }),
        balance: balance.openapi({ description: 'Owed after it, fees included, less the deposit held and credit' }),
        split: z
          .array(z.object({ component: z.enum(splitComponents), amount: balance }))
          .openapi({ description: 'What it was for; it sums to the credit where there is one, else to the debit' }),
      }),
    ),
  })
  .openapi('Statement');

export const issuedStatement = z
  .object({
    code: z.string(),
    reference: z.string(),
    format: z.enum(['csv', 'pdf']),
    issuedAt: z.iso.datetime(),
    asOf: localDay,
    totals,
    sha256: z.string().openapi({ description: 'Of the file, hexadecimal' }),
    signature: z
      .string()
      .openapi({ description: 'Compact JWS (ES256) over these facts, by a key of /.well-known/jwks.json' }),
    kid: z.string(),
  })
  .openapi('IssuedStatement');

const tag = 'statements';
const formats = ['json', 'csv', 'pdf'] as const;
type Format = (typeof formats)[number];
const mediaTypes = {
  json: 'application/json',
  csv: 'text/csv; charset=utf-8; header=present',
  pdf: 'application/pdf',
} as const satisfies Record<Format, string>;

/** Files that one user may ask for a minute: a long one takes a tenth of a second of this process. */
const FILES_A_MINUTE = 20;

/** A lease's statement, and what verifies one that was given out. */
export function statementRoutes(deps: ApiDependencies) {
  const app = router();
  statementRoute(deps, app);
  ownershipRoute(deps, app);
  dossierRoute(deps, app);
  verifyDocumentRoute(deps, app);
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/statements/{code}',
      summary: 'What a statement said that was given out; for everybody who holds its code',
      tag,
      roles: 'public',
      params: z.object({ code: z.string().max(40) }),
      status: 200,
      answer: issuedStatement,
    }),
    async (c) => {
      const found = await issuedBy(deps, c.req.valid('param').code);
      if (found === 'unknown') throw new Problem('not_found', 'No statement has this code');
      if (found === 'broken') throw new Problem('conflict', 'The signature of this statement cannot be verified');
      return c.json({ ...found.facts, signature: found.signature, kid: found.kid }, 200);
    },
  );
  return app;
}

function statementRoute(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  const limiter = createLimiter(deps, 'statement-file', FILES_A_MINUTE, 60);
  const route = defineRoute(deps, {
    method: 'get',
    path: '/leases/{id}/statement',
    summary: 'The account of this lease, from the ledger; as CSV or PDF by `format` or `Accept`, to be verified later',
    tag,
    roles: everybody,
    guard: ownLease(deps),
    params: idParam,
    query: z.object({ format: z.enum(formats).optional() }),
    status: 200,
    answer: statement,
  });
  const file = { schema: z.string().openapi({ format: 'binary' }) };
  const found = {
    description: 'The statement; a file has its code in `X-Statement-Code`',
    content: { ...route.responses[200].content, 'text/csv': file, 'application/pdf': file },
  };
  app.openapi({ ...route, responses: { ...route.responses, 200: found } }, async (c) => {
    const { id: leaseId } = c.req.valid('param');
    const format = c.req.valid('query').format ?? wantedFormat(c);
    c.header('vary', 'Accept', { append: true });
    if (format === 'json') return c.json(await statementJson(deps, leaseId, callerOf(c)), 200);
    const { id: userId, actor } = callerOf(c);
    const { consumedPoints, msBeforeNext } = await consume(limiter, userId);
    if (consumedPoints > FILES_A_MINUTE)
      throw new TooManyRequests(
        `At most ${FILES_A_MINUTE} files a minute`,
        Math.max(1, Math.ceil(msBeforeNext / 1000)),
      );
    const { bytes, code, reference, sha256 } = await issueStatement(deps, actor, { leaseId, format });
    return c.body(new Uint8Array(bytes), 200, {
      'content-type': mediaTypes[format],
      'content-disposition': `attachment; filename="statement-${reference}-${code}.${format}"`,
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, no-store',
      'x-statement-code': code,
      etag: `"${sha256}"`,
    });
  });
}

/** What `Accept` asks for; JSON where it does not care. */
function wantedFormat(c: Context<ApiEnvironment>): Format {
  const wanted = accepts(c, {
    header: 'Accept',
    supports: ['application/json', 'text/csv', 'application/pdf'],
    default: 'application/json',
  });
  return formats.find((format) => mediaTypes[format].startsWith(wanted)) ?? 'json';
}

async function statementJson({ db }: ApiDependencies, leaseId: string, { id, role }: Caller) {
  const statement = found(await readLeaseStatement(db, leaseId, isStaff(role) ? undefined : id));
  const { reference, currency, asOf, ownedPercent } = statement;
  const sum = (amount: number) => money(amount, currency);
  return {
    reference,
    currency,
    asOf,
    ownedPercent,
    totals: totalsOf(statement),
    entries: statement.entries.map(({ debit, credit, balance, split, ...entry }) => ({
      ...entry,
      debit: sum(debit),
      credit: sum(credit),
      balance: sum(balance),
      split: split.map(({ component, amount }) => ({ component, amount: sum(amount) })),
    })),
  };
}

/** The page that the QR code of a statement or an agreement leads to. It has no token and shows nothing personal. */
export function verifyRoutes(deps: ApiDependencies) {
  const app = router();
  app.use('/verify/*', rateLimit(deps, 'address'));
  app.get('/verify/:code', async (c) => {
    const headers = { 'content-security-policy': verifyPolicy };
    const agreement = await findSignedAgreement(deps.db, readStatementCode(c.req.param('code')) ?? '');
    if (agreement !== undefined) {
      const seal = await openAgreementSeal(deps.tokens, agreement);
      return seal === null
        ? c.html(brokenPage(), 409, headers)
        : c.html(signedPage(seal.facts, seal.kid, agreement), 200, headers);
    }
    const found = await issuedBy(deps, c.req.param('code'));
    if (found === 'unknown') return c.html(unknownPage(), 404, headers);
    if (found === 'broken') return c.html(brokenPage(), 409, headers);
    return c.html(verifiedPage(found.facts, found.kid), 200, headers);
  });
  return app;
}

async function issuedBy({ db, tokens }: ApiDependencies, typed: string) {
  const code = readStatementCode(typed);
  const row = code === null ? undefined : await findIssuedStatement(db, code);
  if (row === undefined) return 'unknown';
  const seal = await openSeal(tokens, row);
  return seal === null ? 'broken' : { ...seal, signature: row.signature };
}
