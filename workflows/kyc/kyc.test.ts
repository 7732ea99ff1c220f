import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentKyc } from '#db/queries/kyc';
import { audit, outbox, submissions } from '#db/schema/index';
import { eventually } from '#dev/client';
import { addBusinessDays, addDays, localDateAt } from '#domain/calendar';
import { fastForward } from '#platform/temporal/fast-forward';
import { keyOfItsOwn } from '#steering/command-key';
import { createKycWorld, freshNumber, type KycWorld } from '#test/kyc-world';
import { resetToFirstTask } from '#test/reset';
import { visibilityCaughtUp } from '#test/visibility';
import { decideIdentity } from '#use-cases/kyc/decide-identity';
import { reviveWorkflows } from '#use-cases/upkeep/revive-workflows';
import { decide, kycWorkflowId, status } from './messages.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let world: KycWorld;
beforeAll(async () => {
  world = await createKycWorld();
});
afterAll(() => world.close());

const agent = { role: 'agent', id: '01900000-0000-7000-8000-00000000a9e7' } as const;
const handleOf = (userId: string) => world.temporal.workflow.getHandle(kycWorkflowId(userId));
const eventsOf = async (userId: string) =>
  (
    await world.database.db
      .select({ type: outbox.type })
      .from(outbox)
      .where(eq(outbox.subject, userId))
      .orderBy(outbox.number)
  ).map(({ type }) => type);
const decideAs = (userId: string, submissionId: string, decision: 'approved' | 'rejected') =>
  handleOf(userId).executeUpdate(decide, {
    args: [{ submissionId, decision, reason: 'seen by an agent', actor: agent }],
  });
/** Moves the clock of one customer's check. */
const later = (userId: string, ms: number) => fastForward(world.temporal, kycWorkflowId(userId), ms);

/** A submission that waits for an agent, because its number is known already under another account. */
async function inReview(more: Parameters<KycWorld['submit']>[2] = {}) {
  const number = freshNumber();
  await world.until(await world.submit(await world.newCustomer(), number), 'approved');
  const userId = await world.newCustomer();
  const id = await world.submit(userId, number, more);
  await world.until(id, 'in_review');
  return { userId, id };
}

describe.concurrent('the automated check', () => {
  it('approves a match, with its event, until two years later', async () => {
    const userId = await world.newCustomer();
    const id = await world.submit(userId);
    const row = await world.until(id, 'approved');
    expect(row).toMatchObject({ verdict: { state: 'clear' }, decidedBy: null, reason: null });
    expect(row.expiresOn).toBe(addDays(localDateAt(Date.now(), 'UG'), 730));
    expect(await eventsOf(userId)).toEqual(['kyc.submitted', 'kyc.approved']);
    expect(await currentKyc(world.database.db, userId)).toEqual({
      status: 'approved',
      submissionId: id,
      expiresOn: row.expiresOn,
    });
  });

  it('is the same submission when its answer was lost, and is asked for again after it was approved', async () => {
    const userId = await world.newCustomer();
    const key = keyOfItsOwn();
    const id = await world.submit(userId, freshNumber(), { key });
    await world.until(id, 'approved');
    expect(await world.submit(userId, freshNumber(), { key })).toBe(id);
  });

  it.each([
    ['100', /registry/],
    ['300', /genuine/],
  ])('rejects a number that ends in %s, in words for the customer', async (ending, reason) => {
    const userId = await world.newCustomer();
    const row = await world.until(await world.submit(userId, freshNumber(ending)), 'rejected');
    expect(row.reason).toMatch(reason);
    expect(await eventsOf(userId)).toEqual(['kyc.submitted', 'kyc.rejected']);
    await eventually('the workflow to end', async () =>
      (await handleOf(userId).describe()).status.name === 'COMPLETED' ? true : undefined,
    );
  });

  it('tries again where the provider fails twice, and approves', async () => {
    const row = await world.until(await world.submit(await world.newCustomer(), freshNumber('200')), 'approved');
    expect(row.jobId).not.toBeNull();
  });

  it('hands over to an agent where the provider never answers, at the deadline and not before', async () => {
    const userId = await world.newCustomer();
    const id = await world.submit(userId, freshNumber('400'));
    await later(userId, 45_000);
    expect((await world.submission(id)).status).toBe('pending');
    await later(userId, 30_000);
    const row = await world.until(id, 'in_review');
    expect(row.reviewReason).toContain('no_answer_in_time');
    await decideAs(userId, id, 'approved');
    expect(await world.until(id, 'approved')).toMatchObject({ decidedBy: agent.id, reason: 'seen by an agent' });
  });

  it('gives a number that is known under another account to an agent, and does not tell the customer why', async () => {
    const { id } = await inReview();
    const row = await world.submission(id);
    expect(row.reviewReason).toContain('document_of_another_customer');
    expect(row.reason).toBeNull();
  });
});

