import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import { addPaper, removePaper } from '#use-cases/vehicles/add-paper';
import { openPaper } from '#use-cases/vehicles/open-paper';
import { awaitsTitle } from '#db/queries/collateral';
import { lapsingPapers, papersOf, type PaperFacts } from '#db/queries/papers';
import { tenureOf } from '#db/queries/telematics';
import { findVehicle } from '#db/queries/vehicles';
import { addDays, localDate, localDateAt } from '#domain/calendar';
import { isStaff } from '#domain/identity/roles';
import { carriedKinds, LAPSE_NOTICES, paperKinds } from '#domain/vehicles/papers';
import { badCursor, decodeCursor, encodeCursor, page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { answerFile, fileFound, uploaded } from '../file.ts';
import { existing, owned } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { invalidInput } from '../middleware/problem.ts';
import { defineRoute, everybody, nothing, router, staff } from '../route.ts';
import { idParam, instant, listOf, localDay, market, pageQuery, text, uuid } from '../schemas.ts';

const kind = z.enum(paperKinds);
const paper = z
  .object({
    id: uuid,
    vehicleId: uuid,
    kind,
    number: z.string().nullable(),
    validFrom: localDay.nullable(),
    validUntil: localDay.nullable().openapi({ description: 'The last valid day; null for one without an end' }),
    mediaType: z.string(),
    sha256: z.string().length(64),
    size: z.int().openapi({ description: 'Bytes' }),
    createdAt: instant,
  })
  .openapi('VehiclePaper');
const upload = z.strictObject({
  file: uploaded,
  kind,
  number: text(60).optional(),
  validFrom: localDay.optional(),
  validUntil: localDay.optional(),
});

const presentPaper = ({ ...facts }: PaperFacts) => facts;

const tag = 'vehicles';
const LAPSING = 'lapsing papers';
const paperParam = idParam.extend({ paperId: uuid });

/** Papers of vehicles: handed in and read by staff, and by whoever has the vehicle those that he must carry. */
export function paperRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  const forStaff = existing((id) => findVehicle(db, id));

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/papers',
      summary: 'Papers of the fleet that lapse and are not renewed, the first to lapse first',
      tag,
      roles: staff,
      query: z.object({
        ...pageQuery,
        lapsesBefore: localDay.optional().openapi({ description: 'A month ahead where nothing is said' }),
        market: market.optional(),
        kind: kind.optional(),
      }),
      status: 200,
      answer: listOf(paper.extend({ market })),
    }),
    async (c) => {
      const { limit, cursor, lapsesBefore, ...filter } = c.req.valid('query');
      const before =
        lapsesBefore === undefined
          ? addDays(localDateAt(Date.now(), filter.market ?? 'UG'), LAPSE_NOTICES[0] + 1)
          : localDate(lapsesBefore);
      const after = placeIn(cursor);
      const rows = await lapsingPapers(db, { ...filter, before, after, limit: limit + 1 });
      const data = rows.slice(0, limit);
      const last = rows.length > limit ? data.at(-1) : undefined;
      const nextCursor = last === undefined ? null : encodeCursor(last.validUntil, last.id, LAPSING);
      return c.json({ data, nextCursor }, 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/vehicles/{id}/papers',
      summary: 'Hand in a paper of a vehicle; the same file of the same kind is the same paper',
      tag,
      roles: staff,
      guard: forStaff,
      params: idParam,
      body: upload,
      multipart: true,
      status: 201,
      answer: paper,
    }),
    async (c) => {
      const parsed = upload.safeParse(await c.req.parseBody());
      if (!parsed.success) throw invalidInput(parsed.error);
      const { file, validFrom, validUntil, ...said } = parsed.data;
      const input = {
        ...said,
        vehicleId: c.req.valid('param').id,
        bytes: new Uint8Array(await file.arrayBuffer()),
        validFrom: validFrom === undefined ? undefined : localDate(validFrom),
        validUntil: validUntil === undefined ? undefined : localDate(validUntil),
      };
      const kept = await transact(db, callerOf(c).actor, new Date(), (context) => addPaper(context, deps, input));
      return c.json(presentPaper(kept), 201);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/papers',
      summary: 'Papers of a vehicle, the newest first; for whoever has it those that he must carry',
      tag,
      roles: everybody,
      guard: carriesPapers(deps),
      params: idParam,
      query: z.object({ ...pageQuery, kind: kind.optional() }),
      status: 200,
      answer: listOf(paper),
    }),
    async (c) => {
      const { limit, cursor, kind: wanted } = c.req.valid('query');
      const seen = isStaff(callerOf(c).role) ? paperKinds : carriedKinds;
      const kinds = seen.filter((one) => wanted === undefined || one === wanted);
      const asked = { limit: limit + 1, before: timePage(cursor), kinds };
      return c.json(page(await papersOf(db, c.req.valid('param').id, asked), limit, presentPaper), 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/vehicles/{id}/papers/{paperId}',
      summary: 'Take away a paper that was handed in wrongly',
      tag,
      roles: staff,
      guard: forStaff,
      params: paperParam,
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      const { id: vehicleId, paperId } = c.req.valid('param');
      await transact(db, callerOf(c).actor, new Date(), (context) => removePaper(context, { vehicleId, paperId }));
      return c.body(null, 204);
    },
  );

  const content = defineRoute(deps, {
    method: 'get',
    path: '/vehicles/{id}/papers/{paperId}/content',
    summary: 'The file itself; every look is recorded',
    tag,
    roles: everybody,
    guard: carriesPapers(deps),
    params: paperParam,
    status: 200,
    answer: z.unknown(),
  });
  app.openapi({ ...content, responses: { ...content.responses, 200: fileFound } }, async (c) => {
    const { id: vehicleId, paperId } = c.req.valid('param');
    const { actor } = callerOf(c);
    return answerFile(
      c,
      await transact(db, actor, new Date(), (context) => openPaper(context, deps, { vehicleId, paperId })),
    );
  });
  return app;
}

/** Whoever has the vehicle by a lease, or has paid for it and has no title of his own yet. */
const carriesPapers = ({ db }: ApiDependencies) =>
  owned(async (id) => {
    if ((await findVehicle(db, id)) === undefined) return undefined;
    return (await tenureOf(db, id))?.customerId ?? (await awaitsTitle(db, id)) ?? null;
  });

function placeIn(cursor: string | undefined) {
  const found = decodeCursor(cursor, LAPSING);
  if (found === undefined) return undefined;
  const [day, id] = [localDay.safeParse(found[0]), uuid.safeParse(found[1])];
  if (!day.success || !id.success) throw badCursor();
  return [localDate(day.data), id.data] as const;
}
