import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { countCash } from '../lease-books.ts';
import { receivedFrom } from '#use-cases/payments/inbound-record';
import { decideCashDay } from '#use-cases/payments/cash/backdated-cash';
import { bookAgain as books } from '#use-cases/payments/reversal/book-again';
import type { Context } from '#use-cases/context';
import { advanceAsPaid } from '#use-cases/leases/advance-lease';
import { amountOf } from '#use-cases/leases/credit-shares';
import { floatOf } from '#db/queries/remittances';
import { standingReversals } from '#db/queries/reversals';
import { giveFromSuspense } from '#use-cases/payments/suspense/resolve-suspense';
import { putIntoSuspense } from '#use-cases/payments/inbound/place-inbound';
import { receiveMoney } from '#use-cases/payments/cash/receive-money';
import { declareRemittance, decideRemittance } from '#use-cases/payments/cash/remittances';
import { returnCredit } from '#use-cases/payments/refunds/return-credit';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';
import type { AttemptRow } from '#use-cases/payments/attempt-record';
import { uuidFor } from '#steering/uuid-for';
import { cases, inbound, remittances, users } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import type { ReceivedMoney } from '#domain/leases/orders';
import { takesPayments } from '#domain/leases/status';
import { marketRules } from '#domain/markets';
import { money } from '#domain/money';
import { untroubled, type Step, type Trouble } from './lives.ts';
import type { World } from './world.ts';

/** Money that is there already, in a hand or on a pay-bill; what is taken back of it; what is paid out. */

export async function receives(world: World, step: Extract<Step, { do: 'cash' | 'inbound' }>): Promise<void> {
  if (step.do === 'inbound') return inboundMoney(world, step);
  const agent = world.agents[step.agent] ?? world.agents[0];
  const paymentId = randomUUID();
  const paidOn = step.daysAgo === 0 ? undefined : world.dayAgo(step.daysAgo);
  const cash = { kind: 'cash', agentId: agent.id, receiptNumber: `R ${paymentId}`, paidOn } as const;
  const money = { paymentId, amount: world.whole(step.sum), ...cash };
  if (!takesPayments((await world.row()).status)) return;
  const taken = await world.person(step, agent, (context) => takes(world, context, money));
  if (taken === null) return;
  world.money.set(paymentId, money.amount);
  if (money.amount > 2 * world.owed) world.stage.saw('cash far above what is owed');
}

/** As the product takes money: its transaction moves the lease on that is paid by it. */
const takes = async ({ leaseId, stage }: World, context: Context, money: ReceivedMoney) =>
  advanceAsPaid(context, leaseId, await receiveMoney(context, stage.config, { leaseId, money }));

/** Somebody else confirms or rejects the day on which an agent says that he took cash. @returns false where none waits. */
export async function confirm(world: World, step: Extract<Step, { do: 'confirm' }>): Promise<boolean> {
  const { db, leaseId } = world;
  const isOpen = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'backdated_cash'), eq(cases.status, 'open'));
  const claims = await db.select({ caseId: cases.id }).from(cases).where(isOpen).orderBy(cases.openedAt);
  const claim = claims[step.which % Math.max(1, claims.length)];
  if (claim === undefined) return false;
  const decided = await world.person(step, world.admin, (context) =>
    decideCashDay(context, { leaseId, ...claim, decision: step.decision, resolution: 'test' }),
  );
  return decided !== null;
}

async function inboundMoney(world: World, step: Extract<Step, { do: 'inbound' }>): Promise<void> {
  const { provider, life } = world;
  const { currency } = marketRules(life.market);
  const [id, amount] = [randomUUID(), world.odd(step.sum)];
  const named = { account: world.reference, payerMasked: '+', receipt: id.toUpperCase() };
  const values = { id, provider, market: life.market, amount, currency, paidAt: world.ago(step.daysAgo), ...named };
  const [row] = await world.db
    .insert(inbound)
    .values({ ...values, status: 'announced' })
    .returning();
  if (row === undefined || step.to === 'nobody') return;
  if (step.to === 'lease' && takesPayments((await world.row()).status)) {
    const money = receivedFrom(row, id);
    const taken = await world.machine(step, (context) => takes(world, context, money));
    if (taken !== null) return void world.money.set(id, amount);
  }
  const suspend = () => putIntoSuspense({ db: world.db }, { inboundId: id, at: new Date(world.at) });
  await (step.tap === 'once' ? suspend() : Promise.all([suspend(), suspend()]));
}

