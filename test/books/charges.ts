import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Context } from '#use-cases/context';
import { advanceAsPaid } from '#use-cases/leases/advance-lease';
import { quoteSettlement } from '#use-cases/leases/settle-early';
import type { AttemptRow } from '#use-cases/payments/attempt-record';
import { decideUnknown } from '#use-cases/payments/deciding/decide-unknown';
import { markUnknown } from '#use-cases/payments/outcomes/mark-unknown';
import { openAttempt } from '#use-cases/payments/charging/open-attempt';
import { postPayment } from '#use-cases/payments/post-payment';
import { refundsDue } from '#use-cases/payments/refunds/refunds';
import { recordOutcome } from '#use-cases/payments/outcomes/record-outcome';
import { attempts } from '#db/schema/index';
import { hasEnded, isRunning, takesPayments } from '#domain/leases/status';
import { money } from '#domain/money';
import type { AttemptOrder } from '#domain/payments/wire';
import { untroubled, type Claim, type Step, type Sum, type Trouble } from './lives.ts';
import { receives } from './received.ts';
import type { World } from './world.ts';

/** Money by mobile money: what is asked for, what the network says of it, and when. */

/** A prompt: a person's own of any amount, or an automatic one; then what the network claims, in any order and number. */
export async function charge(
  world: World,
  trouble: Trouble,
  { sum, claims, pending = false }: { sum: Sum | null; claims: readonly Claim[]; pending?: boolean },
): Promise<void> {
  const row = await world.row();
  const base = { attemptId: randomUUID(), leaseId: world.leaseId };
  if (sum !== null && !takesPayments(row.status)) return;
  if (sum === null && row.status !== 'awaiting_deposit' && !isRunning(row.status)) return;
  const order: AttemptOrder =
    sum === null
      ? { ...base, kind: isRunning(row.status) ? 'instalment' : 'deposit', method: 0 }
      : { ...base, kind: 'pay', paymentMethodId: row.paymentMethodId, amount: world.whole(sum) };
  await send(world, trouble, order, { claims, pending });
}

/** @param pending whether nobody has given up asking yet, where the network says nothing. */
async function send(
  world: World,
  trouble: Trouble,
  order: AttemptOrder,
  { claims, pending }: { claims: readonly Claim[]; pending: boolean },
): Promise<void> {
  const { leaseId, attemptId } = order;
  const opened = await world.machine(trouble, (context) => openAttempt(context, world.stage.deps, order));
  if (opened === null) return;
  await world.db.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId));
  for (const claim of claims) await hearOf(world, trouble, opened, claim, null);
  if (claims.length === 0 && !pending)
    await world.machine(trouble, (context) => markUnknown(context, { leaseId, attemptId }));
}

/** What of the amount that was asked for is confirmed. */
const shares: Readonly<Record<Claim, number>> = {
  paid: 1,
  'paid, receipt unknown': 1,
  'paid, receipt of another': 1,
  less: 0.507,
  more: 1.503,
  failed: 0,
};

/** What the network says of a charge; a statement says when it was paid as well. */
export async function hearOf(
  world: World,
  trouble: Trouble,
  { id, amount: asked, currency, requestedAt, createdAt, kind, refundOf }: AttemptRow,
  claim: Claim,
  paidOnLeaseClock: Date | null,
): Promise<void> {
  const { leaseId } = world;
  const isRefund = kind === 'refund';
  const share = isRefund ? 1 : shares[claim];
  const amount = Math.ceil(asked * share);
  const receipt = await receiptOf(world, id, claim);
  const final =
    claim === 'failed'
      ? ({ state: 'failed', reason: 'no_funds', detail: '' } as const)
      : ({ state: 'succeeded', receipt, amount: money(amount, currency) } as const);
  if (final.state === 'succeeded' && !world.money.has(id)) {
    world.money.set(id, amount);
    if (refundOf !== null && (await statusOf(world, id)) === 'failed') world.denied.add(refundOf);
  }
  const paidAt =
    paidOnLeaseClock === null
      ? null
      : new Date(
          Math.max(paidOnLeaseClock.getTime(), requestedAt.getTime()) - (requestedAt.getTime() - createdAt.getTime()),
        );
  await world.machine(trouble, (context) => recordOutcome(context, id, final, paidAt));
  await world.machine(trouble, (context) => posts(context, { leaseId, attemptId: id }));
}

