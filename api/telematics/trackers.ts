import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import { registerTracker, revokeTracker, rotateCredential } from '#use-cases/telematics/tracker-credentials';
import { findTracker, listQuarantine, listTrackers, type TrackerRow } from '#db/queries/telematics';
import { trackerKinds } from '#domain/telematics/tracker';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, nothing, router, staff } from '../route.ts';
import { idParam, instant, instantOrNull, listOf, pageQuery, text, uuid } from '../schemas.ts';

const tag = 'telematics';
const credential = z
  .object({
    id: uuid,
    username: z.string(),
    password: z.string().openapi({ description: 'Shown this once' }),
    topics: z
      .object({
        telemetry: z.string(),
        status: z.string().nullable(),
        commands: z.string().nullable(),
        ack: z.string().nullable(),
      })
      .openapi({ description: 'Of its dialect; null where that has none' }),
  })
  .openapi('TrackerCredential');
const fitted = credential
  .extend({ warnings: z.array(z.string()).openapi({ description: 'What may be wrong, and was taken all the same' }) })
  .openapi('FittedTracker');
const tracker = z
  .object({
    id: uuid,
    vehicleId: uuid,
    kind: z.enum(trackerKinds),
    serial: z.string().nullable(),
    online: z.boolean().nullable(),
    lastSeenAt: instantOrNull,
    relayProvenAt: instantOrNull,
    createdAt: instant,
  })
  .openapi('Tracker');
const quarantined = z
  .object({
    id: uuid,
    trackerId: uuid.nullable(),
    topic: z.string(),
    reason: z.string(),
    size: z.int(),
    receivedAt: instant,
  })
  .openapi('QuarantinedMessage');

const presentTracker = ({ id, vehicleId, kind, serial, online, lastSeenAt, relayProvenAt, createdAt }: TrackerRow) => ({
  id,
  vehicleId,
  kind,
  serial,
  online,
  lastSeenAt,
  relayProvenAt,
  createdAt,
});

/** Trackers, and what of theirs could not be believed. */
export function trackerRoutes(deps: ApiDependencies) {
  const app = router();
  const { db } = deps;
  const known = existing((id) => findTracker(db, id));

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/trackers',
      summary: 'Trackers in use, newest first',
      tag,
      roles: staff,
      query: z.object({ ...pageQuery, vehicleId: uuid.optional() }),
      status: 200,
      answer: listOf(tracker),
    }),
    async (c) => {
      const { limit, cursor, vehicleId } = c.req.valid('query');
      return c.json(
        page(await listTrackers(db, { vehicleId, limit, after: timePage(cursor) }), limit, presentTracker),
        200,
      );
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/trackers',
      summary: 'Fit a vehicle with a tracker; the password is shown this once',
      tag,
      roles: staff,
      idempotency: 'optional',
      body: z.strictObject({ vehicleId: uuid, kind: z.enum(trackerKinds), serial: text(64).optional() }),
      status: 201,
      answer: fitted,
    }),
    async (c) =>
      c.json(
        await transact(db, callerOf(c).actor, new Date(), (context) =>
          registerTracker(context, deps, c.req.valid('json')),
        ),
        201,
      ),
  );
  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/trackers/{id}',
      summary: 'Take a tracker out of use; its connection ends',
      tag,
      roles: staff,
      guard: known,
      params: idParam,
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      await transact(db, callerOf(c).actor, new Date(), (context) => revokeTracker(context, c.req.valid('param').id));
      return c.body(null, 204);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/trackers/{id}/credential',
      summary: 'A new password; the old one ends, and its connection',
      tag,
      roles: staff,
      guard: known,
      idempotency: 'optional',
      params: idParam,
      status: 201,
      answer: credential,
    }),
    async (c) =>
      c.json(
        await transact(db, callerOf(c).actor, new Date(), (context) =>
          rotateCredential(context, deps, c.req.valid('param').id),
        ),
        201,
      ),
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/telemetry/quarantine',
      summary: 'Messages that could not be believed, the latest first',
      tag,
      roles: staff,
      query: z.object({ ...pageQuery, trackerId: uuid.optional() }),
      status: 200,
      answer: listOf(quarantined),
    }),
    async (c) => {
      const { limit, cursor, trackerId } = c.req.valid('query');
      const rows = await listQuarantine(db, { trackerId, limit, after: timePage(cursor) });
      const shown = page(
        rows.map((row) => ({ ...row, createdAt: row.receivedAt })),
        limit,
        ({ id, trackerId: of, topic, reason, size, receivedAt }) => ({
          id,
          trackerId: of,
          topic,
          reason,
          size,
          receivedAt,
        }),
      );
      return c.json(shown, 200);
    },
  );
  return app;
}
