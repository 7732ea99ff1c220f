import { patched, uuid4 } from '@temporalio/workflow';
import { hasEnded } from '#domain/leases/status';
import type { AttemptOrder } from '#domain/payments/wire';
import { sendAndBook } from './collecting.ts';
import { paid } from './outcomes.ts';
import type { LeaseRun } from './run.ts';
import { goOnSettling, promptLater, stopSettling } from './settling.ts';

/** What no provider takes is tried again after so long, milliseconds. */
const NOT_TAKEN_MS = 1_800_000;

type SettlementOrder = Extract<AttemptOrder, { kind: 'settlement' }>;

/**
 * One prompt of a settlement. The provider's maximum may make several of it: one that is paid is followed by the next;
 * of one in doubt it is seen when that is known (`followDoubt`); one that fails ends it.
 *
 * @param until what no provider takes is tried again until then, epoch milliseconds
 */
export async function collectSettlement(lease: LeaseRun, order: SettlementOrder, until = 0): Promise<void> {
  if (!patched('settlements-go-on')) return collectAtOneGo(lease, order);
  const asked = Date.now();
  const outcome = await sendAndBook(lease, order);
  if (outcome === 'unknown') return;
  if (outcome === 'succeeded') {
    paid(lease, asked);
    return goOnSettling(lease, order, asked);
  }
  const isNotTaken = outcome === 'paused' || outcome === 'not_sent';
  if (isNotTaken && Date.now() < until) return promptLater(lease, order, Date.now() + NOT_TAKEN_MS, until);
  await stopSettling(lease, order);
}

/** The next prompt of a settlement that goes on; nothing waits for what becomes of it. */
export async function promptFurther(lease: LeaseRun): Promise<void> {
  const { settling } = lease.state;
  if (settling === null || settling === undefined) return;
  lease.state.settling = null;
  const { quoteId, paymentMethodId, until, prompted } = settling;
  const rang = prompted === undefined ? null : new Date(prompted).toISOString();
  const order = { attemptId: uuid4(), leaseId: lease.id, kind: 'settlement', quoteId, paymentMethodId, rang } as const;
  lease.inBackground(() => collectSettlement(lease, order, until));
}

/** As runs of before settle: all prompts after each other, and one in doubt ends it. */
async function collectAtOneGo(lease: LeaseRun, first: SettlementOrder): Promise<void> {
  const { attemptId: firstId, ...settlement } = first;
  for (let attemptId = firstId; ; attemptId = uuid4()) {
    const asked = Date.now();
    if ((await sendAndBook(lease, { ...settlement, attemptId })) !== 'succeeded') return;
    paid(lease, asked);
    if (hasEnded(lease.status)) return;
  }
}