/** As the product books a payment: its transaction moves the lease on that is paid by it. */
const posts = async (context: Context, payment: { leaseId: string; attemptId: string }) =>
  advanceAsPaid(context, payment.leaseId, await postPayment(context, payment));

async function receiptOf(world: World, id: string, claim: Claim): Promise<string | null> {
  if (claim === 'paid, receipt unknown') return null;
  return claim === 'paid, receipt of another' ? ((await receiptBeside(world, id)) ?? id) : id;
}

/** The receipt of another of the lease's payments. */
const receiptBeside = async (world: World, id: string) =>
  (await world.payments()).find((other) => other.id !== id && other.providerReference !== null)?.providerReference ??
  null;

const statusOf = async (world: World, id: string) => (await world.payments()).find((one) => one.id === id)?.status;

const isByNetwork = ({ provider, paymentMethodId }: AttemptRow) => provider !== 'cash' && paymentMethodId !== null;

/** At last, or once more, and perhaps otherwise than before, the network says what became of a charge. */
export async function hear(world: World, step: Extract<Step, { do: 'hear' }>): Promise<void> {
  const all = (await world.payments()).filter(isByNetwork);
  const open = all.filter(({ status }) => status === 'pending' || status === 'unknown');
  const from = open.length > 0 ? open : all;
  const one = from[step.which % Math.max(1, from.length)];
  if (one === undefined) return;
  await hearOf(world, step, one, step.claim, step.daysAgo === null ? null : world.ago(step.daysAgo));
}

/** An admin decides what nobody could say. */
export async function decide(world: World, step: Extract<Step, { do: 'decide' }>): Promise<void> {
  const { leaseId } = world;
  const unknown = async () => (await world.payments()).find(({ status }) => status === 'unknown');
  if ((await unknown()) === undefined) await charge(world, untroubled, { sum: null, claims: [] });
  const one = await unknown();
  if (one === undefined) return;
  const taken = step.receipt === 'taken' ? await receiptBeside(world, one.id) : null;
  const providerReference = { none: null, new: one.id, taken }[step.receipt];
  const paidOn = step.daysAgo === 0 ? undefined : world.dayAgo(step.daysAgo);
  const decision = { leaseId, attemptId: one.id, providerReference, reason: 'test', outcome: step.outcome, paidOn };
  const decided = await world.person(step, world.admin, (context) => decideUnknown(context, decision));
  if (decided?.status !== 'succeeded') return;
  world.money.set(one.id, one.amount);
  await world.machine(step, (context) => posts(context, { leaseId, attemptId: one.id }));
}

/** A quote, and the money for it, by whatever way. */
export async function settle(world: World, step: Extract<Step, { do: 'settle' }>): Promise<void> {
  const { leaseId } = world;
  const row = await world.row();
  if (!isRunning(row.status)) return;
  const quote = await world.person(step, world.admin, (context) => quoteSettlement(context, { leaseId }));
  if (quote === null || quote.amount === 0) return;
  const sum = { units: Math.ceil(quote.amount / world.unit), less: 0 };
  const claims = step.claims;
  switch (step.by) {
    case 'cash':
      return receives(world, { ...step, do: 'cash', sum, agent: 0, daysAgo: 0 });
    case 'inbound':
      return receives(world, { ...step, do: 'inbound', sum, to: 'lease', daysAgo: 0 });
    case 'pay':
      return charge(world, step, { sum, claims, pending: true });
    case 'prompt': {
      const order = { kind: 'settlement', paymentMethodId: row.paymentMethodId, quoteId: quote.id } as const;
      return send(world, step, { attemptId: randomUUID(), leaseId, ...order }, { claims, pending: true });
    }
  }
}

/** After the end the workflow gives back what can go the way it came: the first of what is due. */
export async function giveBack(world: World, trouble: Trouble, claims: readonly Claim[]): Promise<boolean> {
  const { leaseId } = world;
  if (!hasEnded((await world.row()).status)) return false;
  const due = await world.machine(trouble, (context) => refundsDue(context, world.stage.deps, { leaseId }));
  const next = due?.find(({ waitsFor }) => waitsFor === undefined);
  if (next === undefined) return false;
  const { refundOf, amount, attemptId = randomUUID() } = next;
  await send(world, trouble, { attemptId, leaseId, kind: 'refund', refundOf, amount }, { claims, pending: false });
  return true;
}
