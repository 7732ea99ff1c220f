import { z } from '@hono/zod-openapi';
import { deadLetterKinds, findDeadLetter, listDeadLetters, type DeadLetter } from '#db/queries/dead-letters';
import { Problem } from '#domain/errors';
import type { Role } from '#domain/identity/roles';
import { redacted } from '#domain/redact';
import { clearOf } from '#platform/encryption';
import { isRedrivable, redriveDeadLetter } from '#use-cases/upkeep/redrive-dead-letter';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing, found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router, staff } from '../route.ts';
import { idParam, instant, listOf, pageQuery, uuid } from '../schemas.ts';

const shape = z
  .object({
    id: uuid,
    kind: z.enum(deadLetterKinds),
    reason: z.string(),
    at: instant,
    ageSeconds: z.int(),
    leaseId: uuid.nullable(),
    detail: z.record(z.string(), z.unknown()),
    payload: z
      .unknown()
      .openapi({ description: 'What it looks like, without what it says of somebody; of a webhook for admins alone' }),
    redrivable: z.boolean(),
  })
  .openapi('DeadLetter');

/** What could not be done, of every capability, for operators. */
export function deadLetterRoutes(deps: ApiDependencies) {
  const { db, encryption } = deps;
  const app = router();
  const present = (letter: DeadLetter, role: Role): z.infer<typeof shape> => {
    const { id, kind, reason, createdAt, leaseId, detail, sealed } = letter;
    const text = isOf(role, letter) ? (letter.payload ?? clearOf(encryption, sealed)) : null;
    const ageSeconds = Math.max(0, Math.floor((Date.now() - createdAt.getTime()) / 1_000));
    // Events have nothing of a person.
    const payload = text === null ? null : kind === 'webhook' ? parsed(text) : redacted(text);
    const redrivable = letter.dead && isRedrivable(letter);
    return { id, kind, reason, at: createdAt, ageSeconds, leaseId, detail, payload, redrivable };
  };

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/dead-letters',
      summary: 'What could not be done: callbacks, telemetry, webhooks, workflows, texts; newest first',
      tag: 'events',
      roles: staff,
      query: z.object({ ...pageQuery, kind: z.enum(deadLetterKinds).optional() }),
      status: 200,
      answer: listOf(shape),
    }),
    async (c) => {
      const { limit, cursor, kind } = c.req.valid('query');
      const rows = await listDeadLetters(db, kind, { limit: limit + 1, before: timePage(cursor) });
      const { role } = callerOf(c);
      return c.json(
        page(rows, limit, (letter) => present(letter, role)),
        200,
      );
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/dead-letters/{id}/redrive',
      summary:
        'Do again what could not be done; pressed twice it is done as if it were pressed once. Webhooks are sent again by admins alone',
      tag: 'events',
      roles: staff,
      guard: existing((id) => findDeadLetter(db, id)),
      params: idParam,
      idempotency: 'optional',
      body: z.strictObject({}),
      status: 202,
      answer: shape,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const letter = found(await findDeadLetter(db, id));
      const { actor, role } = callerOf(c);
      if (!isOf(role, letter)) throw new Problem('forbidden', 'Webhooks are looked after by admins');
      await redriveDeadLetter(deps, actor, letter);
      return c.json(present((await findDeadLetter(db, id)) ?? letter, role), 202);
    },
  );
  return app;
}

/** Webhooks are the admins': what was sent to them they alone read, and send again. */
const isOf = (role: Role, { kind }: DeadLetter) => kind !== 'webhook' || role === 'admin';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return redacted(text);
  }
}
