import { z } from '@hono/zod-openapi';
import { Problem } from '#domain/errors';
import { toE164 } from '#domain/phone';
import { saidAtIn } from '#domain/support/wish';
import { storable } from '#domain/text';
import { refusalSaid } from '#domain/ussd/refusals';
import { shownOf } from '#domain/ussd/show';
import { goTo } from '#domain/ussd/state';
import { isCallbackSecret } from '#platform/callback-secret';
import { answerUssd, type Missing } from '#use-cases/ussd/answer-ussd';
import { NAME } from '#providers/messaging/africas-talking';
import { takeReceipt } from '#use-cases/notifications/take-receipt';
import { receiveText } from '#use-cases/ussd/receive-text';
import type { ApiDependencies } from '../dependencies.ts';
import { limitBody } from '../middleware/body.ts';
import { invalidInput } from '../middleware/problem.ts';
import { defineRoute, router } from '../route.ts';
import { takeWhatIsRead, unreadFields, type ReadForms } from './unread.ts';

const phone = z.string().transform((text, context) => {
  // In a form an unescaped plus is a space.
  const number = toE164(text.trim().replace(/^\+?/, '+'));
  if (number !== null) return number;
  context.addIssue({ code: 'custom', message: 'must be E.164' });
  return z.NEVER;
});
const ussdForm = z.object({
  sessionId: z.string().min(1).max(200),
  phoneNumber: phone,
  serviceCode: z.string().max(40).default(''),
  text: z.string().max(2_000).default(''),
});
const smsForm = z.object({
  id: z.string().min(1).max(200),
  from: phone,
  // What is no number of ours is nothing to answer from.
  to: z
    .string()
    .regex(/^\+?\w{3,15}$/)
    .optional()
    .catch(undefined),
  text: z.string().max(5_000).default(''),
  date: z.string().default(''),
});
const reportForm = z.object({ id: z.string().min(1).max(200), status: z.string().max(40) });
/** What a report says; `Sent`, `Submitted` and `Buffered` are on the way. */
const delivered: ReadonlySet<string> = new Set(['Success', 'Delivered']);
const failed: ReadonlySet<string> = new Set(['Failed', 'Rejected', 'AbsentSubscriber', 'Expired']);

/**
 * What Africa's Talking calls with forms: each step of a USSD session, and each text that somebody sends to the short
 * code. The last part of the path is a secret between it and us: a wrong one is 404.
 */
export function africasTalkingCallbackRoutes(deps: ApiDependencies) {
  const app = router();
  const params = z.object({ secret: z.string().max(200) });
  const missing = countMissing(deps);
  const admit = (secret: string) => {
    if (!isCallbackSecret(deps.config.AFRICASTALKING_CALLBACK_SECRET, secret)) throw new Problem('not_found');
  };
  const common = {
    method: 'post',
    tag: 'callbacks',
    roles: 'public',
    params,
    status: 200,
    guard: limitBody('json'),
  } as const;

  const step = defineRoute(deps, {
    ...common,
    path: '/callbacks/ussd/{secret}',
    summary: "A step of a USSD session, as Africa's Talking posts it; answers CON or END and the next screen",
    answer: z.string(),
  });
  const screen = { description: 'The next screen', content: { 'text/plain': { schema: z.string() } } };
  app.openapi({ ...step, responses: { ...step.responses, 200: screen } }, async (c) => {
    admit(c.req.valid('param').secret);
    // Somebody waits for a screen, and dials again where there is none.
    const { sessionId, phoneNumber, serviceCode, text } = formOf(ussdForm, await c.req.text());
    const request = { sessionId, phone: phoneNumber, code: serviceCode, text };
    const shown = await answerUssd(deps, request, missing).catch((error: unknown) => {
      // A phone shows no problem+json; what went wrong is ours to see.
      c.get('log').error({ err: error }, 'a step of a USSD session failed');
      return shownOf(goTo('said', { saying: refusalSaid('internal'), values: {} }), 'en');
    });
    return c.text(`${shown.type} ${shown.text}`, 200);
  });

  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/callbacks/sms/{secret}',
      summary: "A text that somebody sent to us, as Africa's Talking posts it",
      answer: z.object({ received: z.literal(true) }),
    }),
    async (c) => {
      admit(c.req.valid('param').secret);
      const raw = await c.req.text();
      await takeWhatIsRead(deps, 'sms', readForm(smsForm, raw), ({ date, ...text }) =>
        receiveText(deps, { ...text, raw, saidAt: saidAtIn(date) }, missing),
      );
      return c.json({ received: true } as const, 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/callbacks/sms-reports/{secret}',
      summary: "What became of a text that we sent, as Africa's Talking reports it",
      answer: z.object({ received: z.literal(true) }),
    }),
    async (c) => {
      admit(c.req.valid('param').secret);
      const report = readForm(reportForm, await c.req.text());
      await takeWhatIsRead(deps, 'sms-reports', report, async ({ id, status }) => {
        const isDelivered = delivered.has(status);
        // What is on its way says nothing yet.
        if (isDelivered || failed.has(status)) await takeReceipt(deps, { provider: NAME, messageId: id, isDelivered });
      });
      return c.json({ received: true } as const, 200);
    },
  );
  return app;
}

/** What is said as far as it can be kept: nobody can be asked to say it again. */
const said = (body: string) =>
  Object.fromEntries([...new URLSearchParams(body)].map(([name, value]) => [name, storable(value)]));

function readForm<Schema extends z.ZodType>(schema: Schema, text: string): ReadForms<z.output<Schema>> {
  const body = said(text);
  const { data, error } = schema.safeParse(body);
  if (error !== undefined) return { forms: [], unread: { fields: unreadFields([error]), body } };
  return { forms: [data], unread: null };
}

/** @throws Problem invalid_input naming the fields. */
function formOf<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  const parsed = schema.safeParse(said(text));
  if (parsed.success) return parsed.data;
  throw invalidInput(parsed.error);
}

/** Counts what is said in English since the customer's language does not have it. */
function countMissing({ metrics }: ApiDependencies): Missing {
  if (metrics === null) return () => {};
  const counter = metrics.counter('phrases_missing_total');
  return (language) => counter.inc({ language });
}
