import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { cases, giveBacks, reconciliations } from '#db/schema/index';
import { money } from '#domain/money';
import { system } from '#domain/identity/roles';
import { DAY_3, key, other, startSuspenseWorld } from '#test/suspense-world';
import { transact } from '../../../context.ts';
import { reconcileMarket } from '../../reconciliation/reconcile-market.ts';
import { bookAgain } from '../../reversal/book-again.ts';
import { resolveSuspense } from '../resolve-suspense.ts';
import { doubtGiveBack } from './ask-give-back.ts';
import { decideGiveBack } from './decide-give-back.ts';
import { recordGiveBack } from './give-back-record.ts';
import { orderGiveBack } from './order-give-back.ts';
import { sendGiveBack } from './send-give-back.ts';
import { wentBack } from './went-back.ts';

/** What went back is booked with its own sum, whatever waits now. */
const { database, deps, sent, through, stated, today, close, ...world } = await startSuspenseWorld();
afterAll(close);
const { db } = database;
const by = <T>(work: Parameters<typeof transact<T>>[3]) => transact(db, system('test'), new Date(), work);

/** 7,000 of a pay-bill were given back and not seen, since 3,000 were said to be taken; those were a slip: 10,000 wait. */
async function joined() {
  const lease = await world.running();
  const inboundId = await world.announced(10_000);
  await lease.receives(inboundId);
  await lease.reverses(inboundId, { to: 'provider', amount: 3_000, reversalId: randomUUID() });
  await lease.reverses(inboundId, { to: 'suspense' });
  const id = await world.givenBackUnseen(inboundId, 7_000, 30, 'not_confirmed');
  const again = { leaseId: lease.id, attemptId: inboundId, reason: 'y' };
  await lease.at(DAY_3, (context) => bookAgain({ ...context, actor: other }, again));
  expect(await world.itemOf(inboundId)).toMatchObject({ status: 'suspense', amount: 10_000, wentBack: 0 });
  const before = { suspense: await world.balance('suspense:mtn'), clearing: await world.balance('clearing:mtn') };
  const moved = async () => [
    (await world.balance('suspense:mtn')) - before.suspense,
    (await world.balance('clearing:mtn')) - before.clearing,
  ];
  const isDiffering = and(eq(cases.paymentId, inboundId), eq(cases.kind, 'differing_amount'));
  const differing = () => db.select({ detail: cases.detail }).from(cases).where(isDiffering);
  return { inboundId, id, moved, differing };
}
const rest = { status: 'suspense', amount: 3_000, wentBack: 7_000 };

it('a give-back that was taken for failed leaves with its own sum, and what is more waits on', async () => {
  const right = await world.running();
  const { inboundId, id, moved, differing } = await joined();
  through.set(id, 7_000);
  await resolveSuspense(deps, other, { inboundId, leaseId: right.id }, key());
  expect(await world.itemOf(inboundId)).toMatchObject({ status: 'posted', amount: 3_000, leaseId: right.id });
  expect(await moved()).toEqual([10_000, -7_000]);
  expect(await differing()).toEqual([]);
  const [row] = await db.select().from(giveBacks).where(eq(giveBacks.id, id));
  expect(row).toMatchObject({ status: 'succeeded', amount: 7_000, transferId: expect.any(String) });
});

it('so by a line of a statement, and the rest goes back by itself', async () => {
  const { inboundId, id, moved, differing } = await joined();
  const line = { inboundId, movementId: id, amount: 7_000, at: new Date(), receipt: 'STATED7' };
  expect(await by((context) => wentBack(context, line))).toBe(true);
  expect([await world.itemOf(inboundId), await moved()]).toMatchObject([rest, [7_000, -7_000]]);
  expect(await differing()).toEqual([]);
  const own = { inboundId, movementId: inboundId, amount: 3_000, at: new Date(), receipt: 'STATED3' };
  expect(await by((context) => wentBack(context, own))).toBe(true);
  expect([await world.itemOf(inboundId), await moved()]).toMatchObject([{ status: 'returned' }, [10_000, -10_000]]);
});