describe.concurrent('an agent', () => {
  it('decides once: a second decision is refused', async () => {
    const { userId, id } = await inReview();
    expect(await decideAs(userId, id, 'rejected')).toEqual({ submissionId: id, status: 'rejected' });
    expect(await world.until(id, 'rejected')).toMatchObject({ decidedBy: agent.id });
    await expect(decideAs(userId, id, 'approved')).rejects.toThrow();
  });

  it('does not decide on what he has handed in: that he did is on record with the papers, in one transaction', async () => {
    const { id } = await inReview({ by: agent });
    const { db, sql } = world.database;
    // A process that dies after the one has written the other.
    const [together] = await sql`
      select 1 from kyc.submissions s join events.audit a on a.key = 'kyc.handed_in:' || s.id
      where s.id = ${id} and a.at = s.created_at and a.actor->>'id' = ${agent.id}`;
    expect(together).toBeDefined();
    const deps = { db, temporal: world.temporal };
    const decision = { submissionId: id, decision: 'approved', reason: 'looks fine' } as const;
    await expect(decideIdentity(deps, { ...decision, actor: agent })).rejects.toMatchObject({ code: 'same_person' });
    await decideIdentity(deps, { ...decision, actor: { role: 'agent', id: randomUUID() } });
    await world.until(id, 'approved');
  });

  it('does not decide what is not in review', async () => {
    const userId = await world.newCustomer();
    const id = await world.submit(userId);
    await world.until(id, 'approved');
    const refused = await decideAs(userId, id, 'rejected').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
    const cause = refused instanceof WorkflowUpdateFailedError ? refused.cause : undefined;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect(cause).toMatchObject({ type: 'Problem', details: ['invalid_state', 'the submission is not in review', []] });
  });

  it('is late after two business days, which is noted, and after twenty the submission expires', async () => {
    const { userId, id } = await inReview();
    const overdue = () =>
      world.database.db
        .select()
        .from(audit)
        .where(and(eq(audit.subject, userId), eq(audit.type, 'kyc.review_overdue')));
    const due = (await world.submission(id)).reviewDueAt?.getTime() ?? 0;
    expect(Math.abs(due - addBusinessDays(Date.now(), 2, 'UG'))).toBeLessThan(60_000);
    await later(userId, due - Date.now() - HOUR);
    expect(await overdue()).toHaveLength(0);
    await later(userId, 2 * HOUR);
    expect(await overdue()).toHaveLength(1);
    expect(await handleOf(userId).query(status)).toMatchObject({
      status: 'in_review',
      waitsFor: expect.stringContaining('overdue'),
    });
    await later(userId, 45 * DAY);
    expect(await world.until(id, 'expired')).toMatchObject({ reason: expect.stringContaining('submit again') });
  });
});

describe.concurrent('an operator who resets the check to its first task', () => {
  it('takes no approval back that an agent gave, and it is watched on', async () => {
    const { userId, id } = await inReview();
    const { runId } = await handleOf(userId).describe();
    await decideAs(userId, id, 'approved');
    const { expiresOn } = await world.until(id, 'approved');
    await resetToFirstTask(world.temporal, kycWorkflowId(userId), runId);
    await eventually('the watch', async () =>
      (await handleOf(userId).query(status)).waitsFor === 'the time to renew' ? true : undefined,
    );
    await later(userId, 45 * DAY);
    expect(await world.submission(id)).toMatchObject({ status: 'approved', reason: 'seen by an agent', expiresOn });
    expect(await currentKyc(world.database.db, userId)).toMatchObject({ status: 'approved' });
  });

  it('takes nothing up again that an agent has rejected, whatever was approved since', async () => {
    const { userId, id } = await inReview();
    const { runId } = await handleOf(userId).describe();
    await decideAs(userId, id, 'rejected');
    await handleOf(userId).result();
    const second = await world.submit(userId);
    await world.until(second, 'approved');
    await resetToFirstTask(world.temporal, kycWorkflowId(userId), runId);
    await handleOf(userId).result();
    expect(await world.submission(id)).toMatchObject({ status: 'rejected', reason: 'seen by an agent' });
    expect(await currentKyc(world.database.db, userId)).toMatchObject({ status: 'approved', submissionId: second });
  });
});

