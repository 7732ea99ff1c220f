import { randomUUID } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { money } from '#domain/money';
import { admin, DAY_2, DAY_3, startSuspenseWorld } from '#test/suspense-world';
import { completeLease } from '../../leases/end-lease.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';
import { postPayment } from '../post-payment.ts';
import { reversePayment } from './reverse-payment.ts';

const { close, ...world } = await startSuspenseWorld();
afterAll(close);

it('of a charge whose refund came back its provider takes a part', async () => {
  const lease = await world.running();
  const { id: leaseId } = lease;
  const charge = await lease.isCharged(DAY_2, 109_000, { receipt: randomUUID().slice(0, 8).toUpperCase() });
  await lease.at(DAY_2, (context) => completeLease(context, { leaseId }));
  const attemptId = await world.refundUnseen(lease, 30);
  const final = { state: 'succeeded', receipt: 'OUT9000', amount: money(9_000, 'UGX') } as const;
  await lease.at(DAY_2, (context) => recordOutcome(context, attemptId, final));
  await lease.at(DAY_2, (context) => postPayment(context, { leaseId, attemptId }));
  const cameBack = { leaseId, attemptId, reason: 'dormant', receipt: 'BACK9000' };
  await lease.at(DAY_3, (context) => reversePayment({ ...context, actor: admin }, cameBack));
  expect(await lease.row()).toMatchObject({ credit: 9_000, disputed: 0 });
  await lease.reverses(charge, { to: 'provider', amount: 3_000, reversalId: randomUUID() });
  expect(await lease.row()).toMatchObject({ credit: 6_000, disputed: 0 });
});