it('a line of another sum than its give-back is a case, and the give-back’s own sum is booked', async () => {
  const { inboundId, id, moved, differing } = await joined();
  const line = { inboundId, movementId: id, amount: 6_500, at: new Date(), receipt: 'STATED65' };
  expect(await by((context) => wentBack(context, line))).toBe(true);
  expect([await world.itemOf(inboundId), await moved()]).toMatchObject([rest, [7_000, -7_000]]);
  const detail = { asked: money(7_000, 'UGX'), confirmed: money(6_500, 'UGX') };
  expect(await differing()).toEqual([{ detail }]);
});

it('a newer give-back of the whole is not sent any more when a part turns out to be gone', async () => {
  const { inboundId, id } = await joined();
  await orderGiveBack(deps, other, { inboundId, reason: 'nobody’s' }, key());
  const rows = await db.select().from(giveBacks).where(eq(giveBacks.inboundId, inboundId));
  const newer = rows.find((one) => one.id !== id);
  const giveBackId = newer?.id ?? '';
  await deps.temporal.workflow.getHandle(`give-back-${giveBackId}`).terminate();
  await db.update(giveBacks).set({ sent: false, sentAt: null, status: 'pending' }).where(eq(giveBacks.id, giveBackId));
  const through7 = { state: 'succeeded', receipt: 'LATE7', amount: money(7_000, 'UGX') } as const;
  await by((context) => recordGiveBack(context, id, through7));
  expect(await world.itemOf(inboundId)).toMatchObject({ status: 'returning', amount: 3_000 });
  sent.length = 0;
  expect(await sendGiveBack(deps, { giveBackId })).toBe('failed');
  expect([sent, await world.itemOf(inboundId)]).toMatchObject([[], rest]);
});

it('what an admin decides is of the give-back’s sum', async () => {
  const { inboundId, id, moved } = await joined();
  const [pending, asked] = [{ status: 'pending', declined: null, settledAt: null } as const, { giveBackId: id }];
  await db.update(giveBacks).set(pending).where(eq(giveBacks.id, id));
  expect(await doubtGiveBack(deps, asked)).toBe('unknown');
  const said = { inboundId, outcome: 'succeeded', providerReference: 'SEEN7', reason: 'seen' } as const;
  await decideGiveBack(deps, other, said);
  expect([await world.itemOf(inboundId), await moved()]).toMatchObject([rest, [7_000, -7_000]]);
});

it('of what went back beyond what waited, since its provider had taken a part, the statement tells', async () => {
  const lease = await world.over();
  const inboundId = await world.waiting(10_000);
  const paymentId = await world.gives(inboundId, lease.id);
  const id = await world.refundUnseen(lease, 30);
  await lease.reverses(paymentId, { to: 'provider', amount: 1_000, reversalId: randomUUID() });
  await lease.reverses(paymentId, { to: 'suspense' });
  const clearing = await world.balance('clearing:mtn');
  const late = { state: 'succeeded', receipt: 'LATE10', amount: money(10_000, 'UGX') } as const;
  await by((context) => recordGiveBack(context, id, late));
  expect(await world.itemOf(inboundId)).toMatchObject({ status: 'returned' });
  expect((await world.balance('clearing:mtn')) - clearing).toBe(-9_000);

  const at = new Date();
  const line = { type: 'refund', receipt: 'LATE10', originalReceipt: null, reference: id, account: 'X', payer: null };
  stated.push({ ...line, amount: '10000', currency: 'UGX', at: at.toISOString() });
  const report = { id: randomUUID(), provider: 'mtn', market: 'UG', date: today } as const;
  await db.insert(reconciliations).values({ ...report, requestedBy: report.id, status: 'running', startedAt: at });
  await reconcileMarket(deps, { ...report, reconciliationId: report.id, at });
  const [found] = await db.select().from(reconciliations).where(eq(reconciliations.id, report.id));
  const differing = found?.differences.filter(({ receipt }) => receipt === 'LATE10');
  expect(differing).toMatchObject([{ kind: 'differs', statementAmount: 10_000, ledgerAmount: 9_000 }]);
});
