import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cases, notifications } from '#db/schema/index';
import { createStopWorld, type StopWorld } from '#test/stop-world';
import { lookAtImmobilisation, warnImmobilisation } from './warn-immobilisation.ts';

let world: StopWorld;
beforeAll(async () => {
  world = await createStopWorld();
});
afterAll(() => world.close());

it('of warnings that no network speaks of somebody is told, once, and their customer is not texted day by day', async () => {
  const { lease, vehicleId } = await world.late();
  const leaseId = lease.id;
  const { db } = world.database;
  const begin = Date.now();
  const texts: string[] = [];
  let at = new Date(begin);
  let looked = await world.by(at, (context) => warnImmobilisation(context, world.config, { leaseId }));
  for (let look = 0; look < 400 && at.getTime() < begin + 14 * 86_400_000; look += 1) {
    if (looked.text !== undefined) {
      texts.push(at.toISOString());
      // The gateway takes it, the customer reads it, and no network ever says so.
      await db.insert(notifications).values({
        id: uuidv7(),
        key: `${leaseId}:${looked.text.key}`,
        userId: lease.customerId,
        leaseId,
        bodyEncrypted: 'x',
        sentAt: at,
        channel: 'sms',
        template: 'immobilisation_warning',
      });
    }
    if (looked.lookAt === null) break;
    at = new Date(looked.lookAt);
    looked = await world.by(at, (context) => lookAtImmobilisation(context, world.config, { leaseId }));
  }
  const told = () =>
    db.select({ kind: cases.kind, status: cases.status }).from(cases).where(eq(cases.leaseId, leaseId));
  expect(texts.map((text) => Math.round((Date.parse(text) - begin) / 86_400_000))).toEqual([0, 1, 8]);
  expect((await world.episode(vehicleId))?.state).toBe('warned');
  expect(await told()).toEqual([{ kind: 'warning_unconfirmed', status: 'open' }]);

  // The reports come: the last one counts, and the notice runs from it.
  await db.update(notifications).set({ deliveredAt: at }).where(eq(notifications.leaseId, leaseId));
  at = new Date(at.getTime() + 10 * 86_400_000);
  await world.by(at, (context) => lookAtImmobilisation(context, world.config, { leaseId }));
  expect((await world.episode(vehicleId))?.state).toBe('waiting');
  expect(await told()).toEqual([{ kind: 'warning_unconfirmed', status: 'closed' }]);
});
