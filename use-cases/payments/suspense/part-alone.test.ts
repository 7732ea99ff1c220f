import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { DAY_2, DAY_3, other, startSuspenseWorld } from '#test/suspense-world';
import { findAttempt } from '#db/queries/payments';
import { standingReversals, takenOfReceipt } from '#db/queries/reversals';
import type { ReversedTo } from '#domain/leases/orders';
import { completeLease } from '../../leases/end-lease.ts';
import { payerOf } from '../attempt-record.ts';
import { keepTakenBackLine } from '../lines/taken-back-line.ts';
import { bookAgain } from '../reversal/book-again.ts';
import { giveUpDispute } from '../reversal/give-up-dispute.ts';

/** Of a pay-bill of 10,000 what was left, 7,000, went back out of suspense; its part of 3,000 alone is the lease's again. */
const { database, deps, close, ...world } = await startSuspenseWorld();
afterAll(close);

type Lease = Awaited<ReturnType<typeof world.running>>;

/** Its provider was said to have taken 3,000, and 7,000 wait in suspense. */
async function parted() {
  const lease = await world.running();
  const id = await world.announced(10_000);
  await lease.receives(id);
  const before = await world.balance('suspense:mtn');
  await lease.reverses(id, { to: 'provider', amount: 3_000, reversalId: randomUUID() });
  await lease.reverses(id, { to: 'suspense' });
  const waits = async () => before - (await world.balance('suspense:mtn'));
  return { lease, id, waits };
}

/** A statement has a line by which the rest went back, and then a person says so. */
async function restGoesBack(lease: Lease, id: string, inboundId = id) {
  const item = await world.itemOf(inboundId);
  const line = { receipt: `B${item.receipt}`, originalReceipt: item.receipt, amount: item.amount, at: Date.now() };
  await lease.at(DAY_3, (context) => keepTakenBackLine(context, item, line, null));
  await lease.reverses(id, { to: 'provider' });
}

const again = (lease: Lease, attemptId: string, transferId?: string) =>
  lease.at(DAY_3, (context) =>
    bookAgain({ ...context, actor: other }, { leaseId: lease.id, attemptId, reason: 'it is there', transferId }),
  );

async function alone(first: (lease: Lease) => Promise<unknown> = () => Promise.resolve()) {
  const { lease, id, waits } = await parted();
  await restGoesBack(lease, id);
  expect(await world.itemOf(id)).toMatchObject({ status: 'returned', amount: 7_000 });
  await first(lease);
  await again(lease, id);
  expect(await waits()).toBe(0);
  return { lease, id, waits };
}

it('it is not the lease’s while a person alone says that the rest went back: that waits still, where he has slipped', async () => {
  const { lease, id, waits } = await parted();
  await lease.reverses(id, { to: 'provider' });
  await expect(again(lease, id)).rejects.toMatchObject({ code: 'conflict' });
  await lease.reverses(id, { to: 'suspense' });
  await again(lease, id);
  expect(await world.itemOf(id)).toMatchObject({ status: 'suspense', amount: 10_000, wentBack: 0 });
  expect(await waits()).toBe(10_000);
});

it('it is not put into suspense any more, nor moved there from its provider: a line of the rest would be taken for it', async () => {
  for (const first of [[], [{ to: 'provider' } as const]]) {
    const { lease, id, waits } = await alone();
    for (const said of first) await lease.reverses(id, said);
    await expect(lease.reverses(id, { to: 'suspense' })).rejects.toMatchObject({ code: 'conflict' });
    expect([await world.itemOf(id), await waits()]).toMatchObject([{ status: 'returned', amount: 7_000 }, 0]);
  }
});

