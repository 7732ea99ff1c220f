import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import { createStaff } from '#use-cases/identity/create-staff';
import { resetPin } from '#use-cases/identity/reset-pin';
import { wakeQueued } from '#use-cases/notifications/wake-notifications';
import { changeUser } from '#use-cases/support/change-user';
import { findUser, listUsers, type UserRow } from '#db/queries/identity';
import { roles, type Actor } from '#domain/identity/roles';
import { marketRules, markets } from '#domain/markets';
import { money as moneyValue } from '#domain/money';
import { escalationLevels, ticketCategories } from '#domain/support/ticket';
import type { Encryption } from '#platform/encryption';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { tagged, versionsOf } from '../etag.ts';
import { existing, found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, nothing, router, staff } from '../route.ts';
import {
  balance,
  idParam,
  instant,
  listOf,
  market,
  mobile,
  pageQuery,
  phone,
  secretText,
  text,
  uuid,
} from '../schemas.ts';

/** Where a member of staff sits. */
const desk = z.strictObject({
  markets: z.array(market).min(1).max(markets.length),
  branchId: uuid.nullable().openapi({ description: 'A branch of one of its markets' }),
  skills: z.array(z.enum(ticketCategories)).max(ticketCategories.length),
  level: z.enum(['agent', ...escalationLevels]),
});

/** What docs/openapi.json calls an user. */
export const user = z
  .object({
    id: uuid,
    role: z.enum(roles),
    name: z.string(),
    market: market.nullable(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    language: z.string(),
    monthlyIncome: balance.nullable().openapi({ description: 'What the customer says to earn in a month' }),
    disabled: z.boolean(),
    desk: desk.nullable().openapi({ description: 'Of staff' }),
    createdAt: instant,
  })
  .openapi('User');

export function presentUser(row: UserRow, encryption: Pick<Encryption, 'decrypt'>): z.infer<typeof user> {
  return {
    id: row.id,
    role: row.role,
    name: row.name,
    market: row.market,
    email: row.email,
    phone: row.phoneEncrypted === null ? null : encryption.decrypt(row.phoneEncrypted),
    language: row.language,
    monthlyIncome:
      row.monthlyIncome === null || row.market === null
        ? null
        : moneyValue(row.monthlyIncome, marketRules(row.market).currency),
    disabled: row.disabledAt !== null,
    desk: row.desk === null ? null : { ...row.desk, markets: [...row.desk.markets], skills: [...row.desk.skills] },
    createdAt: row.createdAt,
  };
}

const tag = 'identity';

/** What admins may do with users. */
export function userRoutes(deps: ApiDependencies) {
  const app = router();
  const { db, encryption } = deps;

  const filter = z.object({
    ...pageQuery,
    role: z.enum(roles).optional(),
    market: market.optional(),
    phone: phone.optional(),
    email: z.email().optional(),
  });
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/users',
      summary: 'Users, newest first',
      tag,
      roles: adminOnly,
      query: filter,
      status: 200,
      answer: listOf(user),
    }),
    async (c) => {
      const { limit, cursor, phone: wanted, ...rest } = c.req.valid('query');
      const phoneHash = wanted === undefined ? undefined : encryption.hash('phone', wanted);
      const rows = await listUsers(db, { ...rest, phoneHash }, { limit: limit + 1, before: timePage(cursor) });
      return c.json(
        page(rows, limit, (row) => presentUser(row, encryption)),
        200,
      );
    },
  );

  const newStaff = z.strictObject({
    email: z.email().max(200),
    name: text(),
    role: z.enum(['agent', 'admin']),
    password: secretText(10),
  });
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/users',
      summary: 'Create a member of staff',
      tag,
      roles: adminOnly,
      idempotency: 'optional',
      body: newStaff,
      status: 201,
      answer: user,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        createStaff(context, c.req.valid('json')),
      );
      return c.json(presentUser(row, encryption), 201, tagged(row));
    },
  );

  const guard = existing((id) => findUser(db, id));
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/users/{id}',
      summary: 'One user',
      tag,
      roles: adminOnly,
      guard,
      params: idParam,
      status: 200,
      answer: user,
    }),
    async (c) => {
      const row = found(await findUser(db, c.req.valid('param').id));
      return c.json(presentUser(row, encryption), 200, tagged(row));
    },
  );

  const changes = z.strictObject({
    name: text().optional(),
    role: z.enum(roles).optional(),
    phone: mobile.optional().openapi({ description: 'Of a customer who has another number now; ends his sessions' }),
    disabled: z.boolean().optional(),
    desk: desk.nullable().optional().openapi({ description: 'Of staff: which tickets come to them by themselves' }),
  });
  app.openapi(
    defineRoute(deps, {
      method: 'patch',
      path: '/users/{id}',
      summary: 'Change or disable a user',
      tag,
      roles: adminOnly,
      guard,
      params: idParam,
      body: changes,
      status: 200,
      answer: user,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        changeUser(context, encryption, c.req.valid('param').id, c.req.valid('json'), versionsOf(c)),
      );
      return c.json(presentUser(row, encryption), 200, tagged(row));
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/users/{id}/pin',
      summary: 'Take away the PIN with which a customer signs on a phone: he has forgotten it. He is told by SMS',
      tag,
      roles: staff,
      guard,
      params: idParam,
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      await takePinAway(deps, callerOf(c).actor, c.req.valid('param').id);
      return c.body(null, 204);
    },
  );
  return app;
}

/** Takes a PIN away, and has its customer told. */
export async function takePinAway(deps: ApiDependencies, actor: Actor, userId: string): Promise<void> {
  const queued = await transact(deps.db, actor, new Date(), (context) => resetPin(context, deps.encryption, userId));
  await wakeQueued(deps, queued);
}
