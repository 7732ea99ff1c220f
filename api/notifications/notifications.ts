import { z } from '@hono/zod-openapi';
import { findUser, type UserRow } from '#db/queries/identity';
import { listNotifications, type NotificationRow } from '#db/queries/notifications';
import { isStaff } from '#domain/identity/roles';
import { languages } from '#domain/languages';
import { untoldReasons } from '#domain/notifications/delivery';
import { previews } from '#domain/notifications/previews';
import { kinds } from '#domain/notifications/titles';
import { channels, digests } from '#domain/notifications/channels';
import { clearOf, type Encryption } from '#platform/encryption';
import { transact } from '#use-cases/context';
import { updateUser } from '#use-cases/identity/update-user';
import { page, pageOfAll, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found } from '../guards.ts';
import { tagged, versionsOf } from '../etag.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router, staff } from '../route.ts';
import { instant, instantOrNull, listOf, pageQuery, uuid, wholeQuery } from '../schemas.ts';

const tag = 'support';

const notification = z
  .object({
    id: uuid,
    userId: uuid,
    kind: z.string(),
    channel: z.enum(channels).openapi({ description: 'That delivered it; `in_app` before' }),
    language: z.enum(languages),
    body: z.string().openapi({ description: 'Of a login code without the code' }),
    leaseId: uuid.nullable(),
    isLegal: z.boolean().openapi({ description: 'It came whatever is preferred' }),
    reason: z
      .enum(untoldReasons)
      .nullable()
      .openapi({ description: 'Why it reached nobody; `overtaken`: it was over before it was sent' }),
    createdAt: instant,
    sentAt: instantOrNull.openapi({ description: 'When a channel took it, or it was there to be read' }),
    deliveredAt: instantOrNull.openapi({
      description: 'When a network said that it arrived; null where none has: no mail server or push service says so',
    }),
    failedAt: instantOrNull,
  })
  .openapi('Notification');

const preferences = z
  .object({
    language: z.string(),
    channels: z.array(z.enum(channels)),
    digest: z.enum(digests),
  })
  .openapi('NotificationPreferences', {
    description: 'Legal notices come by SMS whatever is preferred, and after STOP',
  });

const template = z.object({
  kind: z.string(),
  language: z.enum(languages),
  channel: z.enum(channels),
  sample: z.int().openapi({ description: 'From 0 on: a kind whose words differ by what it tells has several' }),
  title: z
    .string()
    .nullable()
    .openapi({ description: 'Subject of an e-mail, title of a push message; an SMS has none' }),
  text: z.string(),
  writtenIn: z.enum(languages).openapi({ description: 'English where nobody has put it into the language yet' }),
  segments: z.int().openapi({ description: 'SMS that it takes, two at most; 0 for other channels' }),
  encoding: z.enum(['gsm7', 'ucs2']).nullable(),
  isLegal: z.boolean().openapi({ description: 'It comes by SMS whatever is preferred' }),
});

/** What people are told, in which language and by which way. */
export function notificationRoutes(deps: ApiDependencies) {
  const app = router();
  listRoutes(app, deps);
  preferenceRoutes(app, deps);
  return app;
}

/** A code that starts a vehicle only its customer reads. */
function presentNotification(row: NotificationRow, encryption: Pick<Encryption, 'decrypt'>, viewer: string) {
  const { id, userId, leaseId, template: kind, channel, language, isLegal, reason } = row;
  const { createdAt, sentAt, deliveredAt, failedAt } = row;
  const text = clearOf(encryption, row.bodyEncrypted) ?? '';
  const isSecret = kind === 'restart_code' && userId !== viewer;
  const body = isSecret ? text.replaceAll(/\d/g, '•') : text;
  const told = { createdAt, sentAt, deliveredAt, failedAt };
  return { id, userId, kind, channel, language, body, leaseId, isLegal, reason, ...told };
}

function listRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db, encryption } = deps;

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/notifications',
      summary: 'What was told, newest first: to me, for staff to anybody',
      tag,
      roles: everybody,
      query: z.object({ ...pageQuery, userId: uuid.optional() }),
      status: 200,
      answer: listOf(notification),
    }),
    async (c) => {
      const { id, role } = callerOf(c);
      const { limit, cursor, userId } = c.req.valid('query');
      const whose = isStaff(role) ? userId : id;
      const rows = await listNotifications(db, { userId: whose }, { limit: limit + 1, before: timePage(cursor) });
      return c.json(
        page(rows, limit, (row) => presentNotification(row, encryption, id)),
        200,
      );
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/notifications/templates',
      summary: 'What is told of each kind in each language by each channel, with the longest of what is ordinary',
      tag,
      roles: staff,
      query: z.object({
        ...wholeQuery,
        kind: z.enum(kinds).optional(),
        language: z.enum(languages).optional(),
        channel: z.enum(channels).optional(),
      }),
      status: 200,
      answer: listOf(template),
    }),
    (c) => {
      const { limit, cursor, ...wanted } = c.req.valid('query');
      return c.json(pageOfAll(previews(wanted), { limit, cursor }, 'templates'), 200);
    },
  );
}

const presentPreferences = ({ language, channels, digest }: UserRow): z.infer<typeof preferences> => ({
  language,
  channels: [...channels],
  digest,
});

function preferenceRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db, encryption } = deps;
  const path = '/me/notification-preferences';

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path,
      summary: 'How I want to be reached',
      tag,
      roles: everybody,
      status: 200,
      answer: preferences,
    }),
    async (c) => {
      const row = found(await findUser(db, callerOf(c).id));
      return c.json(presentPreferences(row), 200, tagged(row));
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'patch',
      path,
      summary: 'Say how I want to be reached',
      tag,
      roles: everybody,
      body: z.strictObject({
        language: z.enum(languages).optional(),
        channels: z
          .array(z.enum(channels))
          .min(1)
          .max(channels.length)
          .refine((all) => new Set(all).size === all.length, 'must name each once')
          .optional()
          .openapi({ description: 'The first first; legal notices come by SMS all the same' }),
        digest: z
          .enum(digests)
          .optional()
          .openapi({ description: '`daily`: what is not urgent comes together, at 8 in the morning' }),
      }),
      status: 200,
      answer: preferences,
    }),
    async (c) => {
      const { id, actor } = callerOf(c);
      const { language, channels: chosen, digest } = c.req.valid('json');
      const row = await transact(db, actor, new Date(), (context) =>
        updateUser(context, encryption, id, { language, channels: chosen, digest }, versionsOf(c)),
      );
      return c.json(presentPreferences(row), 200, tagged(row));
    },
  );
}