it('what of it is credit goes back to its payer', async () => {
  const { lease, id } = await alone(async (its) => {
    await its.isCharged(DAY_2, 100_000);
    await its.at(DAY_2, (context) => completeLease(context, { leaseId: its.id }));
  });
  const refund = await findAttempt(database.db, await world.refundUnseen(lease, 30));
  expect(refund).toMatchObject({ refundOf: id, amount: 3_000 });
  if (refund === undefined) throw new Error('there is no refund');
  expect((await payerOf(database.db, deps.encryption, refund)).phone).toBe('+256772000100');
});

it('what was sent of the rest and not seen is nothing that went back of it', async () => {
  const lease = await world.over();
  const inboundId = await world.waiting(10_000);
  const id = await world.gives(inboundId, lease.id);
  await lease.reverses(id, { to: 'provider', amount: 3_000, reversalId: randomUUID() });
  await world.refundUnseen(lease, 30);
  await lease.reverses(id, { to: 'suspense' });
  await restGoesBack(lease, id, inboundId);
  await again(lease, id);
  expect(await lease.row()).toMatchObject({ credit: 3_000 });
  await lease.reverses(id, { to: 'provider', amount: 1_000, reversalId: randomUUID() });
  expect(await lease.row()).toMatchObject({ credit: 2_000 });
});

describe('of two parts', () => {
  /** Of a lease that is over, and of which 3,000 and then 2,000 are in dispute; 5,000 went back out of suspense. */
  async function two({ givesUp, ways }: { givesUp: boolean; ways: readonly ReversedTo[] }) {
    const lease = await world.running();
    const id = await world.announced(10_000);
    await lease.receives(id);
    await lease.isCharged(DAY_2, 90_000);
    await lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
    const takes = (amount: number) => lease.reverses(id, { to: 'provider', amount, reversalId: randomUUID() });
    await takes(3_000);
    const wish = { leaseId: lease.id, decisionId: randomUUID(), reason: 'he has nothing' };
    if (givesUp) await lease.at(DAY_3, (context) => giveUpDispute({ ...context, actor: other }, wish));
    await takes(2_000);
    for (const to of ways) await lease.reverses(id, { to });
    await restGoesBack(lease, id);
    const [first, second] = await standingReversals(database.db, id);
    const { receipt } = await world.itemOf(id);
    const taken = async () =>
      (await takenOfReceipt(database.db, { provider: 'mtn', market: 'UG' }, receipt))
        .map(({ amount }) => amount)
        .toSorted();
    const disputed = async () => (await lease.row()).disputed;
    return { lease, id, first: first?.id, second: second?.id, taken, disputed };
  }

  it('one that was given up stays, and the other alone is the lease’s again', async () => {
    const { lease, id, first, second, taken, disputed } = await two({ givesUp: true, ways: ['suspense'] });
    expect(await disputed()).toBe(7_000);
    for (const part of [undefined, first])
      await expect(again(lease, id, part)).rejects.toMatchObject({ code: 'invalid_state' });
    for (const _ of ['once', 'again']) await again(lease, id, second);
    expect([await disputed(), await taken()]).toEqual([5_000, [3_000]]);
    expect(await findAttempt(database.db, id)).toMatchObject({ settledAmount: 5_000, takenBack: 3_000 });
    await lease.reverses(id, { to: 'provider' });
    expect([await disputed(), await taken()]).toEqual([7_000, [2_000, 3_000]]);
  });

  it.each([[['suspense']], [['provider', 'suspense']]] as const)(
    'each is booked again alone, the rest once in %j',
    async (ways) => {
      const { lease, id, first, second, taken, disputed } = await two({ givesUp: false, ways });
      await again(lease, id, second);
      expect([await disputed(), await taken()]).toEqual([8_000, [3_000]]);
      expect((await standingReversals(database.db, id)).map((one) => one.id)).toEqual([first]);
      await again(lease, id, first);
      expect([await disputed(), await taken()]).toEqual([5_000, []]);
      expect(await findAttempt(database.db, id)).toMatchObject({ settledAmount: 5_000, takenBack: 0 });
    },
  );
});
