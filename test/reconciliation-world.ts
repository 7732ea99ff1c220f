import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect } from 'vitest';
import { attempts, reconciliations } from '#db/schema/index';
import { eventually, type MarketplaceClient } from '#dev/client';
import { localDateAt, type LocalDate } from '#domain/calendar';
import type { Market } from '#domain/markets';
import { call } from './api-world.ts';
import { cast } from './people.ts';
import { startTestPlatform } from './platform.ts';

/** A market of each provider. */
export const homes = { mtn: 'UG', airtel: 'UG', mpesa: 'KE' } as const;
export type Provider = keyof typeof homes;
export const today = (market: Market) => localDateAt(Date.now(), market);

export type ReconciliationWorld = Awaited<ReturnType<typeof startReconciliationWorld>>;

/** A platform whose books are compared with its providers' statements. */
export async function startReconciliationWorld(overrides: Record<string, string> = {}) {
  const platform = await startTestPlatform(overrides);
  const staff = await cast(platform);
  return {
    platform,
    staff,
    place: { api: platform.url, simulators: platform.simulators },
    /** The report of a provider's day so far; the answer to the order does not wait for long. */
    reconcile: async (provider: Provider, more: { market?: Market; date?: string } = {}) => {
      const body = { provider, date: today(homes[provider]), ...more };
      const path = { id: (await staff.admin.post('/v1/reconciliations', { body })).id };
      return eventually('the end of a report', async () => {
        const report = await staff.admin.get('/v1/reconciliations/{id}', { path });
        return report.status === 'running' ? undefined : report;
      });
    },
    paymentsOf: async (client: MarketplaceClient, leaseId: string) =>
      (await client.get('/v1/payments', { query: { leaseId } })).data,
    casesOf: async (paymentId: string, filter: { status?: 'open'; kind?: string } = {}) =>
      (await staff.agent.get('/v1/cases', { query: { paymentId, ...filter } })).data,
    faults: async (body: object) => {
      const said = await call(platform.simulators, 'POST', '/faults', { body });
      expect(said.status).toBe(200);
    },
    /**
     * A statement is complete some hours after midnight (`isComplete`). What is asked for before that counts as asked for
     * after it, so that a test says the same in these hours as by day.
     */
    asByDay: async () => {
      const { sql } = platform.database;
      await sql`create function later() returns trigger language plpgsql as
        $$ begin new.started_at := new.started_at + interval '3 hours'; return new; end $$`;
      await sql`create trigger later before insert on payments.reconciliations for each row execute function later()`;
    },
    /** A statement of M-Pesa's was read before, and did not do: how many lines of ours it had then. */
    wasRead: async (date: LocalDate, { at = new Date(), until }: { at?: Date; until?: Date } = {}) => {
      const of = { market: 'KE', currency: 'KES', matched: 0, statement: 0, ledger: 0 } as const;
      const totals = [{ ...of, ...(until !== undefined && { until: until.toISOString() }) }];
      const report = { id: randomUUID(), provider: 'mpesa', market: 'KE', date, status: 'failed', totals } as const;
      await platform.database.db.insert(reconciliations).values({ ...report, startedAt: at, finishedAt: at });
    },
    /** Edits the books behind everybody's back, and returns what puts them right again. */
    tamper: async (paymentId: string, change: Partial<typeof attempts.$inferInsert>) => {
      const { db } = platform.database;
      const [before] = await db.select().from(attempts).where(eq(attempts.id, paymentId));
      if (before === undefined) throw new Error('no such payment');
      await db.update(attempts).set(change).where(eq(attempts.id, paymentId));
      return () => db.update(attempts).set(before).where(eq(attempts.id, paymentId));
    },
  };
}
