import { z } from '@hono/zod-openapi';
import { Problem } from '#domain/errors';
import { storableJson } from '#domain/text';
import { isCallbackSecret } from '#platform/callback-secret';
import { NAME } from '#providers/messaging/infobip';
import { takeReceipt } from '#use-cases/notifications/take-receipt';
import type { ApiDependencies } from '../dependencies.ts';
import { limitBody } from '../middleware/body.ts';
import { invalidInput } from '../middleware/problem.ts';
import { defineRoute, router } from '../route.ts';

const report = z.object({
  messageId: z.string().min(1).max(200),
  status: z.object({ groupName: z.string().max(40), name: z.string().max(80).default('') }),
});

const reportsShape = z.object({ results: z.array(report).max(1_000) });

/** True and false are final; null says nothing yet, or that its operator never told. */
function isDelivered({ groupName, name }: z.output<typeof report>['status']): boolean | null {
  if (name === 'DELIVERED_TO_HANDSET') return true;
  if (name === 'EXPIRED_DLR_UNKNOWN') return null;
  return ['UNDELIVERABLE', 'EXPIRED', 'REJECTED'].includes(groupName) ? false : null;
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
      // It may say more than it does today.
      const reports = reportsShape.safeParse(read(await c.req.text()));
      if (!reports.success) throw invalidInput(reports.error);
      const told = reports.data.results.flatMap(({ messageId, status }) => {
        const delivered = isDelivered(status);
        return delivered === null ? [] : [{ provider: NAME, messageId, isDelivered: delivered }];
      });
      await Promise.all(told.map((receipt) => takeReceipt(deps, receipt)));
      return c.json({ received: true } as const, 200);
    },
  );
  return app;
}
