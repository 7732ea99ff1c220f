import { and, eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { attempts } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { owedOf } from '#domain/leases/position';
import { hasEnded } from '#domain/leases/status';
import { startSuspenseWorld } from '#test/suspense-world';
import { TwoLeases, twoLeasesSteps } from '#test/two-leases-lives';
import { lockLease, positionAt } from '../../leases/lease-record.ts';

/**
 * What customers pay by themselves, given to one of two leases, taken back, booked again, refunded and given back, with all that
 * a provider may say of what goes back, while the leases end in their ways. Suspense holds what waits, clearing what the
 * provider has; each payment is in one place.
 * `PROPERTY_RUNS=500 npx vitest run use-cases/payments/suspense/two-leases.property.test.ts` lives more of them.
 */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 20);

const world = await startSuspenseWorld();
afterAll(world.close);
const { db, sql } = world.database;

/** By how much suspense and clearing are not what waits, and what the provider has: of all lives, so that of one it is what it adds. */
async function differences({ paidIn }: TwoLeases) {
  const [held] = await sql<{ waits: string; charged: string; refunded: string; gone: string; taken: string }[]>`
    select
      (select coalesce(sum(amount), 0) from payments.inbound where status in ('suspense', 'returning')) as waits,
      (select coalesce(sum(amount), 0) from payments.attempts where kind not in ('refund', 'inbound')) as charged,
      (select coalesce(sum(amount), 0) from payments.attempts where kind = 'refund' and status = 'succeeded') as refunded,
      (select coalesce(sum(-e.amount), 0) from ledger.entries e join ledger.accounts a on a.id = e.account_id
        where a.name = 'clearing:mtn' and e.transfer_id in (select transfer_id from payments.give_backs)) as gone,
      (select coalesce(sum(case when status = 'reversed' and source is null then amount else taken_back end), 0)
        from payments.attempts where kind = 'inbound')
      + (select coalesce(sum(amount), 0) from payments.inbound where status = 'returned' and returned_at is not null)
        as taken`;
  if (held === undefined) throw new Error('nothing is read');
  const [waits = 0, charged = 0, refunded = 0, gone = 0, taken = 0] = Object.values(held).map(Number);
  const [suspense, clearing] = await Promise.all([world.balance('suspense:mtn'), world.balance('clearing:mtn')]);
  return { suspense: suspense + waits, clearing: clearing - (charged + paidIn() - refunded - gone - taken) };
}

/** What is true after each step. */
async function check(life: TwoLeases, before: Awaited<ReturnType<typeof differences>>): Promise<void> {
  expect(await differences(life)).toEqual(before);
  for (const [id, sum] of life.items) expect(await placesOf(id), `item ${id}`).toBe(sum);
  for (const one of life.leases) {
    const { credit, disputed, status } = await one.row();
    const balances = await one.balances();
    expect([0 - (balances.get('unapplied') ?? 0), balances.get('disputed') ?? 0]).toEqual([credit, disputed]);
    const owed = await one.at(life.now(), async ({ tx, at }) => owedOf(positionAt(await lockLease(tx, one.id), at)));
    if (!hasEnded(status)) expect(balances.get('receivable') ?? 0, 'receivable').toBe(owed);
  }
}

/** All of a payment, wherever it is: it waits, a lease has it, it went back, or its provider took it. */
async function placesOf(inboundId: string): Promise<number> {
  const item = await world.itemOf(inboundId);
  const isIts = and(eq(attempts.kind, 'inbound'), eq(attempts.providerReference, item.receipt));
  const had = await db.select().from(attempts).where(isIts);
  // As it is booked: what had left suspense by then, by a person’s word, left by that, and the statement tells of the rest.
  const [back] = await sql<{ sum: string }[]>`
    select coalesce(sum(-e.amount), 0) as sum from ledger.entries e join ledger.accounts a on a.id = e.account_id
    where a.name = 'clearing:mtn'
      and e.transfer_id in (select transfer_id from payments.give_backs where inbound_id = ${inboundId})`;
  // Out of suspense, as its provider took it: what we gave back is not among it.
  const isTaken = item.status === 'returned' && item.returnedAt !== null;
  const waits = isTaken || item.status === 'suspense' || item.status === 'returning' ? item.amount : 0;
  const atLeases = had.reduce((sum, { status, source, amount, takenBack }) => {
    const isThere = status === 'succeeded' || source === null;
    return sum + (isThere ? amount : takenBack);
  }, 0);
  return waits + atLeases + Number(back?.sum);
}

it(
  'what waits is in suspense, what the provider has in clearing, and every payment in one place',
  { timeout: 120_000 + RUNS * 5_000, retry: 0 },
  async () => {
    await fc.assert(
      fc.asyncProperty(twoLeasesSteps, async (all) => {
        const life = new TwoLeases(world, [await world.running(), await world.over()]);
        const before = await differences(life);
        // The one owes so little that most of it is credit, the other one nothing at all.
        for (const sum of [15_000, 115_000]) await life.paysBill(sum);
        await life.does({ do: 'give', lease: 1, which: all.length });
        for (const one of all) {
          try {
            await life.does(one);
          } catch (error) {
            if (!(error instanceof Problem)) throw error;
          }
          await check(life, before);
        }
        await life.ends();
        await check(life, before);
      }),
      { numRuns: RUNS },
    );
  },
);