/** An agent says whose money it is that waits in suspense; with `both`, of two at once, with one idempotency key. */
export async function resolve(world: World, step: Extract<Step, { do: 'resolve' }>): Promise<void> {
  const waiting = (await world.items()).filter(({ status }) => status === 'suspense');
  const key = randomUUID();
  const chosen = someOf(waiting, step);
  if (!takesPayments((await world.row()).status)) return;
  const given = await Promise.all(
    chosen.map(async ({ id, amount }) => {
      const paymentId = uuidFor('suspense', world.admin.id, `POST /v1/suspense/${id}/resolve ${key}`);
      const isGiven = await give(world, step, { inboundId: id, paymentId });
      if (isGiven) world.money.set(paymentId, amount);
      return isGiven;
    }),
  );
  if (given.length === 2 && given.every(Boolean)) world.stage.saw('one key for two of suspense');
}

async function give(world: World, trouble: Trouble, wish: { inboundId: string; paymentId: string }): Promise<boolean> {
  const { leaseId, admin, stage } = world;
  const taken = await world.person(trouble, admin, async (context) => {
    await giveFromSuspense(context, stage.config, { ...wish, leaseId });
    return true;
  });
  return taken === true;
}

/** A payment is taken back, or a part of it; with `both`, two of them at once, parts by one key. */
export async function reverse(world: World, step: Extract<Step, { do: 'reverse' }>): Promise<void> {
  const { leaseId } = world;
  const standing = (await world.payments()).filter(({ status, kind }) => status === 'succeeded' && kind !== 'refund');
  const reversalId = randomUUID();
  const taken = await Promise.all(
    someOf(standing, step).map(async (payment) => {
      const { id: attemptId, kind } = payment;
      if (step.part !== null) return takesPart(world, step, payment, { percent: step.part, reversalId });
      const places = [undefined, 'provider', 'suspense'] as const;
      const backTo = (to: (typeof places)[number]) =>
        world.person(step, world.admin, (context) =>
          reversePayment(context, { leaseId, attemptId, reason: 'test', to }),
        );
      const to = kind === 'inbound' ? places[step.which % 3] : undefined;
      if ((await backTo(to)) === null) return false;
      world.reversed.add(attemptId);
      // What of it had gone back is no refund of the lease any more.
      for (const { id, refundOf, status } of await world.payments())
        if (refundOf === attemptId && status === 'reversed') world.reversed.add(id);
      if (to === undefined) return true;
      world.moved = true;
      // Whoever has said so may say otherwise.
      if (step.which > 5) await backTo(to === 'provider' ? 'suspense' : 'provider');
      return true;
    }),
  );
  if (taken.length !== 2 || !taken.every(Boolean)) return;
  world.stage.saw(step.part === null ? 'two reversed at once' : 'one key for parts of two payments');
}

/** Its provider takes some percent of what is left of a payment, as often as it does. */
async function takesPart(
  world: World,
  trouble: Trouble,
  payment: AttemptRow,
  { percent, reversalId }: { readonly percent: number; readonly reversalId: string },
): Promise<boolean> {
  const { leaseId } = world;
  const { id: attemptId, kind } = payment;
  const amount = Math.ceil(((amountOf(payment) - payment.takenBack) * percent) / 100);
  const to = kind === 'inbound' ? ('provider' as const) : undefined;
  const part = { leaseId, attemptId, reason: 'test', to, amount, reversalId };
  const taken = await world.person(trouble, world.admin, (context) => reversePayment(context, part));
  if (taken === null) return false;
  if (kind === 'inbound') world.moved = true;
  const after = (await world.payments()).find(({ id }) => id === attemptId);
  if (after?.status === 'reversed') world.reversed.add(attemptId);
  else world.stage.saw(`a part taken back: ${world.begunIn}`);
  return true;
}

