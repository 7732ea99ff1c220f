import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { expect } from 'vitest';
import { giveBacks, immobilisations, latestPositions, leases, trackers, upgrades } from '#db/schema/index';
import { SimulatorClient } from '#dev/simulator-client';
import { startGiveBack } from '#steering/start-give-back';
import { startUpgrade } from '#steering/start-upgrade';
import { transact } from '#use-cases/context';
import { seeOutput } from '#test/stop-world';
import { registerTracker } from '#use-cases/telematics/tracker-credentials';
import { immobilisationWorkflowId } from '#workflows/immobilisation/messages';
import { ticketWorkflowId } from '#workflows/ticket/messages';
import { createFleet } from '../fleet.ts';
import { newChoice } from '../people.ts';
import { absent, DAY, eventually, ugx, type Stage } from './stage.ts';

type UpgradeRow = typeof upgrades.$inferInsert;

/** What is no life of a lease: what goes back, exchanges, stops, tickets, webhooks, and what schedules run. */
export const othersOf = (stage: Stage): Readonly<Record<string, () => Promise<void>>> => {
  const { platform, server, staff, customer, leaseIn, later, run } = stage;
  const { db } = platform.deps;
  const exists = (workflowId: string) =>
    eventually(workflowId, () => platform.temporal.workflow.getHandle(workflowId).describe().catch(absent));
  const ends = (workflowId: string) => platform.temporal.workflow.getHandle(workflowId).result();

  /** What a customer typed nonsense for waits in suspense. @returns its id */
  async function suspended(): Promise<string> {
    const account = `NOBODY-${randomUUID().slice(0, 8)}`;
    const body = { provider: 'mtn', payer: '+256772000100', account, ...ugx(10_000) } as const;
    await new SimulatorClient(platform.simulators).post('/pay-bill', { body });
    const { id } = await eventually('it in suspense', async () =>
      (await staff.agent.get('/v1/suspense', { query: { limit: 100 } })).data.find((one) => one.account === account),
    );
    return id;
  }

  /** An exchange as its row says, of a lease that nobody collects. */
  async function exchange(as: (newLeaseId: string) => Partial<UpgradeRow>): Promise<string> {
    const payers = [0, 1].map((other) => ({
      provider: 'mtn' as const,
      market: 'UG' as const,
      phone: `+2567745${String(Date.now()).slice(-4)}${other}0`,
    }));
    const fleet = await createFleet(db, platform.config, payers, undefined, `UP${randomUUID()}`);
    const [left, begun] = await Promise.all(
      fleet.map(({ state }) => db.select().from(leases).where(eq(leases.id, state.application.leaseId))),
    );
    const [old, other] = [left?.[0], begun?.[0]];
    if (old === undefined || other === undefined) throw new Error('there are no leases');
    const { customerId, currency, plan, paymentMethodId } = old;
    const at = new Date();
    const sums = { price: 1, tradeIn: 1, settlement: 0, deposit: 1, payout: 0, instalment: 1, total: 1 };
    const row = { id: uuidv7(), leaseId: old.id, customerId, currency, plan, paymentMethodId, ...sums };
    const when = { expiresAt: new Date(at.getTime() + 1_000), createdAt: at, updatedAt: at };
    const { vehicleId } = other;
    await db
      .insert(upgrades)
      .values({ ...row, ...when, vehicleId, newLeaseId: randomUUID(), status: 'quoted', ...as(other.id) });
    await startUpgrade(platform.deps, { id: row.id, customerId, vehicleId });
    await ends(`upgrade-${row.id}`);
    return other.id;
  }

  return {
    async 'money that goes back from suspense'() {
      const path = { id: await suspended() };
      const body = { reason: 'typed by mistake' };
      const { giveBack } = await staff.agent.post('/v1/suspense/{id}/give-back', { path, body });
      const id = `${platform.config.TASK_QUEUE_PREFIX}give-back-${giveBack?.id}`;
      await exists(id);
      await ends(id);
    },
    async 'money on its way back of which nobody knows'() {
      const inboundId = await suspended();
      const id = randomUUID();
      // Whoever was to send it died when he had written down that he does.
      const sent = { sent: true, sentAt: new Date(), status: 'pending' } as const;
      const ordered = { reason: 'typed by mistake', requestedBy: randomUUID(), callbackHash: id };
      await db.insert(giveBacks).values({ id, inboundId, ...ordered, ...sent });
      await startGiveBack(platform.deps, id);
      await later(`${platform.config.TASK_QUEUE_PREFIX}give-back-${id}`, 2);
    },
    async 'an exchange that nobody goes on with'() {
      await exchange(() => ({ status: 'quoted' }));
    },
    async 'an exchange whose lease begins'() {
      const begun = await exchange((newLeaseId) => ({ newLeaseId, status: 'completed', endedAt: new Date() }));
      await exists(`lease-${begun}`);
    },
    async 'a vehicle that is stopped, and does not start again'() {
      const { vehicleId } = await newChoice(staff.admin);
      const { id: leaseId } = await leaseIn('active', await customer());
      const { id: trackerId } = await transact(db, { role: 'agent', id: uuidv7() }, new Date(), (context) =>
        registerTracker(context, platform, { vehicleId, kind: 'native' }),
      );
      await db.update(trackers).set({ online: true }).where(eq(trackers.id, trackerId));
      const now = new Date();
      const parked = { lat: 0.3, lon: 32.5, speedKph: 0, ignition: false, ts: now, receivedAt: now };
      await db.insert(latestPositions).values({ vehicleId, trackerId, ...parked });
      const path = { id: vehicleId };
      const body = { reason: 'stolen', order: 'CRB 12/2026' };
      await staff.admin.post('/v1/vehicles/{id}/immobilise', { path, body });
      const is = (wanted: string) =>
        eventually(`the vehicle to be ${wanted}`, async () => {
          const rows = await db.select().from(immobilisations).where(eq(immobilisations.vehicleId, vehicleId));
          return rows.find(({ state }) => state === wanted);
        });
      await is('stopping');
      await seeOutput(db, { vehicleId, trackerId, stopped: true, ts: Date.now() });
      await is('stopped');
      await staff.agent.post('/v1/vehicles/{id}/mobilise', { path });
      await is('starting');
      await db.update(immobilisations).set({ leaseId }).where(eq(immobilisations.vehicleId, vehicleId));
      // Its code is texted, since it is not seen to start.
      await later(immobilisationWorkflowId(vehicleId), 1);
    },
    async 'a ticket that nobody answers'() {
      const body = { category: 'accident', subject: 'Help', message: 'Please help' } as const;
      const { id } = await (await customer()).client.post('/v1/tickets', { body });
      await exists(ticketWorkflowId(id));
      await later(ticketWorkflowId(id), 3 * DAY);
    },
    async 'a ticket whose customer does not answer'() {
      const body = { category: 'other', subject: 'Help', message: 'Please help' } as const;
      const { id } = await (await customer()).client.post('/v1/tickets', { body });
      await staff.agent.post('/v1/tickets/{id}/wait', { path: { id }, body: { message: 'Which one?' } });
      await exists(ticketWorkflowId(id));
      await later(ticketWorkflowId(id), 30 * DAY);
    },
    async 'an event for an endpoint that does not take it at once'() {
      let asked = 0;
      server.reply = () => ({ status: (asked += 1) > 1 ? 200 : 500 });
      const { id } = await staff.admin.post('/v1/webhooks', { body: { url: server.url, types: ['vehicle.reserved'] } });
      const delivery = await eventually('a delivery', async () => {
        const { data } = await staff.admin.get('/v1/webhooks/deliveries', { query: { webhookId: id } });
        return data[0];
      });
      await exists(`webhook-${delivery.id}`);
      expect(await ends(`webhook-${delivery.id}`)).toBe('delivered');
    },
    'notifications whose workflow died': () => run('overdueNotifications'),
    'deliveries whose workflow died': () => run('overdueDeliveries'),
  };
};
