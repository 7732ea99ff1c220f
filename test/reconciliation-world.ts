import { eq } from 'drizzle-orm';
import { expect } from 'vitest';
import { z } from 'zod';
import { attempts } from '#db/schema/index';
import { listOf, shapes, type MarketplaceClient } from '#dev/client';
import { localDateAt } from '#domain/calendar';
import type { Market } from '#domain/markets';
import { call } from './api-world.ts';
import { cast } from './people.ts';
import { startTestPlatform } from './platform.ts';

const sum = z.object({ amount: z.number(), currency: z.string() });
export const report = z.object({
  id: z.string(),
  provider: z.string(),
  market: z.string().nullable(),
  date: z.string(),
  status: z.string(),
  matched: z.number(),
  differences: z.array(
    z.object({
      kind: z.string(),
      market: z.string(),
      receipt: z.string().nullable(),
      paymentId: z.string().nullable(),
      leaseId: z.string().nullable(),
      statementAmount: sum.nullable(),
      ledgerAmount: sum.nullable(),
      caseId: z.string(),
      remedy: z.string().nullable(),
    }),
  ),
  totals: z.array(z.object({ market: z.string(), statement: sum, ledger: sum })),
  failure: z.string().nullable(),
  finishedAt: z.string().nullable(),
});
export const moneyCase = z.object({
  id: z.string(),
  kind: z.string(),
  status: z.string(),
  paymentId: z.string().nullable(),
  resolution: z.string().nullable(),
});
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
    /** The report of a provider's day so far. */
    reconcile: (provider: Provider, more: object = {}) =>
      staff.admin.post('/v1/reconciliations', { provider, date: today(homes[provider]), ...more }, report),
    paymentsOf: async (client: MarketplaceClient, leaseId: string) =>
      (await client.get(`/v1/payments?leaseId=${leaseId}`, listOf(shapes.payment))).data,
    casesOf: async (paymentId: string, filter = '') =>
      (await staff.agent.get(`/v1/cases?paymentId=${paymentId}${filter}`, listOf(moneyCase))).data,
    faults: async (body: object) => {
      const said = await call(platform.simulators, 'POST', '/faults', { body });
      expect(said.status).toBe(200);
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
