import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { deliveriesOfJob } from './deliveries.ts';
import { struckBy } from './faults.ts';
import type { IdentityJob } from './records.ts';
import { routes, type Environment, type Simulator } from './simulator.ts';
import { acceptsToken, fits, issueToken } from './tokens.ts';

const TOKEN_SECONDS = 15 * 60;
const LARGEST = 4.5 * 1024 * 1024;
/** From a submission to its result, in milliseconds. */
const THINKING = 250;

const consent = z.object({
  granted: z.union([z.literal(true), z.literal('true')]),
  granted_at: z.iso.datetime({ offset: true }),
  notice_language: z.string().min(2).max(35),
  notice_privacy_policy_url: z.url(),
});
const submission = z.object({
  country: z.string().regex(/^[A-Z]{2}$/),
  id_type: z.string().min(1).max(64),
  id_number: z.string().min(3).max(64),
  user_id: z.string().min(1).max(128).optional(),
  callback_url: z.url({ protocol: /^https?$/ }).optional(),
  selfie_image: z.instanceof(Blob),
  consent,
});

/** Results by the last three characters of the document number; null never comes. */
const results: ReadonlyMap<string, IdentityJob['result']> = new Map([
  [
    '100',
    { status: 'block', reason: 'identifier_not_found', message: 'The document number was not found in the registry.' },
  ],
  ['300', { status: 'block', reason: 'document_check_failed', message: 'The document is forged.' }],
  ['400', null],
]);
const clear: IdentityJob['result'] = { status: 'clear', reason: null, message: 'The person matches the registry.' };

const refuse = (status: number, reason: string, message: string) =>
  Response.json({ status: 'error', reason, message }, { status });

/** Smile ID: biometric checks with their webhook and status. */
export function smileIdRoutes(simulator: Simulator) {
  const { store, faults } = simulator;
  const app = routes();
  app.use(struckBy(faults, 'smileid', (status) => refuse(status, 'service_unavailable', 'Try again later.')));
  app.post('/v3/token', (c) => token(c, simulator));
  app.use('/v3/*', authorised(simulator));
  app.post(
    '/v3/biometric_kyc',
    bodyLimit({ maxSize: LARGEST, onError: () => refuse(413, 'payload_too_large', 'The request exceeds 4.5 MB.') }),
    (c) => submit(c, simulator),
  );
  app.get('/v3/status/:id', async (c) => {
    const job = store.job(c.req.param('id'));
    await store.settled();
    if (!job) return refuse(404, 'job_not_found', 'There is no such job.');
    const ids = { job_id: job.id, user_id: job.userId };
    const known = job.result !== null && Date.now() >= job.settlesAt;
    return c.json(
      known ? { ...job.result, ...ids } : { status: 'pending', reason: null, message: 'In progress.', ...ids },
    );
  });
  return app;
}

function token(c: Context, { settings, tokenKey }: Simulator): Response {
  const known =
    fits(settings.SMILE_ID_PARTNER_ID, c.req.header('smileid-partner-id')) &&
    fits(settings.SMILE_ID_API_KEY, c.req.header('smileid-api-key'));
  if (!known) return refuse(401, 'unauthorized', 'Partner id or API key is wrong.');
  return Response.json({
    token: issueToken(tokenKey, 'smileid', Date.now() + TOKEN_SECONDS * 1_000),
    expires_in: TOKEN_SECONDS,
  });
}

function authorised({ tokenKey, settings }: Simulator) {
  return createMiddleware<Environment>(async (c, next) => {
    const given = (c.req.header('smileid-token') ?? '').replace(/^Bearer /i, '');
    const known =
      fits(settings.SMILE_ID_PARTNER_ID, c.req.header('smileid-partner-id')) &&
      acceptsToken(tokenKey, 'smileid', `Bearer ${given}`, Date.now());
    return known ? next() : refuse(401, 'unauthorized', 'SmileID-Token or SmileID-Partner-ID is wrong or expired.');
  });
}

/** The form's fields; `consent` comes as JSON or as `consent[granted]`, `consent.granted` and so on. */
async function formFields(c: Context): Promise<Record<string, unknown> | undefined> {
  try {
    const form = await c.req.raw.formData();
    const fields: Record<string, unknown> = Object.fromEntries(form);
    const consentText = form.get('consent');
    fields['consent'] =
      typeof consentText === 'string'
        ? (JSON.parse(consentText) as unknown)
        : Object.fromEntries(
            [...form].flatMap(([name, value]) => {
              const inner = /^consent(?:\[(\w+)\]|\.(\w+))$/.exec(name);
              return inner ? [[inner[1] ?? inner[2], value]] : [];
            }),
          );
    return fields;
  } catch {
    return undefined;
  }
}

async function submit(c: Context, simulator: Simulator): Promise<Response> {
  const fields = await formFields(c);
  if (!fields) return refuse(400, 'invalid_request', 'The body is no multipart form.');
  const parsed = submission.safeParse(fields);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(400, 'invalid_request', `${issue?.path.join('.') ?? 'form'}: ${issue?.message ?? 'is wrong'}`);
  }
  const { store, callbacks, random, settings } = simulator;
  const { id_number: number, user_id: userId, callback_url: callbackUrl } = parsed.data;
  const ending = number.slice(-3);
  // Document numbers are not kept, not even here.
  const document = `smileid:${createHash('sha256').update(`${settings.SIMULATOR_SEED} ${number}`).digest('base64url')}`;
  if (ending === '200' && store.refusals(document) < 2) {
    await store.add({ type: 'refusal', key: document });
    return refuse(503, 'service_unavailable', 'The registry is not available, try again later.');
  }
  const at = Date.now();
  const ordinal = store.jobCount;
  const result = results.get(ending);
  const job: IdentityJob = {
    type: 'identityJob',
    id: random.uuid('job', document, ordinal),
    userId: userId ?? random.uuid('user', document),
    result: result === undefined ? clear : result,
    callbackUrl: callbackUrl ?? null,
    at,
    settlesAt: at + THINKING * settings.SIMULATOR_TIME_SCALE,
  };
  await store.add(job);
  for (const delivery of deliveriesOfJob(job)) callbacks.schedule(delivery);
  return c.json({ job_id: job.id, user_id: job.userId }, 202);
}
