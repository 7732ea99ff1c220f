import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guarantees, notifications, users } from '#db/schema/index';
import { ApiError, eventually } from '#dev/client';
import type { Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { localHourAt } from '#domain/calendar';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { transact } from '#use-cases/context';
import { system } from '#domain/identity/roles';
import { lapseInvitations } from '#use-cases/parties/answer-invitation';
import { callGuarantor } from '#use-cases/parties/call-guarantors';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const path = ({ id }: { readonly id: string }) => ({ path: { id } });
const refusal = async (request: Promise<unknown>) => {
  const error: unknown = await request.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof ApiError ? [error.status, error.code, ...error.errors.map((one) => one.path)] : error;
};
const textsTo = async (phone: string) =>
  (await new SimulatorClient(platform.simulators).get('/sms', { query: { to: phone } })).data.map(({ body }) => body);
const invite = (owner: Customer, lease: { readonly id: string }, whom: { name: string; phone: string }) => {
  const { name, phone } = whom;
  return owner.client.post('/v1/leases/{id}/guarantees', { ...path(lease), body: { name, phone } });
};
type Asked = Awaited<ReturnType<typeof invite>>;
const consent = (by: Customer, { id, cap }: Pick<Asked, 'id' | 'cap'>) =>
  by.client.post('/v1/guarantees/{id}/consent', { path: { id }, body: { name: by.name, cap } });
const end = (by: Cast['agent'], one: Asked) => by.post('/v1/guarantees/{id}/end', { ...path(one), body: {} });

describe('whoever is to answer for a lease', () => {
  it('is asked once, by his customer alone, and is nobody’s to know where he does not come', async () => {
    const owner = await newCustomer(platform);
    const lease = await leaseIn('offered', owner, staff);
    const aunt = { name: 'Aunt Rose', phone: '+256772900001' };
    const asked = await invite(owner, lease, aunt);
    expect(asked).toMatchObject({ status: 'invited', part: 'customer', guarantorId: null });
    expect(asked.cap.amount).toBe(Math.floor((lease.totalPrice.amount * 30) / 100));
    await eventually('the one text', async () => (await textsTo(aunt.phone)).length === 1 || undefined);
    expect(await refusal(invite(owner, lease, aunt))).toEqual([409, 'conflict']);
    expect(await refusal(invite(owner, lease, owner))).toEqual([422, 'unprocessable', 'phone']);
    const stranger = await newCustomer(platform);
    expect(await refusal(stranger.client.get('/v1/guarantees/{id}', path(asked)))).toEqual([404, 'not_found']);
    expect(await refusal(invite(stranger, lease, aunt))).toEqual([404, 'not_found']);
    await lapseInvitations(platform.deps.db, new Date(Date.now() + 8 * 86_400_000), () => {});
    expect(await owner.client.get('/v1/guarantees/{id}', path(asked))).toMatchObject({ status: 'lapsed' });
    const [row] = await platform.deps.db.select().from(guarantees).where(eq(guarantees.id, asked.id));
    const [made] = await platform.deps.db
      .select()
      .from(users)
      .where(eq(users.id, row?.guarantorId ?? ''));
    expect(made).toMatchObject({ name: 'erased', phoneHash: null });
    expect(await textsTo(aunt.phone)).toHaveLength(1);
  });

  it('may go back on it until the agreement is signed, and not after it', async () => {
    const [owner, one, other] = await Promise.all([1, 2, 3].map(() => newCustomer(platform)));
    if (owner === undefined || one === undefined || other === undefined) throw new Error('nobody');
    const lease = await leaseIn('reserved', owner, staff);
    const [first, second] = [await invite(owner, lease, one), await invite(owner, lease, other)];
    expect(await refusal(consent(owner, first))).toEqual([403, 'forbidden']);
    expect(await refusal(consent(other, first))).toEqual([404, 'not_found']);
    const short = { ...first, cap: { ...first.cap, amount: 1 } };
    expect(await refusal(consent(one, short))).toEqual([422, 'unprocessable', 'cap.amount']);
    expect(await consent(one, first)).toMatchObject({ status: 'consented', part: 'guarantor' });
    await consent(other, second);
    expect(await end(one.client, first)).toMatchObject({ status: 'withdrawn' });
    await owner.client.post('/v1/leases/{id}/sign', { ...path(lease), body: { name: owner.name } });
    expect(await refusal(end(other.client, second))).toEqual([409, 'invalid_state']);
    expect(await end(staff.agent, second)).toMatchObject({ status: 'released', part: 'staff' });
  });

  it('is called upon by the plan’s rule alone, after the customer was told, and pays by the lease’s reference', async () => {
    const owner = await newCustomer(platform, { digits: '100' });
    const aunt = await newCustomer(platform);
    const terms = { guarantorAfterDaysPastDue: 5, guarantorPercent: 10, immobiliseAfterDaysPastDue: null };
    const lease = await leaseIn('active', owner, staff, { frequency: 'weekly', terms });
    const asked = await invite(owner, lease, aunt);
    const call = async () => {
      const { asOf } = await owner.client.get('/v1/leases/{id}', path(lease));
      // By day, whenever the test runs.
      const hour = localHourAt(new Date(asOf).getTime(), 'UG');
      const at = new Date(new Date(asOf).getTime() + ((12 - hour + 24) % 24) * 3_600_000);
      return transact(platform.deps.db, system('parties'), at, (context) => callGuarantor(context, asked.id));
    };
    expect(await call()).toBe(false);
    await consent(aunt, asked);
    // Nobody pays: what he would pay by is declined from now on.
    const { client } = owner;
    const poor = await client.post('/v1/payment-methods', { body: { provider: 'mtn', phone: '+256772990010' } });
    await client.post('/v1/leases/{id}/payment-method', { ...path(lease), body: { paymentMethodId: poor.id } });
    await hoursLater(platform, lease.id, 16 * 24);
    await eventually('two reminders', async () => {
      const rows = await platform.deps.db.select().from(notifications).where(eq(notifications.leaseId, lease.id));
      return rows.filter(({ template, sentAt }) => template === 'reminder' && sentAt !== null).length >= 2 || undefined;
    });
    expect(await call()).toBe(true);
    // Not twice within a week, and for no more than he answers for.
    expect(await call()).toBe(false);
    const { data } = await staff.admin.get('/v1/events', { query: { leaseId: lease.id, type: 'guarantor.called' } });
    expect(data).toMatchObject([{ data: { guarantorId: aunt.id, asked: { amount: expect.any(Number) } } }]);
    await eventually('that he is told', async () => {
      const rows = await platform.deps.db.select().from(notifications).where(eq(notifications.userId, aunt.id));
      return rows.some(({ template }) => template === 'guarantor_called') || undefined;
    });
    const before = await client.get('/v1/leases/{id}', path(lease));
    const world = new SimulatorClient(platform.simulators);
    const amount = asked.cap.amount;
    await world.post('/pay-bill', {
      body: { provider: 'mtn', payer: aunt.phone, account: before.reference, amount, currency: 'UGX' },
    });
    await eventually('what he has paid', async () => {
      const after = await client.get('/v1/leases/{id}', path(lease));
      return after.paid.amount > before.paid.amount || undefined;
    });
    expect(await aunt.client.get('/v1/me/export')).toMatchObject({ guarantees: [{ status: 'consented' }] });
  });
});
