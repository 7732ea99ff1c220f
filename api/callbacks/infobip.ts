import { z } from '@hono/zod-openapi';
import { Problem } from '#domain/errors';
import { storableJson } from '#domain/text';
import { isCallbackSecret } from '#platform/callback-secret';
import { NAME } from '#providers/messaging/infobip';
import { takeReceipt } from '#use-cases/notifications/take-receipt';
import type { ApiDependencies } from '../dependencies.ts';
import { limitBody } from '../middleware/body.ts';
import { defineRoute, router } from '../route.ts';
import { takeWhatIsRead, unreadFields, type ReadForms } from './unread.ts';

const report = z.object({
  messageId: z.string().min(1).max(200),
  status: z.object({ groupName: z.string().max(40), name: z.string().max(80).default('') }),
});

const reportsShape = z.object({ results: z.array(z.unknown()).max(1_000) });

/** True and false are final; null says nothing yet, or that its operator never told. */
function isDelivered({ groupName, name }: z.output<typeof report>['status']): boolean | null {
  if (name === 'DELIVERED_TO_HANDSET') return true;
  if (name === 'EXPIRED_DLR_UNKNOWN') return null;
  return ['UNDELIVERABLE', 'EXPIRED', 'REJECTED'].includes(groupName) ? false : null;
}

/** What is readable of a batch, which may say more than it does today, and the rest. */
function readReports(text: string): ReadForms<z.output<typeof report>> {
  const body = read(text);
  const batch = reportsShape.safeParse(body);
  if (!batch.success) return { forms: [], unread: { fields: unreadFields([batch.error]), body: body ?? text } };
  const all = batch.data.results.map((item) => ({ item, ...report.safeParse(item) }));
  const forms = all.flatMap(({ data }) => (data === undefined ? [] : [data]));
  const rest = all.flatMap(({ item, error }) => (error === undefined ? [] : [{ item, error }]));
  const fields = unreadFields(rest.map(({ error }) => error));
  return { forms, unread: rest.length === 0 ? null : { fields, body: rest.map(({ item }) => item) } };
}

/** Null for what is no JSON, and so no report. */
function read(body: string): unknown {
  try {
    return storableJson(body);
  } catch {
    return null;
  }
}

/** What Infobip tells of texts that it took. The last part of the path is a secret that goes with each text. */
export function infobipCallbackRoutes(deps: ApiDependencies) {
  const app = router();
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/callbacks/infobip-reports/{secret}',
      summary: 'What became of texts that we sent, as Infobip reports it',
      tag: 'callbacks',
      roles: 'public',
      params: z.object({ secret: z.string().max(200) }),
      guard: limitBody('json'),
      status: 200,
      answer: z.object({ received: z.literal(true) }),
    }),
    async (c) => {
      if (!isCallbackSecret(deps.config.INFOBIP_CALLBACK_SECRET, c.req.valid('param').secret))
        throw new Problem('not_found');
      const reports = readReports(await c.req.text());
      await takeWhatIsRead(deps, 'infobip-reports', reports, async ({ messageId, status }) => {
        const delivered = isDelivered(status);
        if (delivered !== null) await takeReceipt(deps, { provider: NAME, messageId, isDelivered: delivered });
      });
      return c.json({ received: true } as const, 200);
    },
  );
  return app;
}
