import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll } from 'vitest';
import { immobilisations, latestPositions, trackers, vehicles } from '#db/schema/index';
import { eventually } from '#dev/client';
import { dataConverter } from '#platform/temporal/connection';
import { transact } from '#use-cases/context';
import { seeOutput } from '#test/stop-world';
import { registerTracker } from '#use-cases/telematics/tracker-credentials';
import { itReplays, recordingKeys, type History } from '#test/histories';
import { cast, newChoice, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { immobilisationWorkflowId } from './messages.ts';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform({ ENCRYPTION_KEYS: recordingKeys, RESTART_CODE_SECONDS: '1' });
  staff = await cast(platform);
});
afterAll(() => platform.close());

/** A vehicle in the yard with a tracker that is there, parked just now. */
async function parked(): Promise<{ vehicleId: string; trackerId: string }> {
  const { db } = platform.database;
  const { vehicleId } = await newChoice(staff.admin);
  const [vehicle] = await db.select().from(vehicles).where(eq(vehicles.id, vehicleId));
  if (vehicle === undefined) throw new Error('there is no vehicle');
  const { id: trackerId } = await transact(db, { role: 'agent', id: uuidv7() }, new Date(), (context) =>
    registerTracker(context, platform, { vehicleId, kind: 'native' }),
  );
  await db.update(trackers).set({ online: true }).where(eq(trackers.id, trackerId));
  const now = new Date();
  const fix = { vehicleId, trackerId, ts: now, lat: 0.3, lon: 32.5, speedKph: 0, ignition: false, receivedAt: now };
  await db.insert(latestPositions).values(fix);
  return { vehicleId, trackerId };
}

const historyOf = (vehicleId: string): Promise<History> =>
  platform.temporal.workflow.getHandle(immobilisationWorkflowId(vehicleId)).fetchHistory();

const stateOf = (vehicleId: string, wanted: string) =>
  eventually(`the vehicle to be ${wanted}`, async () => {
    const rows = await platform.database.db
      .select()
      .from(immobilisations)
      .where(eq(immobilisations.vehicleId, vehicleId));
    return rows.find(({ state }) => state === wanted);
  });

const sees = async (one: { vehicleId: string; trackerId: string }, stopped: boolean) => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  await seeOutput(platform.database.db, { ...one, stopped, ts: Date.now() });
};

/** The order of an admin about a vehicle that was stolen from the yard. */
const order = (id: string) =>
  staff.admin.post('/v1/vehicles/{id}/immobilise', { path: { id }, body: { reason: 'stolen', order: 'CRB 12/2026' } });

itReplays(
  join(import.meta.dirname, 'histories'),
  {
    async waiting() {
      const { vehicleId } = await parked();
      await platform.database.db
        .update(latestPositions)
        .set({ speedKph: 40 })
        .where(eq(latestPositions.vehicleId, vehicleId));
      await order(vehicleId);
      await stateOf(vehicleId, 'waiting');
      await eventually('the workflow', () => historyOf(vehicleId).catch(() => undefined));
      return historyOf(vehicleId);
    },
    async stopping() {
      const { vehicleId } = await parked();
      await order(vehicleId);
      await stateOf(vehicleId, 'stopping');
      return historyOf(vehicleId);
    },
    async stoppedAndStarted() {
      const one = await parked();
      await order(one.vehicleId);
      await stateOf(one.vehicleId, 'stopping');
      await sees(one, true);
      await stateOf(one.vehicleId, 'stopped');
      await staff.agent.post('/v1/vehicles/{id}/mobilise', { path: { id: one.vehicleId } });
      await stateOf(one.vehicleId, 'starting');
      await sees(one, false);
      await stateOf(one.vehicleId, 'ended');
      await platform.temporal.workflow.getHandle(immobilisationWorkflowId(one.vehicleId)).result();
      return historyOf(one.vehicleId);
    },
  },
  () => ({ dataConverter: dataConverter(platform.config) }),
);
