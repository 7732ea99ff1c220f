import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, submissions } from '#db/schema/index';
import { eventually } from '#dev/client';
import { fastForward } from '#platform/temporal/fast-forward';
import type { IdentityCheckProvider } from '#providers/identity-check/provider';
import { ProviderFailure } from '#providers/provider-failure';
import { createKycWorld, freshNumber, type KycWorld } from '#test/kyc-world';
import { kycWorkflowId } from '#workflows/kyc/messages';
import { callbackSecret } from '#platform/callback-secret';
import { checkIdentity } from './check-identity.ts';
import { receiveIdentityCallback } from './receive-callback.ts';

/** How often the provider was really handed a submission, and what happens to its answers. */
const wire = { sent: 0, loseAnswers: false };
const lossy = (provider: IdentityCheckProvider): IdentityCheckProvider => ({
  ...provider,
  async submit(request) {
    wire.sent += 1;
    const answer = await provider.submit(request);
    if (wire.loseAnswers) throw new ProviderFailure('unknown', 'the connection broke');
    return answer;
  },
});

let world: KycWorld;
beforeAll(async () => {
  world = await createKycWorld({ wrap: lossy, webhooks: false });
});
afterAll(() => world.close());

const fault = (settings: object) =>
  fetch(`${world.simulators}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(settings),
  });
const webhooksOf = (userId: string) =>
  world.database.db
    .select()
    .from(audit)
    .where(and(eq(audit.subject, userId), eq(audit.type, 'kyc.callback')));

describe('a check of which the answer to the sending was lost', () => {
  it('is never sent again, goes to an agent, and is settled by the webhook that names the job', async () => {
    wire.sent = 0;
    wire.loseAnswers = true;
    const userId = await world.newCustomer();
    const id = await world.submit(userId);
    const row = await world.until(id, 'in_review');
    wire.loseAnswers = false;
    expect(row).toMatchObject({ jobId: null, reviewReason: expect.stringContaining('outcome_unknown') });
    expect(wire.sent).toBe(1);

    const jobId = (await sendAgain(userId)).jobId;
    const secret = callbackSecret(world.deps.encryption, id);
    const body = JSON.stringify({ status: 'clear', reason: null, message: '', job_id: jobId, user_id: userId });
    await receiveIdentityCallback(world.deps, { secret, body });
    expect(await world.until(id, 'approved')).toMatchObject({ jobId });
    expect(wire.sent).toBe(1);
  });
});

/** A job that the simulator knows, standing for the one whose id was lost. */
async function sendAgain(userId: string) {
  const selfie = { bytes: Buffer.from([0xff, 0xd8, 0xff]), mediaType: 'image/jpeg' };
  const provider = world.deps.identityCheck;
  if (provider === null) throw new Error('no provider');
  const before = wire.sent;
  const request = {
    submissionId: userId,
    userId,
    country: 'UG',
    documentType: 'nationalId',
    documentNumber: freshNumber(),
    selfie,
    document: selfie,
  } as const;
  const consent = { grantedAt: new Date(), noticeUrl: 'http://localhost/notice' };
  const answer = await provider.submit({ ...request, consent, callbackUrl: 'http://127.0.0.1:9/nowhere' });
  wire.sent = before;
  return answer;
}

describe('a webhook', () => {
  it('is not needed: polling comes to the same', async () => {
    const id = await world.submit(await world.newCustomer());
    expect(await world.until(id, 'approved')).toMatchObject({ verdict: { state: 'clear' } });
  });

  it('of somebody who was erased meanwhile leaves nothing of its verdict', async () => {
    const id = await world.submit(await world.newCustomer());
    await world.until(id, 'approved');
    const { db } = world.database;
    await db.update(submissions).set({ documentNumberHash: '', verdict: null }).where(eq(submissions.id, id));
    expect(await checkIdentity(world.deps, { submissionId: id })).toMatchObject({ state: 'clear' });
    expect((await world.submission(id)).verdict).toBeNull();
  });

  it('that lies changes nothing: the provider is asked', async () => {
    const userId = await world.newCustomer();
    const id = await world.submit(userId, freshNumber('400'));
    await eventually('the job', async () => (await world.submission(id)).jobId ?? undefined);
    const { jobId } = await world.submission(id);
    const body = JSON.stringify({ status: 'clear', reason: null, job_id: jobId, user_id: userId });
    for (let i = 0; i < 3; i++)
      await receiveIdentityCallback(world.deps, { secret: callbackSecret(world.deps.encryption, id), body });
    expect(await webhooksOf(userId)).toHaveLength(1);
    expect((await world.submission(id)).status).toBe('pending');
    await fastForward(world.temporal, kycWorkflowId(userId), 90_000);
    expect((await world.until(id, 'in_review')).verdict).toBeNull();
  });

  it('with a wrong secret is not found, and one that is no JSON is written down and believed even less', async () => {
    await expect(receiveIdentityCallback(world.deps, { secret: 'guess', body: '{}' })).rejects.toMatchObject({
      code: 'not_found',
    });
    const userId = await world.newCustomer();
    const id = await world.submit(userId);
    await world.until(id, 'approved');
    await receiveIdentityCallback(world.deps, { secret: callbackSecret(world.deps.encryption, id), body: 'nonsense' });
    expect((await webhooksOf(userId)).map(({ detail }) => detail)).toEqual([
      { submissionId: id, claimed: 'unreadable' },
    ]);
  });
});

describe('a provider that is down', () => {
  it('is tried until it is back', async () => {
    await fault({ down: true, providers: ['smileid'] });
    const id = await world.submit(await world.newCustomer());
    await eventually('a try', async () => (wire.sent > 0 ? true : undefined));
    await fault({});
    await world.until(id, 'approved');
  });

  it('for too long leaves it to an agent', async () => {
    await fault({ down: true, providers: ['smileid'] });
    const userId = await world.newCustomer();
    const id = await world.submit(userId);
    await fastForward(world.temporal, kycWorkflowId(userId), 90_000);
    const row = await world.until(id, 'in_review');
    await fault({});
    expect(row).toMatchObject({
      jobId: null,
      callbackHash: null,
      reviewReason: expect.stringContaining('no_answer_in_time'),
    });
  });
});
