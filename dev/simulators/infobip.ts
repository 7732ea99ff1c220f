import { z } from 'zod';
import { struckBy } from './faults.ts';
import { keep, postLater } from './messages.ts';
import { toE164 } from './phones.ts';
import { routes, type Simulator } from './simulator.ts';
import { fits } from './tokens.ts';

const input = z.object({
  messages: z
    .array(
      z.object({
        sender: z.string().max(20).optional(),
        destinations: z.array(z.object({ to: z.string() })).min(1),
        content: z.object({ text: z.string().min(1).max(100_000) }),
        webhooks: z.object({ delivery: z.object({ url: z.url() }), contentType: z.string().optional() }).optional(),
      }),
    )
    .min(1),
});
type Asked = z.output<typeof input>['messages'][number];

const words = {
  accepted: { groupId: 1, groupName: 'PENDING', id: 26, name: 'PENDING_ACCEPTED' },
  invalid: { groupId: 5, groupName: 'REJECTED', id: 52, name: 'REJECTED_INVALID_DESTINATION' },
  delivered: { groupId: 3, groupName: 'DELIVERED', id: 5, name: 'DELIVERED_TO_HANDSET' },
  undelivered: { groupId: 2, groupName: 'UNDELIVERABLE', id: 9, name: 'UNDELIVERABLE_NOT_DELIVERED' },
} as const;

/** Infobip: `POST /sms/3/messages`. What it takes is listed with the other texts. */
export function infobipRoutes(simulator: Simulator) {
  const { settings, faults } = simulator;
  const app = routes();
  app.use(struckBy(faults, 'infobip', (status) => Response.json({ errorCode: `E${status}` }, { status })));
  app.use(async (c, next) => {
    const key = /^App (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    return fits(settings.INFOBIP_API_KEY, key)
      ? next()
      : c.json({ errorCode: 'E401', description: 'Unauthorized' }, 401);
  });
  app.get('/account/1/balance', (c) => c.json({ balance: 100, currency: 'EUR' }));
  app.post('/sms/3/messages', async (c) => {
    const parsed = input.safeParse(await c.req.json().catch(() => null));
    if (!parsed.success) return c.json({ errorCode: 'E400', description: 'Bad request', violations: [] }, 400);
    const sent = await Promise.all(
      parsed.data.messages.flatMap((one) => one.destinations.map(({ to }) => sendText(simulator, one, to))),
    );
    return c.json({ bulkId: sent[0]?.messageId, messages: sent });
  });
  return app;
}

async function sendText(simulator: Simulator, { sender, content, webhooks }: Asked, destination: string) {
  const to = toE164(`+${destination}`);
  if (to === undefined) return { messageId: 'none', status: words.invalid, destination };
  const details = { by: 'infobip', ...(sender !== undefined && { from: sender }) };
  const { id: messageId } = await keep(simulator, { channel: 'sms', to, body: content.text, details });
  // Phones ending in 031 are switched off.
  const status = destination.endsWith('031') ? words.undelivered : words.delivered;
  const report = { messageId, to: destination, sender, status, messageCount: 1 };
  if (webhooks !== undefined)
    postLater(webhooks.delivery.url, 'application/json', JSON.stringify({ results: [report] }));
  return { messageId, status: words.accepted, destination, details: { messageCount: 1 } };
}
