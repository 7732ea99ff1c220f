import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { eq } from 'drizzle-orm';
import { cases, users } from '#db/schema/index';
import { ApiError, eventually as eventuallyWithin, MarketplaceClient, type Input } from '#dev/client';
import { leaseThat as leaseThatWithin, type Customer } from '#dev/journey';
import { Problem, TryLater } from '#domain/errors';
import { commands, type LeaseCommand, type Order } from '#domain/leases/commands';
import { workflowQueue } from '#domain/task-queues';
import { Metrics } from '#platform/metrics/metrics';
import { clockOf, fastForward } from '#platform/temporal/fast-forward';
import { startTestServer } from '#providers/test-server';
import { commandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { UnderWay } from '#steering/under-way';
import { createFleet, startFleet } from '../fleet.ts';
import { logIn } from '../log-in.ts';
import { leaseIn as leaseInWithin, newCustomer, type Cast, type Wish } from '../people.ts';
import { startTestPlatform } from '../platform.ts';
import type { LeaseState } from '#workflows/lease/state';
import { Ordeal } from './ordeal.ts';

const HOUR = 3_600_000;
/** Milliseconds in which anything comes to be, on a machine that has other things to do as well. */
const PATIENCE = 240_000;
export const DAY = 24;

export const ugx = (amount: number) => ({ amount, currency: 'UGX' }) as const;
export const eventually = <T>(what: string, look: () => Promise<T | undefined>) =>
  eventuallyWithin(what, look, PATIENCE);
/** A machine that is busy answers too late: what was asked is asked again. */
const isLate = (error: unknown) =>
  error instanceof Error && (error.name === 'TimeoutError' || /DEADLINE_EXCEEDED/.test(error.message));
export const absent = (error: unknown) => {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
};

export type Stage = Awaited<ReturnType<typeof openStage>>;

/**
 * A platform on which every activity fails for ever, at first by its data and then for ten minutes as if Postgres were away,
 * in the first workflow that needs it; with people who send again what was broken, by the same key.
 */
export async function openStage() {
  const ordeal = new Ordeal();
  const metrics = new Metrics('test');
  const told = { refusals: 0 };
  const more = { within: ordeal.within, metrics };
  const platform = await startTestPlatform({ LOG_LEVEL: 'silent', RESTART_CODE_SECONDS: '1' }, undefined, more);
  const server = await startTestServer();
  const { db } = platform.deps;
  ordeal.told = async (workflowId, activity) => {
    const rows = await db.select().from(cases).where(eq(cases.kind, 'activity_failing'));
    const failing = rows.filter(({ detail }) => detail['workflowId'] === workflowId && detail['activity'] === activity);
    return failing.find(({ status }) => status === 'open')?.detail['kind'] as string | undefined;
  };

  /** A person who sends what was broken again, by the same key. */
  class Patient extends MarketplaceClient {
    protected override request<A>(method: string, path: string, input?: Input): Promise<A> {
      if (method !== 'POST') return super.request(method, path, input);
      const again = { key: randomUUID(), ...input };
      return eventually(`${method} ${path}`, async () => {
        try {
          return await super.request<A>(method, path, again);
        } catch (error) {
          if (isLate(error)) return undefined;
          const isBroken = error instanceof ApiError && (error.status >= 500 || error.code === 'request_in_progress');
          if (!isBroken) throw error;
          if (error.status === 500) told.refusals += 1;
          return undefined;
        }
      });
    }
  }
  const enter = async (role: 'admin' | 'agent') => {
    const [user] = await db
      .select()
      .from(users)
      .where(eq(users.email, `${role}@example.com`));
    if (user === undefined) throw new Error(`no ${role}`);
    return new Patient(platform.url, (await logIn(platform.deps, user)).token);
  };
  const staff: Cast = { admin: await enter('admin'), agent: await enter('agent') };
  const clocks = moveClocks(platform, ordeal);

  const later = async (workflowId: string, hours: number): Promise<void> => {
    clocks.targets.set(workflowId, (await clockOf(platform.temporal, workflowId)).getTime() + hours * HOUR);
    await eventually(`${workflowId} to be later`, () =>
      Promise.resolve(clocks.targets.has(workflowId) ? undefined : true),
    );
  };
  let serial = 0;
  return {
    platform,
    server,
    staff,
    ordeal,
    metrics,
    told,
    later,
    leaseLater: (id: string, hours: number) => later(`lease-${id}`, hours),
    leaseThat: (...[client, id, what, wanted]: Parameters<typeof leaseThatWithin>) =>
      leaseThatWithin(client, id, what, wanted, PATIENCE),
    leaseIn: (status: Parameters<typeof leaseInWithin>[0], customer: Customer, wish: Wish = {}) =>
      leaseInWithin(status, customer, staff, { ...wish, patienceMs: PATIENCE }),
    handleOf: (leaseId: string) => platform.temporal.workflow.getHandle(`lease-${leaseId}`),
    customer: async (options: Parameters<typeof newCustomer>[1] = {}): Promise<Customer> => {
      const one = await newCustomer(platform, options);
      return { ...one, client: new Patient(platform.url, one.token) };
    },
    cash: (leaseId: string, amount: number) =>
      staff.agent.post('/v1/payments/cash', {
        body: { leaseId, receiptNumber: `C${randomUUID()}`, amount: ugx(amount) },
      }),
    /** A running lease whose workflow begins with what it believes of its books, whatever they say. */
    believing: async (
      wrong: Partial<LeaseState['standing']>,
      left: (state: LeaseState) => Partial<LeaseState> = () => ({}),
    ): Promise<string> => {
      serial += 1;
      const payer = { provider: 'mtn', market: 'UG', phone: `+25677355${1_000 + serial}00` } as const;
      const [lease] = await createFleet(db, platform.config, [payer], undefined, `END${serial}L`);
      if (lease === undefined) throw new Error('there is no lease');
      const { state } = lease;
      // Of a version that no reading of the books has.
      const standing = { ...state.standing, version: 1_000, ...wrong };
      await startFleet(platform.temporal, platform.config, [
        { ...lease, state: { ...state, standing, ...left(state) } },
      ]);
      return state.application.leaseId;
    },
    /** Gives a command until it is carried out, or refused for what it asks. */
    gives: async <Name extends LeaseCommand>(leaseId: string, name: Name, order: Order<Name>) => {
      const asked = { ...order, actor: { role: commands[name].by[0], id: randomUUID() } };
      const key = commandKey(new Date(), 'endings', randomUUID());
      await eventually(name, async () => {
        try {
          await commandLease(platform.deps, leaseId, name, asked, key);
          return true;
        } catch (error) {
          if (error instanceof UnderWay || error instanceof TryLater || isLate(error)) return undefined;
          if (!(error instanceof Problem)) throw error;
          if (error.code !== 'internal') return true;
          told.refusals += 1;
          return undefined;
        }
      });
    },
    /** A lease's clock goes on by so many hours, until an activity has got over it. */
    meets: async (leaseId: string, activity: string, hours: number): Promise<void> => {
      const workflowId = `lease-${leaseId}`;
      clocks.targets.set(workflowId, (await clockOf(platform.temporal, workflowId)).getTime() + hours * HOUR);
      await eventually(activity, () => Promise.resolve(ordeal.met.get(activity)?.over === true ? true : undefined));
    },
    run: async (workflowType: string): Promise<void> => {
      const prefix = platform.config.TASK_QUEUE_PREFIX;
      await platform.temporal.workflow.execute(workflowType, {
        workflowId: `${prefix}${workflowType}`,
        taskQueue: workflowQueue(prefix),
      });
    },
    close: async () => {
      await clocks.stop();
      await platform.close();
      await server.close();
    },
  };
}

/** Nobody waits ten minutes: the clock of a workflow in which something fails, or that is to get somewhere, goes on. */
function moveClocks({ temporal }: Awaited<ReturnType<typeof startTestPlatform>>, ordeal: Ordeal) {
  /** Epoch milliseconds that a workflow's clock is to reach. */
  const targets = new Map<string, number>();
  const moving = new Set<string>();
  let over = false;
  const move = async (id: string) => {
    const now = (await clockOf(temporal, id)).getTime();
    const target = targets.get(id) ?? now + HOUR / 30;
    const ended = now < target && (await fastForward(temporal, id, target - now, 10_000)).outcome === 'ended';
    if (ended || now >= target) targets.delete(id);
  };
  const moved = (async () => {
    while (!over) {
      for (const id of ordeal.takeRelieved())
        if (!targets.has(id))
          targets.set(id, (await clockOf(temporal, id).catch(() => new Date())).getTime() + HOUR / 12);
      for (const id of [...ordeal.suffering, ...targets.keys()]) {
        if (moving.has(id)) continue;
        moving.add(id);
        void move(id)
          .catch(() => {})
          .finally(() => moving.delete(id));
      }
      await sleep(50);
    }
  })();
  return {
    targets,
    stop: () => {
      over = true;
      return moved;
    },
  };
}