/** A reversal was a slip, or one part of it: somebody else books it again, in the transaction that ends a lease that it pays off. */
export async function bookAgain(world: World, step: Trouble & { readonly which: number }): Promise<void> {
  const { leaseId, otherAdmin } = world;
  const isBack = ({ status, takenBack }: AttemptRow) => status === 'reversed' || takenBack > 0;
  const reversed = (await world.payments()).filter((one) => isBack(one) && one.kind !== 'refund');
  for (const { id: attemptId } of someOf(reversed, { ...step, both: false })) {
    const parts = await standingReversals(world.db, attemptId);
    const part = step.which % 2 === 1 && parts.length > 1 ? parts[step.which % parts.length] : undefined;
    const again = { leaseId, attemptId, reason: 'test', transferId: part?.id };
    const booked = await world.person(step, otherAdmin, async (context) =>
      advanceAsPaid(context, leaseId, await books(context, again)),
    );
    if (booked !== null) world.reversed.delete(attemptId);
    if (booked !== null && part !== undefined) world.stage.saw('one part of several booked again');
  }
}

function someOf<T>(all: readonly T[], { which, both }: { which: number; both: boolean }): readonly T[] {
  const first = which % Math.max(1, all.length);
  return both ? all.toSpliced(0, first).slice(0, 2) : all.slice(first, first + 1);
}

/** Credit that has no way back is paid out in cash. */
export async function payOut(world: World, trouble: Trouble, agent: Actor, amount: number): Promise<boolean> {
  const { leaseId } = world;
  const paymentId = randomUUID();
  const order = { paymentId, leaseId, amount, receiptNumber: `P ${paymentId}` };
  await world.person(untroubled, world.admin, (context) => countCash(context, leaseId));
  const done = await world.person(trouble, agent, async (context) => {
    await returnCredit(context, world.stage.deps, order);
    return true;
  });
  if (done === true) world.money.set(paymentId, amount);
  return done === true;
}

/** An agent hands over a share of the cash that he has, and somebody in the office says whether it has come. */
export async function remit(world: World, step: Extract<Step, { do: 'remit' }>): Promise<void> {
  const { currency } = marketRules(world.life.market);
  const agent = world.agents[step.agent] ?? world.agents[0];
  const held = await floatOf(world.db, agent.id, currency);
  const amount = money(Math.ceil(held / step.share / world.unit) * world.unit, currency);
  if (amount.amount <= 0) return;
  const once = { faults: [], tap: 'once' } as const;
  const named = ({ id }: Actor, role: 'agent' | 'admin') => ({ id, role, name: 'x', phoneHash: id });
  await world.db
    .insert(users)
    .values([named(agent, 'agent'), named(world.admin, 'admin')])
    .onConflictDoNothing();
  const wish = { agentId: agent.id, amount, reference: null, id: randomUUID() };
  const declared = await world.person(once, agent, (context) => declareRemittance(context, wish));
  if (declared === null) return;
  const said = { agentId: agent.id, remittanceId: declared.id };
  await world.person(step, world.admin, (context) =>
    decideRemittance(context, { ...said, decision: step.decision, reason: 'test' }),
  );
  // A second decision is refused, also of one whose answer was lost.
  const [decided] = await world.db.select().from(remittances).where(eq(remittances.id, declared.id));
  if (decided?.status === 'confirmed')
    world.handedOver.set(agent.id, (world.handedOver.get(agent.id) ?? 0) + amount.amount);
}

/** What a lease was announced and does not have: it is put where people find it. */
export async function suspendRest(world: World): Promise<void> {
  for (const { id } of (await world.items()).filter(({ status }) => status === 'announced'))
    await putIntoSuspense({ db: world.db }, { inboundId: id, at: new Date(world.at) });
}
