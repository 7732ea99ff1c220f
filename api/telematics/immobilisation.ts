import { z } from '@hono/zod-openapi';
import { listCommands, type ImmobilisationRow, type VehicleCommandRow } from '#db/queries/immobilisations';
import { findTracker } from '#db/queries/telematics';
import { findVehicle } from '#db/queries/vehicles';
import { commandStates, commandTypes } from '#domain/telematics/immobilisation/command';
import { causes, episodeStates } from '#domain/telematics/immobilisation/episode';
import { emergencyRestart, mobiliseVehicle } from '#use-cases/telematics/mobilise-vehicle';
import { confirmImmobilisation, orderImmobilisation } from '#use-cases/telematics/order-immobilisation';
import { testRelay } from '#use-cases/telematics/test-relay';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router, staff } from '../route.ts';
import { idParam, instant, instantOrNull, listOf, pageQuery, text, uuid } from '../schemas.ts';
import { trackedVehicle } from './looking.ts';

const tag = 'telematics';
const immobilisation = z
  .object({
    id: uuid,
    vehicleId: uuid,
    leaseId: uuid.nullable(),
    cause: z.enum(causes),
    state: z.enum(episodeStates).openapi({
      description:
        '`awaiting_confirmation`: another member of staff confirms it; `waiting`: for the vehicle to stand with its ignition off; `stopped` and `ended` are seen at its output',
    }),
    emergencyUntil: instantOrNull,
  })
  .openapi('Immobilisation');
const command = z
  .object({
    id: uuid,
    type: z.enum(commandTypes),
    state: z.enum(commandStates).openapi({ description: '`succeeded` is seen at the output of the relay alone' }),
    reason: z.string().nullable(),
    issuedAt: instant,
    expiresAt: instant,
    observedAt: instantOrNull,
  })
  .openapi('VehicleCommand');

const present = ({ id, vehicleId, leaseId, cause, state, emergencyUntil }: ImmobilisationRow) => ({
  id,
  vehicleId,
  leaseId,
  cause,
  state,
  emergencyUntil,
});
const presentCommand = ({ id, type, state, reason, issuedAt, expiresAt, observedAt }: VehicleCommandRow) => ({
  id,
  type,
  state,
  reason,
  issuedAt,
  expiresAt,
  observedAt,
});

const going = { tag, idempotency: 'optional', params: idParam, status: 202, answer: immobilisation } as const;

/** Stopping vehicles, and having them move again. */
export function immobilisationRoutes(deps: ApiDependencies) {
  const app = router();
  const { db } = deps;
  const known = existing((id) => findVehicle(db, id));

  app.openapi(
    defineRoute(deps, {
      ...going,
      method: 'post',
      path: '/vehicles/{id}/immobilise',
      summary:
        'Have a vehicle stopped; another member of staff confirms it, but for the order of an admin about a stolen one',
      roles: staff,
      guard: known,
      body: z.strictObject({
        reason: text(),
        order: text(100).optional().openapi({ description: "What it goes by, such as the police's number" }),
      }),
    }),
    async (c) => {
      const order = { vehicleId: c.req.valid('param').id, ...c.req.valid('json') };
      return c.json(present(await orderImmobilisation(deps, callerOf(c).actor, order)), 202);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...going,
      method: 'post',
      path: '/vehicles/{id}/immobilise/confirm',
      summary: 'Confirm the order of another member of staff',
      roles: staff,
      guard: known,
    }),
    async (c) => c.json(present(await confirmImmobilisation(deps, callerOf(c).actor, c.req.valid('param').id)), 202),
  );
  app.openapi(
    defineRoute(deps, {
      ...going,
      method: 'post',
      path: '/vehicles/{id}/mobilise',
      summary: 'Have a vehicle move, whatever is owed',
      roles: staff,
      guard: known,
    }),
    async (c) => c.json(present(await mobiliseVehicle(deps, callerOf(c).actor, c.req.valid('param').id)), 202),
  );
  app.openapi(
    defineRoute(deps, {
      ...going,
      method: 'post',
      path: '/vehicles/{id}/emergency-restart',
      summary: 'Move for 48 hours, once an immobilisation: whoever leases the vehicle, and staff',
      roles: everybody,
      guard: trackedVehicle(deps),
    }),
    async (c) => c.json(present(await emergencyRestart(deps, callerOf(c).actor, c.req.valid('param').id)), 202),
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/commands',
      summary: 'What a vehicle was told, the latest first',
      tag,
      roles: staff,
      guard: known,
      params: idParam,
      query: z.object(pageQuery),
      status: 200,
      answer: listOf(command),
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await listCommands(db, { vehicleId: c.req.valid('param').id, limit, after: timePage(cursor) });
      const shown = rows.map((row) => ({ ...row, createdAt: row.issuedAt }));
      return c.json(page(shown, limit, presentCommand), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...going,
      method: 'post',
      path: '/trackers/{id}/relay-test',
      summary: 'See the relay of a vehicle in the yard stop and start it, before anybody may be stopped by it',
      roles: staff,
      guard: existing((id) => findTracker(db, id)),
    }),
    async (c) => c.json(present(await testRelay(deps, callerOf(c).actor, c.req.valid('param').id)), 202),
  );
  return app;
}
