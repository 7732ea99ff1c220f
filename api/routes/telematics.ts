import { z } from '@hono/zod-openapi';
import { createMiddleware } from 'hono/factory';
import { transact } from '#activities/context';
import { acknowledgeRiskEvent } from '#activities/telematics/acknowledge-risk-event';
import { registerTracker, revokeTracker, rotateCredential } from '#activities/telematics/tracker-credentials';
import {
  findLatestPosition,
  findRiskEvent,
  findRunningLease,
  findTracker,
  listPositions,
  listQuarantine,
  listRiskEvents,
  listTrackers,
  type PositionRow,
  type TrackerRow,
} from '#db/queries/telematics';
import { findVehicle } from '#db/queries/vehicles';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { riskEvent, riskTypes, severities } from '#domain/telematics/risk';
import { trackerKinds } from '#domain/telematics/tracker';
import type { ApiEnvironment } from '../context.ts';
import { badCursor, decodeCursor, encodeCursor, page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, nothing, router, staff } from '../route.ts';
import { idParam, instant, listOf, pageQuery, text, uuid } from '../schemas.ts';

const tag = 'telematics';
const credential = z
  .object({
    id: uuid,
    username: z.string(),
    password: z.string().openapi({ description: 'Shown this once' }),
    topics: z.object({ telemetry: z.string(), status: z.string(), commands: z.string(), ack: z.string() }),
  })
  .openapi('TrackerCredential');
const tracker = z
  .object({
    id: uuid,
    vehicleId: uuid,
    kind: z.enum(trackerKinds),
    serial: z.string().nullable(),
    online: z.boolean().nullable(),
    lastSeenAt: instant.nullable(),
    createdAt: instant,
  })
  .openapi('Tracker');
const position = z
  .object({
    vehicleId: uuid,
    trackerId: uuid,
    lat: z.number(),
    lon: z.number(),
    speedKph: z.number().nullable(),
    heading: z.number().nullable(),
    ignition: z.boolean().nullable(),
    suspect: z.boolean(),
    ts: instant,
    receivedAt: instant,
  })
  .openapi('Position');
const risk = z
  .object({
    id: uuid,
    type: z.enum(riskTypes),
    severity: z.enum(severities),
    vehicleId: uuid,
    trackerId: uuid,
    leaseId: uuid.nullable(),
    occurredAt: instant,
    endedAt: instant.nullable(),
    position: z.object({ lat: z.number(), lon: z.number() }).nullable(),
    details: z.record(z.string(), z.unknown()),
    acknowledgedAt: instant.nullable(),
  })
  .openapi('RiskEvent');
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

const presentTracker = ({ id, vehicleId, kind, serial, online, lastSeenAt, createdAt }: TrackerRow) => ({
  id,
  vehicleId,
  kind,
  serial,
  online,
  lastSeenAt,
  createdAt,
});
const presentPosition = (row: Pick<PositionRow, keyof z.infer<typeof position>>) => {
  const { vehicleId, trackerId, lat, lon, speedKph, heading, ignition, suspect, ts, receivedAt } = row;
  return { vehicleId, trackerId, lat, lon, speedKph, heading, ignition, suspect, ts, receivedAt };
};

/** Trackers, what they reported, and what that meant. */
export function telematicsRoutes(deps: ApiDependencies) {
  const app = router();
  trackerRoutes(app, deps);
  positionRoutes(app, deps);
  riskRoutes(app, deps);
  return app;
}

function trackerRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
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
      answer: credential,
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
}

const POSITIONS = 'positions';

function positionRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db } = deps;
  // Staff, and the customer who has the vehicle now; for others it is as if there were none.
  const visible = createMiddleware<ApiEnvironment>(async (c, next) => {
    const id = uuid.safeParse(c.req.param('id'));
    if (!id.success) throw new Problem('not_found');
    const { id: callerId, role } = callerOf(c);
    const seen = isStaff(role) ? await findVehicle(db, id.data) : await findRunningLease(db, id.data, callerId);
    if (seen === null || seen === undefined) throw new Problem('not_found');
    await next();
  });

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/position',
      summary: 'Where the vehicle was last believed to be',
      tag,
      roles: everybody,
      guard: visible,
      params: idParam,
      status: 200,
      answer: position,
    }),
    async (c) => {
      const row = await findLatestPosition(db, c.req.valid('param').id);
      if (row === null) throw new Problem('not_found', 'No position is known yet');
      return c.json(presentPosition(row), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/positions',
      summary: 'Where the vehicle was, oldest first',
      tag,
      roles: everybody,
      guard: visible,
      params: idParam,
      query: z.object({
        ...pageQuery,
        limit: z.coerce.number().int().min(1).max(1_000).default(100),
        from: z.iso.datetime({ offset: true }).optional(),
        to: z.iso.datetime({ offset: true }).optional(),
      }),
      status: 200,
      answer: listOf(position),
    }),
    async (c) => {
      const { limit, cursor, from, to } = c.req.valid('query');
      const until = to === undefined ? new Date(Date.now() + 120_000) : new Date(to);
      const since = from === undefined ? new Date(until.getTime() - 86_400_000) : new Date(from);
      const rows = await listPositions(db, {
        vehicleId: c.req.valid('param').id,
        from: since,
        to: until,
        after: positionAfter(cursor),
        limit,
      });
      const last = rows[limit - 1];
      const nextCursor =
        rows.length > limit && last !== undefined
          ? encodeCursor(last.ts.toISOString(), last.sequence, POSITIONS)
          : null;
      return c.json({ data: rows.slice(0, limit).map(presentPosition), nextCursor }, 200);
    },
  );
}

function positionAfter(cursor: string | undefined): { ts: Date; sequence: string } | undefined {
  const place = decodeCursor(cursor, POSITIONS);
  if (place === undefined) return undefined;
  const ts = new Date(place[0]);
  if (Number.isNaN(ts.getTime())) throw badCursor();
  return { ts, sequence: place[1] };
}

function riskRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db } = deps;
  const filter = z.object({
    ...pageQuery,
    vehicleId: uuid.optional(),
    leaseId: uuid.optional(),
    type: z.enum(riskTypes).optional(),
  });
  // What was read through JSON is JSON; the driver's type only does not say so.
  const present = (row: Parameters<typeof riskEvent>[0]) => risk.parse(riskEvent(row));

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/risk-events',
      summary: "What happened to vehicles, the latest first; a customer's own leases, for staff all",
      tag,
      roles: everybody,
      query: filter,
      status: 200,
      answer: listOf(risk),
    }),
    async (c) => {
      const { limit, cursor, ...wanted } = c.req.valid('query');
      const { id, role } = callerOf(c);
      const rows = await listRiskEvents(db, {
        ...wanted,
        customerId: isStaff(role) ? undefined : id,
        after: timePage(cursor),
        limit,
      });
      return c.json(
        page(
          rows.map((row) => ({ ...row, createdAt: row.occurredAt })),
          limit,
          present,
        ),
        200,
      );
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/risk-events/{id}/acknowledge',
      summary: 'Note that somebody has seen it',
      tag,
      roles: staff,
      guard: existing((id) => findRiskEvent(db, id)),
      idempotency: 'optional',
      params: idParam,
      status: 200,
      answer: risk,
    }),
    async (c) =>
      c.json(
        present(
          await transact(db, callerOf(c).actor, new Date(), (context) =>
            acknowledgeRiskEvent(context, c.req.valid('param').id),
          ),
        ),
        200,
      ),
  );
}
