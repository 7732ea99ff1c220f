import { desc, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import {
  immobilisations,
  latestPositions,
  notifications,
  positions,
  trackers,
  vehicleCommands,
} from '#db/schema/index';
import type { Database } from '#db/client';
import { system } from '#domain/identity/roles';
import { createEncryption } from '#platform/encryption';
import { transact } from '#use-cases/context';
import { changeStatus } from '#use-cases/leases/change-status';
import { advanceImmobilisation } from '#use-cases/telematics/advance-immobilisation';
import { noteAcknowledgement } from '#use-cases/telematics/note-acknowledgement';
import { confirmImmobilisation, orderImmobilisation } from '#use-cases/telematics/order-immobilisation';
import { observeOutput } from '#use-cases/telematics/observe-output';
import { onVehicle } from '#use-cases/telematics/on-vehicle';
import { takeCommand } from '#use-cases/telematics/take-command';
import { registerTracker } from '#use-cases/telematics/tracker-credentials';
import { lookAtImmobilisation, warnImmobilisation } from '#use-cases/telematics/warn-immobilisation';
import { testConfig } from './config.ts';
import { createTestDatabase } from './database.ts';
import { bookLease, type LeaseTerms } from './lease-books.ts';

const HOUR = 3_600_000;
export const ago = (hours: number): Date => new Date(Date.now() - hours * HOUR);
const daysAgo = (days: number): string => ago(24 * days).toISOString();
export const admin = { role: 'admin', id: uuidv7() } as const;
export const agent = { role: 'agent', id: uuidv7() } as const;
export const otherAgent = { role: 'agent', id: uuidv7() } as const;

/** A vehicle and the unit in it. */
export interface Fitted {
  readonly vehicleId: string;
  readonly trackerId: string;
}

/** The state that it came to, or the code of its refusal. */
export const stateOrCode = (work: Promise<{ readonly state: string }>): Promise<string | undefined> =>
  work.then(
    ({ state }) => state,
    (error: { code?: string; cause?: { code?: string } }) => error.cause?.code ?? error.code,
  );

export type StopWorld = Awaited<ReturnType<typeof createStopWorld>>;

/** Vehicles of leases that are late, stopped and started by the use cases alone: no broker and no workflow. */
export async function createStopWorld(overrides: Record<string, string> = {}) {
  const database = await createTestDatabase();
  const { db } = database;
  const config = testConfig({ RESTART_CODE_SECONDS: '1', ...overrides });
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const deps = { db, config, encryption };
  const by = <T>(at: Date, work: Parameters<typeof transact<T>>[3]) => transact(db, system('test'), at, work);

  const world = {
    database,
    config,
    encryption,
    deps,
    by,
    /** An agent orders that a vehicle be stopped; another one confirms it. */
    order: (vehicleId: string) => stateOrCode(orderImmobilisation(deps, agent, { vehicleId, reason: 'x' })),
    confirm: (vehicleId: string, who: typeof agent = otherAgent) =>
      stateOrCode(confirmImmobilisation(deps, who, vehicleId)),
    /** Fits a vehicle with a native unit that is there. */
    async fit(vehicleId: string): Promise<string> {
      const { id } = await transact(db, agent, new Date(), (context) =>
        registerTracker(context, { encryption }, { vehicleId, kind: 'native' }),
      );
      await db.update(trackers).set({ online: true }).where(eq(trackers.id, id));
      return id;
    },
    /** It stands, with its ignition off. */
    async parks(
      { vehicleId, trackerId }: Fitted,
      more: Partial<typeof latestPositions.$inferInsert> = {},
    ): Promise<void> {
      const where = { lat: 0.3, lon: 32.5, speedKph: 0, ignition: false, suspect: false };
      const fix = { vehicleId, trackerId, ts: new Date(), receivedAt: new Date(), ...where, ...more };
      const target = latestPositions.vehicleId;
      await db.insert(latestPositions).values(fix).onConflictDoUpdate({ target, set: fix });
    },
    async reports({ vehicleId, trackerId }: Fitted, more: Partial<typeof positions.$inferInsert>): Promise<void> {
      await pause();
      const now = new Date();
      const fix = { vehicleId, trackerId, ts: now, sequence: uuidv7(), receivedAt: now };
      await db.insert(positions).values({ ...fix, ...more });
    },
    /** What it was told, the newest first. */
    commands: (vehicleId: string) =>
      db
        .select()
        .from(vehicleCommands)
        .where(eq(vehicleCommands.vehicleId, vehicleId))
        .orderBy(desc(vehicleCommands.issuedAt), desc(vehicleCommands.id)),
    async episode(vehicleId: string) {
      const rows = db.select().from(immobilisations).where(eq(immobilisations.vehicleId, vehicleId));
      return (await rows.orderBy(desc(immobilisations.createdAt), desc(immobilisations.id)))[0];
    },
    advance: (vehicleId: string) => advanceImmobilisation(deps, vehicleId),
    async send(vehicleId: string) {
      const [last] = await world.commands(vehicleId);
      const taken = await takeCommand(deps, last?.id ?? '');
      return { id: last?.id ?? '', type: taken?.command.type ?? null };
    },
    /** The minute of what is under way is over. */
    async runsOut(vehicleId: string): Promise<void> {
      const over = { issuedAt: ago(1 / 30), expiresAt: new Date(Date.now() - 1_000) };
      await db.update(vehicleCommands).set(over).where(eq(vehicleCommands.vehicleId, vehicleId));
    },
    answers: (trackerId: string, commandId: string, ts: number = Date.now()) =>
      by(new Date(), (context) =>
        noteAcknowledgement(context, {
          trackerId,
          commandId,
          answer: 'accepted',
          reason: null,
          ts,
          receivedAt: Date.now(),
        }),
      ),
    async sees({ vehicleId, trackerId }: Fitted, stopped: boolean, ts?: number): Promise<void> {
      await pause();
      await seeOutput(db, { vehicleId, trackerId, stopped, ts: ts ?? Date.now() });
    },
    /** It is told to move, answers, and is seen to. */
    async starts(one: Fitted): Promise<void> {
      const { id } = await world.send(one.vehicleId);
      await world.answers(one.trackerId, id);
      await world.sees(one, false);
    },
    /** A text is delivered. */
    async delivers(to: { readonly id: string; readonly customerId: string }, key: string, at: Date): Promise<void> {
      const { id: leaseId, customerId: userId } = to;
      const text = { id: uuidv7(), key, userId, leaseId, bodyEncrypted: 'x', sentAt: at, deliveredAt: at } as const;
      await db.insert(notifications).values({ ...text, channel: 'sms', template: 'immobilisation_warning' });
    },
    /** A lease whose customer has paid the deposit and nothing since. */
    async late(days = 34, terms: LeaseTerms = {}) {
      const lease = await bookLease(database, config, terms);
      await lease.pays(daysAgo(days + 1), 20_000);
      await lease.handOver(daysAgo(days));
      await by(ago(24 * (days - 14)), (context) => changeStatus(context, { leaseId: lease.id, to: 'in_arrears' }));
      const { vehicleId } = await lease.row();
      return { lease, vehicleId, trackerId: await world.fit(vehicleId) };
    },
    /** Warned, and the notice is over: its parked vehicle may be stopped. */
    async waiting(days?: number) {
      const one = await world.late(days);
      const leaseId = one.lease.id;
      const { text } = await by(ago(30), (context) => warnImmobilisation(context, config, { leaseId }));
      await world.delivers(one.lease, `${leaseId}:${text?.key}`, ago(28));
      await by(new Date(), (context) => lookAtImmobilisation(context, config, { leaseId }));
      await world.parks(one);
      return one;
    },
    /** Its vehicle was told to stop. */
    async stopping(days?: number) {
      const one = await world.waiting(days);
      await world.advance(one.vehicleId);
      await world.send(one.vehicleId);
      return one;
    },
    /** And was seen to. */
    async stopped(days?: number) {
      const one = await world.stopping(days);
      await world.sees(one, true);
      return one;
    },
    close: () => database.close(),
  };
  return world;
}

/** The output of a unit is seen, as the telematics process does. */
export const seeOutput = (db: Database, seen: Fitted & { readonly stopped: boolean; readonly ts: number }) =>
  onVehicle(db, system('telematics'), seen.vehicleId, (context, held) => observeOutput(context, held, seen));

/** Two times of one clock differ. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
