import type { Copy } from './copy.ts';
import { addIdling } from './idling.ts';
import { addPraise, addText, addTimer } from './praise.ts';
import { addWave } from './wave.ts';

/** A recipe of CONTRIBUTING.md, as it is followed in a copy of the product. */
export interface Recipe {
  readonly adds: string;
  /** Files that it touched when the recipes were first written down, and places where these were counted; null where they were not. */
  readonly before: { readonly files: number; readonly places?: number } | null;
  /** Files that were asked for then; null where nobody said. */
  readonly asked: number | null;
  /** Files that it touches now: where there are fewer one day, it becomes less here. */
  readonly limit: number;
  /** Files that are its own, however many: they count as none. */
  readonly own?: RegExp;
  /** The recipe from whose beginning on it is counted, where it is one with those between; its own otherwise. */
  readonly since?: string;
  walk(copy: Copy): void | Promise<unknown>;
}

/** In the order in which they are walked in one copy. */
export const recipes = {
  route: { adds: 'a route', before: null, asked: 1, limit: 1, walk: addRoute },
  event: { adds: 'an event', before: null, asked: 2, limit: 2, walk: addEvent },
  rule: { adds: 'a computed risk rule', before: { files: 7, places: 13 }, asked: 2, limit: 2, walk: addIdling },
  command: { adds: 'a lease command', before: null, asked: 3, limit: 3, walk: addPraise },
  text: { adds: 'a text to a customer', before: null, asked: null, limit: 7, walk: addText },
  timer: {
    adds: 'that command, text and timer',
    before: { files: 19 },
    asked: null,
    limit: 16,
    since: 'command',
    walk: addTimer,
  },
  provider: { adds: 'a provider', before: { files: 9 }, asked: 5, limit: 5, walk: addWave },
  capability: {
    adds: 'a capability with a workflow',
    before: { files: 14 },
    asked: 7,
    limit: 7,
    own: /(^|\/)surveys?(\.ts$|\/)|start-survey\.ts$/,
    walk: (copy) => copy.run('dev/scaffold.ts', 'surveys', 'survey'),
  },
} as const satisfies Readonly<Record<string, Recipe>>;

function addRoute(copy: Copy): void {
  const route = `
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/version',
      summary: 'How often a vehicle was changed',
      tag,
      roles: 'public',
      params: idParam,
      status: 200,
      answer: z.object({ version: z.int() }),
    }),
    async (c) => c.json({ version: found(await findVehicle(db, c.req.valid('param').id)).version }, 200),
  );
`;
  copy.put('api/vehicles/quote.ts', '  return app;\n', 'before', route);
}

function addEvent(copy: Copy): void {
  copy.put(
    'domain/events/catalogue.ts',
    "  'vehicle.reserved': aboutVehicle(vehicleHeld),\n",
    'before',
    "  'vehicle.retired': { about: 'vehicle', heardBy: office, payload: z.object({ vehicleId: id }) },\n",
  );
  const useCase = 'use-cases/vehicles/retire-vehicle.ts';
  copy.put(useCase, 'import { record,', 'behind', ' emit,');
  copy.put(
    useCase,
    "  await record(context, { type: 'vehicle.retired', subject: id, detail: { status: { from: status, to: 'retired' } } });\n",
    'behind',
    "  await emit(context, { type: 'vehicle.retired', subject: id, data: { vehicleId: id } });\n",
  );
}
