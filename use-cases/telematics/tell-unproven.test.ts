import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cases, leases, trackers } from '#db/schema/index';
import { ago, agent, createStopWorld, type StopWorld } from '#test/stop-world';
import { closeCase } from '../cases/close-case.ts';
import { tellUnproven } from './tell-unproven.ts';
import { revokeTracker } from './tracker-credentials.ts';

let world: StopWorld;
beforeAll(async () => {
  world = await createStopWorld({ RELAY_PROOF: 'required' });
});
afterAll(() => world.close());

const look = () => tellUnproven({ db: world.deps.db, config: world.config }, () => {});
const told = (leaseId: string) =>
  world.deps.db
    .select()
    .from(cases)
    .where(and(eq(cases.leaseId, leaseId), eq(cases.kind, 'relay_not_proven')));

it('is told of once, and closes when the relay is proven', async () => {
  const { lease, vehicleId, trackerId } = await world.late(3);
  await look();
  await look();
  const rows = await told(lease.id);
  expect(rows).toMatchObject([{ status: 'open', detail: { vehicleId, trackerId } }]);
  await world.deps.db.update(trackers).set({ relayProvenAt: new Date() }).where(eq(trackers.id, trackerId));
  await look();
  expect(await told(lease.id)).toMatchObject([{ status: 'closed' }]);
});

it('of a unit that somebody has seen to it is not told of again, of the next one it is', async () => {
  const { lease, vehicleId, trackerId } = await world.late(3);
  await look();
  const [open] = await told(lease.id);
  await world.by(new Date(), (context) =>
    closeCase({ ...context, actor: agent }, { id: open?.id ?? '', resolution: 'in May' }),
  );
  await look();
  expect(await told(lease.id)).toHaveLength(1);
  await world.by(new Date(), (context) => revokeTracker(context, trackerId));
  const next = await world.fit(vehicleId);
  await look();
  expect((await told(lease.id)).filter(({ status }) => status === 'open')).toMatchObject([
    { detail: { trackerId: next } },
  ]);
  await world.deps.db
    .update(leases)
    .set({ status: 'returned', endedAt: ago(0) })
    .where(eq(leases.id, lease.id));
  await look();
  expect((await told(lease.id)).filter(({ status }) => status === 'open')).toEqual([]);
});

it('is nothing of a vehicle in the yard, of a phone, or where nobody asks for a proof', async () => {
  const phone = await world.late(3);
  await world.deps.db.update(trackers).set({ kind: 'owntracks' }).where(eq(trackers.id, phone.trackerId));
  const trusted = await world.late(3);
  await tellUnproven({ db: world.deps.db, config: { RELAY_PROOF: 'trusted' } }, () => {});
  expect(await told(trusted.lease.id)).toEqual([]);
  await look();
  expect(await told(phone.lease.id)).toEqual([]);
});
