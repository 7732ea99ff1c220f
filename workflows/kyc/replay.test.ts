import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addDays, instantOf, localDateAt } from '#domain/calendar';
import { clockOf, fastForward } from '#platform/temporal/fast-forward';
import { createKycWorld, freshNumber, type KycWorld } from '#test/kyc-world';
import { itReplays, type History } from '#test/histories';
import { resetToFirstTask } from '#test/reset';
import { refuseWrites } from '#test/refusing';
import { decide, kycWorkflowId, status } from './messages.ts';

const DAY = 24 * 3_600_000;

let world: KycWorld;
beforeAll(async () => {
  world = await createKycWorld({ plainPayloads: true });
});
afterAll(() => world.close());

const handleOf = (userId: string, runId?: string) => world.temporal.workflow.getHandle(kycWorkflowId(userId), runId);
const later = (userId: string, ms: number) => fastForward(world.temporal, kycWorkflowId(userId), ms);

async function customerWith(ending: string, wanted: 'pending' | 'in_review' | 'approved' | 'rejected', more = {}) {
  const userId = await world.newCustomer();
  const id = await world.submit(userId, freshNumber(ending), more);
  const runId = (await handleOf(userId).describe()).runId;
  if (wanted === 'in_review') await later(userId, 70_000);
  await world.until(id, wanted);
  return { userId, id, runId, history: () => handleOf(userId).fetchHistory() };
}

/** One customer for each state that a check can be in when a new version is deployed. */
const states: Record<string, () => Promise<History>> = {
  async pending() {
    return (await customerWith('400', 'pending')).history();
  },
  async inReview() {
    return (await customerWith('400', 'in_review')).history();
  },
  async overdue() {
    const { userId, history } = await customerWith('400', 'in_review');
    await later(userId, 6 * DAY);
    return history();
  },
  async expiredUnseen() {
    const { userId, id, history } = await customerWith('400', 'in_review');
    await later(userId, 60 * DAY);
    await world.until(id, 'expired');
    await handleOf(userId).result();
    return history();
  },
  async rejected() {
    const { userId, history } = await customerWith('100', 'rejected');
    await handleOf(userId).result();
    return history();
  },
  async rejectedByAgent() {
    const { userId, id, history } = await customerWith('400', 'in_review');
    const actor = { role: 'agent', id: userId } as const;
    await handleOf(userId).executeUpdate(decide, {
      args: [{ submissionId: id, decision: 'rejected', reason: 'blurred', actor }],
    });
    await handleOf(userId).result();
    return history();
  },
  /** The run that ends in continue-as-new. */
  async approving() {
    const { userId, runId } = await customerWith('200', 'approved');
    await expect
      .poll(async () => (await handleOf(userId, runId).describe()).status.name, { timeout: 60_000 })
      .toBe('CONTINUED_AS_NEW');
    return handleOf(userId, runId).fetchHistory();
  },
  async approved() {
    const { userId, history } = await customerWith('ABC', 'approved');
    await expect
      .poll(async () => (await handleOf(userId).query(status)).waitsFor, { timeout: 60_000 })
      .toBe('the time to renew');
    return history();
  },
  async renewalDue() {
    const { userId, history } = await customerWith('ABC', 'approved');
    await later(userId, 671 * DAY);
    return history();
  },
  async renewing() {
    const { userId, history } = await customerWith('ABC', 'approved');
    await later(userId, 671 * DAY);
    await world.submit(userId, freshNumber('400'));
    return history();
  },
  async lapsed() {
    const { userId, id, history } = await customerWith('ABC', 'approved');
    await later(userId, 731 * DAY);
    await world.until(id, 'expired');
    await handleOf(userId).result();
    return history();
  },
  /** An operator has reset the run in which an agent has approved. */
  async approvedBeforeReset() {
    const { userId, id, runId } = await customerWith('400', 'in_review');
    const actor = { role: 'agent', id: userId } as const;
    const decision = { submissionId: id, decision: 'approved', reason: 'seen', actor } as const;
    await handleOf(userId).executeUpdate(decide, { args: [decision] });
    await world.until(id, 'approved');
    const isReset = await resetToFirstTask(world.temporal, kycWorkflowId(userId), runId);
    await later(userId, 70_000);
    await expect
      .poll(async () => (await handleOf(userId, isReset).describe()).status.name, { timeout: 60_000 })
      .toBe('CONTINUED_AS_NEW');
    return handleOf(userId, isReset).fetchHistory();
  },
  /** A renewal of the last minute that took longer to be recorded than anything waits for it. */
  async lapsedBesideRenewal() {
    const documentExpiresOn = addDays(localDateAt(Date.now(), 'UG'), 100);
    const { userId, id } = await customerWith('ABC', 'approved', { documentExpiresOn });
    const lapses = instantOf(addDays(documentExpiresOn, 1), 0, 'UG');
    const clock = await clockOf(world.temporal, kycWorkflowId(userId));
    await later(userId, lapses - clock.getTime() - 15_000);
    const refuse = (status: string) =>
      refuseWrites(world.database, 'kyc.submissions', {
        state: '53300',
        where: `new.user_id = '${userId}' and new.status = '${status}'`,
      });
    const [recording, lapsing] = [await refuse('pending'), await refuse('expired')];
    const renewal = world.submit(userId, freshNumber('400'));
    await later(userId, 120_000);
    await recording.mend();
    await later(userId, 60_000);
    const second = await renewal;
    await lapsing.mend();
    await later(userId, 60_000);
    await world.until(id, 'expired');
    await later(userId, 70_000);
    await world.until(second, 'in_review');
    expect((await handleOf(userId).query(status)).status).toBe('in_review');
    return handleOf(userId).fetchHistory();
  },
  /** A submission that the database refused comes again, and waits for an agent. */
  async cameAgain() {
    const userId = await world.newCustomer();
    const where = `new.user_id = '${userId}'`;
    const refusing = await refuseWrites(world.database, 'kyc.submissions', { state: '23514', where });
    await expect(world.submit(userId, freshNumber('400'))).rejects.toThrow();
    await refusing.mend();
    const id = await world.submit(userId, freshNumber('400'));
    await later(userId, 70_000);
    await world.until(id, 'in_review');
    return handleOf(userId).fetchHistory();
  },
};

itReplays(join(import.meta.dirname, 'histories'), states);

it('a webhook makes the workflow ask at once: the poll that waits is dropped', async () => {
  const { userId, runId } = await customerWith('100', 'rejected');
  await handleOf(userId).result();
  const { events } = await handleOf(userId, runId).fetchHistory();
  const asked = (events ?? []).filter(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'checkIdentity',
  );
  const signals = (events ?? []).filter(
    (event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'checked',
  );
  expect([asked.length, signals.length]).toEqual([2, 1]);
});
