import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import { abandonInspection, beginInspection } from '#use-cases/vehicles/begin-inspection';
import { completeInspection } from '#use-cases/vehicles/complete-inspection';
import { addInspectionPicture, openInspectionPicture } from '#use-cases/vehicles/inspection-pictures';
import { listInspections, type InspectionWithPictures } from '#db/queries/inspections';
import { findVehicle } from '#db/queries/vehicles';
import { checklists, grades, inspectionOccasions, marks, results, sides } from '#domain/vehicles/inspection';
import { vehicleTypes } from '#domain/vehicles/vehicle';
import { page, pageOfAll, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { answerFile, fileFound, uploaded } from '../file.ts';
import { existing, found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { invalidInput } from '../middleware/problem.ts';
import { defineRoute, nothing, router, staff } from '../route.ts';
import { idParam, instant, instantOrNull, listOf, pageQuery, text, uuid, wholeQuery } from '../schemas.ts';

const occasion = z.enum(inspectionOccasions);
const side = z.enum(sides);
const picture = z
  .object({ id: uuid, side, mediaType: z.string(), sha256: z.string().length(64), size: z.int() })
  .openapi('InspectionPicture');
const item = z.strictObject({ mark: z.enum(marks), note: text().optional() });
const inspection = z
  .object({
    id: uuid,
    vehicleId: uuid,
    leaseId: uuid.nullable().openapi({ description: 'The lease that has the vehicle, or had it last' }),
    occasion,
    inspectedBy: uuid,
    items: z.record(z.string(), z.object({ mark: z.enum(marks), note: z.string().optional() })).nullable(),
    odometerKm: z.int().nullable(),
    result: z.enum(results).nullable(),
    grade: z.enum(grades).nullable(),
    notes: z.string().nullable(),
    pictures: z.array(picture),
    createdAt: instant,
    completedAt: instantOrNull.openapi({ description: 'Null while it is under way' }),
  })
  .openapi('Inspection');
const checklist = z
  .object({ type: z.enum(vehicleTypes), items: z.array(z.string()), pictures: z.array(side) })
  .openapi('Checklist', { description: 'Items to mark, and sides of which a picture is needed' });
const outcome = z.strictObject({
  odometerKm: z.int().min(0).max(5_000_000),
  items: z.record(z.string().regex(/^[a-z_]{1,40}$/), item),
  notes: text(1_000).optional(),
});
const upload = z.strictObject({ file: uploaded, side });

const presentInspection = ({ ...row }: InspectionWithPictures) => row;
const presentChecklist = (type: (typeof vehicleTypes)[number]) => ({
  type,
  items: [...checklists[type].items],
  pictures: [...checklists[type].pictures],
});

const tag = 'vehicles';
const which = idParam.extend({ inspectionId: uuid });

/** What agents see of vehicles, by the checklist of their type. */
export function inspectionRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  const guard = existing((id) => findVehicle(db, id));
  const find = async (vehicleId: string, id: string) =>
    found((await listInspections(db, { vehicleId, id }, { limit: 1 }))[0]);

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/inspection-checklists',
      summary: 'What is looked at, for each type of vehicle',
      tag,
      roles: staff,
      query: z.object(wholeQuery),
      status: 200,
      answer: listOf(checklist),
    }),
    (c) => c.json(pageOfAll(vehicleTypes.map(presentChecklist), c.req.valid('query'), 'checklists'), 200),
  );

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/inspections',
      summary: 'Inspections of a vehicle, the newest first',
      tag,
      roles: staff,
      guard,
      params: idParam,
      query: z.object({ ...pageQuery, leaseId: uuid.optional(), occasion: occasion.optional() }),
      status: 200,
      answer: listOf(inspection),
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query');
      const asked = { limit: limit + 1, before: timePage(cursor) };
      const rows = await listInspections(db, { vehicleId: c.req.valid('param').id, ...filter }, asked);
      return c.json(page(rows, limit, presentInspection), 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/vehicles/{id}/inspections',
      summary: 'Begin to inspect a vehicle',
      tag,
      roles: staff,
      guard,
      params: idParam,
      idempotency: 'optional',
      body: z.strictObject({ occasion }),
      status: 201,
      answer: inspection,
    }),
    async (c) => {
      const input = { vehicleId: c.req.valid('param').id, ...c.req.valid('json') };
      const row = await transact(db, callerOf(c).actor, new Date(), (context) => beginInspection(context, input));
      return c.json(presentInspection({ ...row, pictures: [] }), 201);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/vehicles/{id}/inspections/{inspectionId}/pictures',
      summary: 'Add a picture, a JPEG or PNG',
      tag,
      roles: staff,
      guard,
      params: which,
      body: upload,
      multipart: true,
      status: 201,
      answer: picture,
    }),
    async (c) => {
      const parsed = upload.safeParse(await c.req.parseBody());
      if (!parsed.success) throw invalidInput(parsed.error);
      const { id: vehicleId, inspectionId } = c.req.valid('param');
      const bytes = new Uint8Array(await parsed.data.file.arrayBuffer());
      const input = { vehicleId, inspectionId, side: parsed.data.side, bytes };
      const add = transact(db, callerOf(c).actor, new Date(), (context) => addInspectionPicture(context, deps, input));
      return c.json(await add, 201);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/vehicles/{id}/inspections/{inspectionId}/complete',
      summary: 'Complete an inspection: errors name each item and picture that is missing',
      tag,
      roles: staff,
      guard,
      params: which,
      idempotency: 'optional',
      body: outcome,
      status: 200,
      answer: inspection,
    }),
    async (c) => {
      const { id: vehicleId, inspectionId } = c.req.valid('param');
      const input = { vehicleId, inspectionId, ...c.req.valid('json') };
      await transact(db, callerOf(c).actor, new Date(), (context) => completeInspection(context, input));
      return c.json(presentInspection(await find(vehicleId, inspectionId)), 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/vehicles/{id}/inspections/{inspectionId}',
      summary: 'Give up an inspection that is under way',
      tag,
      roles: staff,
      guard,
      params: which,
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      const { id: vehicleId, inspectionId } = c.req.valid('param');
      const input = { vehicleId, inspectionId };
      await transact(db, callerOf(c).actor, new Date(), (context) => abandonInspection(context, input));
      return c.body(null, 204);
    },
  );

  const content = defineRoute(deps, {
    method: 'get',
    path: '/vehicles/{id}/inspections/{inspectionId}/pictures/{pictureId}',
    summary: 'The picture itself; every look is recorded',
    tag,
    roles: staff,
    guard,
    params: which.extend({ pictureId: uuid }),
    status: 200,
    answer: z.unknown(),
  });
  app.openapi({ ...content, responses: { ...content.responses, 200: fileFound } }, async (c) => {
    const { id: vehicleId, ...named } = c.req.valid('param');
    const { actor } = callerOf(c);
    const input = { vehicleId, ...named };
    return answerFile(
      c,
      await transact(db, actor, new Date(), (context) => openInspectionPicture(context, deps, input)),
    );
  });
  return app;
}
