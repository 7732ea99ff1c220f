import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notifications } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { localDateAt } from '#domain/calendar';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { refusal } from '#test/refusal';
import { tellLateSteps } from '#use-cases/collateral/tell-late-steps';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const path = ({ id }: { readonly id: string }) => ({ path: { id } });
const DAY = 86_400_000;
const today = () => localDateAt(Date.now(), 'UG');
const stepOf = (leaseId: string, kind: 'registration' | 'discharge' | 'title') =>
  eventually(`the ${kind}`, async () => {
    const { data } = await staff.agent.get('/v1/collateral-steps', { query: { leaseId, kind } });
    return data[0];
  });
const done = (step: { readonly id: string }, by = staff.agent, on: string = today()) =>
  by.post('/v1/collateral-steps/{id}/done', { ...path(step), body: { on, reference: 'R 1' } });
const sweep = (days: number) => tellLateSteps(platform.deps.db, new Date(Date.now() + days * DAY), () => {});
const casesOf = async (leaseId: string) =>
  (await staff.agent.get('/v1/cases', { query: { leaseId, kind: 'collateral_overdue' } })).data;

describe('what has to be done at registers', () => {
  it('begins with the handover, is owed to who has paid, and is not forgotten with the lease', async () => {
    const owner = await newCustomer(platform, { digits: '100' });
    const lease = await leaseIn('active', owner, staff);
    const registration = await stepOf(lease.id, 'registration');
    expect(registration).toMatchObject({ status: 'open', isLate: false, isTermOfLaw: false });
    expect(await refusal(done(registration, owner.client))).toEqual([403, 'forbidden']);
    const stranger = await newCustomer(platform);
    expect(await refusal(stranger.client.get('/v1/collateral-steps/{id}', path(registration)))).toEqual([
      404,
      'not_found',
    ]);
    const drop = staff.agent.post('/v1/collateral-steps/{id}/drop', { ...path(registration), body: { reason: 'x' } });
    expect(await refusal(drop)).toEqual([403, 'forbidden']);
    expect(await refusal(done(registration, staff.agent, '2999-01-01'))).toEqual([422, 'unprocessable', 'on']);
    expect(await done(registration)).toMatchObject({ status: 'done', reference: 'R 1' });
    expect(await refusal(done(registration))).toEqual([409, 'invalid_state']);

    const { reference, outstanding } = await owner.client.get('/v1/leases/{id}', path(lease));
    const { amount, currency } = outstanding;
    const bill = { provider: 'mtn', payer: owner.phone, account: reference, amount, currency } as const;
    await new SimulatorClient(platform.simulators).post('/pay-bill', { body: bill });
    await leaseThat(owner.client, lease.id, 'owned', ({ status }) => status === 'completed');
    const [discharge, title] = [await stepOf(lease.id, 'discharge'), await stepOf(lease.id, 'title')];
    expect(await refusal(owner.client.delete('/v1/me', {}))).toEqual(
      expect.arrayContaining([409, `collateral.${discharge.id}`, `collateral.${title.id}`]),
    );

    // In time nobody is told; late it is a case, and again a week after it was closed with nothing done.
    await sweep(13);
    expect(await casesOf(lease.id)).toEqual([]);
    await sweep(16);
    await sweep(16);
    const late = await casesOf(lease.id);
    expect(late.map((one) => one.detail['kind']).toSorted()).toEqual(['discharge', 'title']);
    const ofTitle = late.find((one) => one.detail['kind'] === 'title');
    await staff.agent.post('/v1/cases/{id}/close', {
      path: { id: ofTitle?.id ?? '' },
      body: { resolution: 'on its way' },
    });
    await sweep(18);
    expect((await casesOf(lease.id)).filter(({ status }) => status === 'open')).toHaveLength(1);
    await sweep(24);
    expect((await casesOf(lease.id)).filter(({ status }) => status === 'open')).toHaveLength(2);

    await done(title);
    await staff.admin.post('/v1/collateral-steps/{id}/drop', {
      ...path(discharge),
      body: { reason: 'struck already' },
    });
    expect((await casesOf(lease.id)).filter(({ status }) => status === 'open')).toEqual([]);
    await eventually('that he is told', async () => {
      const isIt = and(eq(notifications.userId, owner.id), eq(notifications.template, 'title_transferred'));
      return (await platform.deps.db.$count(notifications, isIt)) === 1 || undefined;
    });
    const mine = await owner.client.get('/v1/collateral-steps', {});
    expect(mine.data.map(({ kind, status }) => `${kind} ${status}`).toSorted()).toEqual([
      'discharge dropped',
      'registration done',
      'title done',
    ]);
    expect(await owner.client.get('/v1/me/export')).toMatchObject({ collateral: [{}, {}, {}] });
  });

  it('is no discharge where nothing was registered in time, and what was to be registered is dropped', async () => {
    const owner = await newCustomer(platform, { digits: '100' });
    const lease = await leaseIn('active', owner, staff);
    await stepOf(lease.id, 'registration');
    await staff.agent.post('/v1/leases/{id}/return', { ...path(lease), body: { reason: 'leaves' } });
    await eventually('that it is dropped', async () => {
      const { data } = await staff.agent.get('/v1/collateral-steps', { query: { leaseId: lease.id } });
      return (data.length === 1 && data[0]?.status === 'dropped') || undefined;
    });
  });

  it('is not the title of who paid for the vehicle by money that was taken back, until that is settled', async () => {
    const owner = await newCustomer(platform, { digits: '100' });
    const lease = await leaseIn('active', owner, staff);
    const { reference, outstanding } = await owner.client.get('/v1/leases/{id}', path(lease));
    const { amount, currency } = outstanding;
    const bill = { provider: 'mtn', payer: owner.phone, account: reference, amount, currency } as const;
    await new SimulatorClient(platform.simulators).post('/pay-bill', { body: bill });
    await leaseThat(owner.client, lease.id, 'owned', ({ status }) => status === 'completed');
    const title = await stepOf(lease.id, 'title');
    expect(await refusal(done(title, staff.agent, '2026-01-01'))).toEqual([422, 'unprocessable', 'on']);
    const paid = await staff.admin.get('/v1/payments', { query: { leaseId: lease.id, kind: 'inbound' } });
    const id = paid.data[0]?.id ?? '';
    await staff.admin.post('/v1/payments/{id}/reverse', { path: { id }, body: { reason: 'taken back' } });

    expect(await refusal(done(title))).toEqual([409, 'invalid_state']);
    const owns = async () => (await owner.client.get('/v1/leases/{id}/ownership', path(lease))).explanation;
    expect(await owns()).toContain('are owed again');
    await sweep(16);
    expect(await casesOf(lease.id)).toEqual([]);

    await new SimulatorClient(platform.simulators).post('/pay-bill', { body: bill });
    await eventually('that it is paid again', async () => (await owns()) === 'The vehicle is yours.' || undefined);
    await sweep(16);
    expect(await casesOf(lease.id)).toHaveLength(1);
    expect(await done(title)).toMatchObject({ status: 'done' });
  });
});
