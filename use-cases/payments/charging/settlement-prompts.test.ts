import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { attempts } from '#db/schema/index';
import { system, type Actor } from '#domain/identity/roles';
import { startCollecting } from '#test/collecting';
import { transact, type Context } from '../../context.ts';
import { confirmDeath, refuteDeath, reportDeath } from '../../leases/report-death.ts';
import { quoteSettlement } from '../../leases/settle-early.ts';
import { collect } from './collect.ts';

/** Further prompts of a settlement: by day, while its customer is at it, and not once he is said to have died. */
const { database, deps, instalment, at, close } = await startCollecting();
afterAll(close);

const MINUTE = 60_000;
const act = <T>(when: string, work: (context: Context) => Promise<T>, actor: Actor = system('test')) =>
  transact(database.db, actor, new Date(when), work);
const before = (when: string, minutes: number) => new Date(Date.parse(when) - minutes * MINUTE).toISOString();

/** A quote of a lease, at an hour of a day in Nairobi, and the order of a prompt of it. */
async function quoted(hour: number) {
  const lease = await instalment(hour);
  const { leaseId, paymentMethodId, order } = lease;
  const { id: quoteId } = await act(order.at, (context) => quoteSettlement(context, { leaseId }));
  const settlement = { attemptId: randomUUID(), leaseId, kind: 'settlement', quoteId, paymentMethodId } as const;
  return { ...lease, settlement: { ...settlement, at: order.at } };
}

it.each([
  ['a person asks for is sent at night', 23, undefined, 1],
  ['follows by itself is not sent at night', 23, null, 0],
  ['follows long after the one before is not sent at night', 23, 90, 0],
  ['follows while its customer is at it is sent at night', 23, 10, 1],
  ['follows by itself is sent by day', 10, null, 1],
])('a prompt that %s', async (_, hour, minutesAgo, expected) => {
  const { settlement, prompted } = await quoted(hour);
  const rang = typeof minutesAgo === 'number' ? before(settlement.at, minutesAgo) : minutesAgo;
  const order = rang === undefined ? settlement : { ...settlement, rang };
  const outcome = await collect(deps, { attempt: 1 }, order).catch(() => 'is asked about');
  expect([await prompted(), outcome]).toEqual([
    expected,
    expected === 1 ? 'is asked about' : expect.objectContaining({ status: 'failed', reason: 'not_sent' }),
  ]);
});

const agents = [randomUUID(), randomUUID()].map((id) => ({ role: 'agent', id }) as const);

it('who is said to have died is asked for no more of a settlement that was begun before; his estate is of its own', async () => {
  const { leaseId, settlement, open } = await quoted(10);
  const first = await open(settlement);
  await database.db
    .update(attempts)
    .set({ status: 'failed', reason: 'declined', settledAt: new Date() })
    .where(eq(attempts.id, first?.id ?? ''));
  const further = () => open({ ...settlement, attemptId: randomUUID(), rang: null });
  await act(at(11), (context) => reportDeath(context, { leaseId, note: 'his brother rang' }), agents[0]);
  expect(await further()).toBeNull();
  await act(at(12), (context) => confirmDeath(context, { leaseId, document: 'certificate 7' }), agents[1]);
  const { id: quoteId } = await act(at(13), (context) => quoteSettlement(context, { leaseId }));
  const ofEstate = { ...settlement, quoteId, attemptId: randomUUID() };
  expect(await act(at(13), async () => open(ofEstate))).toMatchObject({ kind: 'settlement' });
});

it('who was wrongly said to have died is asked for the rest of it', async () => {
  const { leaseId, settlement, open } = await quoted(10);
  await act(at(9), (context) => reportDeath(context, { leaseId, note: 'somebody rang' }), agents[0]);
  await act(at(10), (context) => refuteDeath(context, { leaseId, reason: 'he stands here' }), agents[1]);
  expect(await open({ ...settlement, rang: null })).toMatchObject({ kind: 'settlement' });
});