describe.concurrent('a check whose workflow died', () => {
  const revive = async () => {
    await visibilityCaughtUp(world.temporal);
    await reviveWorkflows({ ...world.deps, config: world.config }, () => {});
  };
  const dies = (userId: string) => handleOf(userId).terminate('died in a test');

  it('goes on from the books: its submission is decided, and its customer is not shut out', async () => {
    const { userId, id } = await inReview();
    await dies(userId);
    await revive();
    const runs = async () => ((await handleOf(userId).query(status)).status === 'in_review' ? true : undefined);
    await eventually('the review', runs);
    expect(await decideAs(userId, id, 'rejected')).toEqual({ submissionId: id, status: 'rejected' });
    await world.until(await world.submit(userId), 'approved');
    const restarted = and(eq(audit.subject, userId), eq(audit.type, 'kyc.check_restarted'));
    expect(await world.database.db.select().from(audit).where(restarted)).toHaveLength(1);
  });

  it('forgets no approval: nothing takes its place, and it lapses', async () => {
    const userId = await world.newCustomer();
    const documentExpiresOn = addDays(localDateAt(Date.now(), 'UG'), 100);
    const id = await world.submit(userId, freshNumber(), { documentExpiresOn });
    await world.until(id, 'approved');
    await dies(userId);
    await expect(world.submit(userId, freshNumber('300'))).rejects.toMatchObject({ code: 'conflict' });
    expect(await currentKyc(world.database.db, userId)).toMatchObject({ status: 'approved', submissionId: id });
    // The day of its renewal comes, by the wall's clock.
    const soon = addDays(localDateAt(Date.now(), 'UG'), 10);
    await world.database.db.update(submissions).set({ expiresOn: soon }).where(eq(submissions.id, id));
    await eventually(
      'the run of the refused submission to end',
      async () => {
        await revive();
        const { status: run } = await handleOf(userId).describe();
        return run.name === 'RUNNING' && (await handleOf(userId).query(status)).submissionId === id ? true : undefined;
      },
      120_000,
    );
    await later(userId, 11 * DAY);
    await world.until(id, 'expired');
  });
});

describe.concurrent('one customer', () => {
  it('has one submission at a time, and a new one after a rejection', async () => {
    const userId = await world.newCustomer();
    const slow = await world.submit(userId, freshNumber('400'));
    await expect(world.submit(userId)).rejects.toMatchObject({ code: 'conflict' });
    await later(userId, 2 * 60_000);
    await world.until(slow, 'in_review');
    await decideAs(userId, slow, 'rejected');
    const second = await world.submit(userId);
    expect((await world.until(second, 'approved')).id).not.toBe(slow);
  });

  it('makes one submission of two that come at once', async () => {
    const userId = await world.newCustomer();
    const both = await Promise.allSettled([world.submit(userId), world.submit(userId)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await eventsOf(userId)).toContain('kyc.submitted');
    expect((await eventsOf(userId)).filter((type) => type === 'kyc.submitted')).toHaveLength(1);
  });

  it('renews before the approval lapses; the renewal takes its place', async () => {
    const userId = await world.newCustomer();
    const first = await world.submit(userId);
    await world.until(first, 'approved');
    const tooEarly = await world.submit(userId).catch((error: unknown) => error);
    expect(tooEarly).toMatchObject({ code: 'conflict' });
    await later(userId, 671 * DAY);
    const second = await world.submit(userId);
    const renewed = await world.until(second, 'approved');
    expect((renewed.expiresOn ?? '') > (addDays(localDateAt(Date.now(), 'UG'), 1_300) as string)).toBe(true);
    expect((await world.submission(first)).status).toBe('expired');
    expect(await currentKyc(world.database.db, userId)).toMatchObject({ status: 'approved', submissionId: second });
  });

  it('is not approved any more once the document has lapsed', async () => {
    const userId = await world.newCustomer();
    const documentExpiresOn = addDays(localDateAt(Date.now(), 'UG'), 100);
    const id = await world.submit(userId, freshNumber(), { documentExpiresOn });
    expect(await world.until(id, 'approved')).toMatchObject({ expiresOn: addDays(documentExpiresOn, 1) });
    await later(userId, 99 * DAY);
    expect((await world.submission(id)).status).toBe('approved');
    await later(userId, 3 * DAY);
    expect(await world.until(id, 'expired')).toMatchObject({ reason: 'The approval has lapsed.' });
    expect(await currentKyc(world.database.db, userId)).toMatchObject({ status: 'expired' });
  });

  it.each([
    ['approves it', 'approved'],
    ['lets it lapse', 'expired'],
  ] as const)('stays approved while a renewal in time is looked at, until an agent %s', async (_what, outcome) => {
    const userId = await world.newCustomer();
    const documentExpiresOn = addDays(localDateAt(Date.now(), 'UG'), 100);
    const first = await world.submit(userId, freshNumber(), { documentExpiresOn });
    await world.until(first, 'approved');
    await later(userId, 95 * DAY);
    const second = await world.submit(userId, freshNumber('400'));
    await later(userId, 2 * HOUR);
    await world.until(second, 'in_review');
    await later(userId, 10 * DAY);
    expect((await world.submission(first)).status).toBe('approved');
    if (outcome === 'approved') await decideAs(userId, second, 'approved');
    else await later(userId, 45 * DAY);
    await world.until(second, outcome);
    await world.until(first, 'expired');
    expect(await currentKyc(world.database.db, userId)).toMatchObject({ status: outcome });
  });
});
