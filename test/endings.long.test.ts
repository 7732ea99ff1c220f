import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cases } from '#db/schema/index';
import { activitiesByCapability } from '#workers/create-workers';
import { agendasOf, ordersOf } from './endings/leases.ts';
import { livesOf } from './endings/lives.ts';
import { othersOf } from './endings/others.ts';
import { openStage, type Stage } from './endings/stage.ts';
import { inTurns } from './in-turns.ts';

/**
 * No workflow is left that cannot end: whatever activity of whatever workflow fails for ever, by its data or because
 * Postgres is away for ten minutes, its caller is answered or a case is open, and it goes on when it can. An activity that
 * no life here reaches fails the test.
 */
/** Of histories from before: nothing calls them any more. */
const retired = new Set([
  'statementsToReconcile',
  'releaseVehicle',
  'deleteIdempotencyKeys',
  'deleteLoginCodes',
  'deleteSessions',
  'deleteEvents',
  'deletePositions',
]);

/** Lives at once: more keep two cores so busy that requests come too late. */
const AT_ONCE = 12;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

it(
  'every activity of every workflow fails for ever, somebody is told, and it goes on',
  { timeout: 900_000 },
  async () => {
    const { platform, ordeal, metrics, told } = stage;
    const lives = { ...livesOf(stage), ...ordersOf(stage), ...agendasOf(stage), ...othersOf(stage) };
    const ended: string[] = [];
    await inTurns(Object.entries(lives), AT_ONCE, ([name, live]) =>
      live().catch((error: unknown) => {
        ended.push(`${name}: ${String(error)}`);
      }),
    );
    const all = Object.values(activitiesByCapability({ ...platform.deps, metrics: null })).flatMap((room) =>
      Object.keys(room()),
    );
    const seen = all
      .filter((name) => !retired.has(name))
      .map((name) => [name, ordeal.met.get(name)?.told ?? []] as const);
    expect(ended, 'what did not come to its end').toEqual([]);
    expect(
      seen.filter(([, said]) => said.length < 2),
      'what no life reaches, or nobody was told of',
    ).toEqual([]);
    expect(told.refusals).toBeGreaterThan(10);
    const counted = await metrics.valuesOf('activity_failures_total');
    const kinds = (name: string) =>
      counted.filter(({ labels }) => labels['activity'] === name).map(({ labels }) => labels['kind']);
    for (const [name] of seen) expect(kinds(name).toSorted(), name).toEqual(['defect', 'outage']);
    const isOpen = and(eq(cases.kind, 'activity_failing'), eq(cases.status, 'open'));
    const open = await platform.deps.db.select().from(cases).where(isOpen);
    expect(open.map(({ detail }) => detail)).toEqual([]);
  },
);
