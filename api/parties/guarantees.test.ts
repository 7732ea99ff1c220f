import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guarantees, notifications, users } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, proveIdentity, type Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { localHourAt } from '#domain/calendar';
import { logIn } from '#test/log-in';
import { cast, hoursLater, leaseIn, newChoice, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { refusal } from '#test/refusal';
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
const guarantorOf = async ({ id }: { readonly id: string }) => {
  const [row] = await platform.deps.db.select().from(guarantees).where(eq(guarantees.id, id));
  return row?.guarantorId ?? '';
};
/** What he is told, or will be in the morning. */
const toldTo = async (userId: string) =>
  (await platform.deps.db.select().from(notifications).where(eq(notifications.userId, userId))).map(
    ({ template }) => template,
  );
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
    const auntId = await guarantorOf(asked);
    await eventually('the one text', async () => (await toldTo(auntId)).length === 1 || undefined);
    expect(await toldTo(auntId)).toEqual(['guarantor_asked']);
    expect(await refusal(invite(owner, lease, aunt))).toEqual([409, 'conflict']);
    expect(await refusal(invite(owner, lease, owner))).toEqual([422, 'unprocessable', 'phone']);
    const stranger = await newCustomer(platform);
    expect(await refusal(stranger.client.get('/v1/guarantees/{id}', path(asked)))).toEqual([404, 'not_found']);
    expect(await refusal(invite(stranger, lease, aunt))).toEqual([404, 'not_found']);
    await lapseInvitations(platform.deps.db, new Date(Date.now() + 8 * 86_400_000), () => {});
    expect(await owner.client.get('/v1/guarantees/{id}', path(asked))).toMatchObject({ status: 'lapsed' });
    const [made] = await platform.deps.db.select().from(users).where(eq(users.id, auntId));
    expect(made).toMatchObject({ name: 'erased', phoneHash: null });
    // Nothing is left of him, and yet he is not asked again: neither for this lease nor for another one of the same customer.
    expect(await refusal(invite(owner, lease, aunt))).toEqual([409, 'conflict']);
    const other = await leaseIn('offered', owner, staff);
    expect(await refusal(invite(owner, other, aunt))).toEqual([409, 'conflict']);
  });

  it('is not erased while somebody else asks him too, and is once nobody does', async () => {
    const uncle = { name: 'Uncle Ben', phone: '+256772900002' };
    const [one, two] = [await newCustomer(platform), await newCustomer(platform)];
    const first = await invite(one, await leaseIn('offered', one, staff), uncle);
    const second = await invite(two, await leaseIn('offered', two, staff), uncle);
    const isKnown = async () => {
      const [made] = await platform.deps.db
        .select()
        .from(users)
        .where(eq(users.id, await guarantorOf(second)));
      return made?.phoneHash !== null;
    };
    await end(one.client, first);
    expect(await isKnown()).toBe(true);
    await end(two.client, second);
    expect(await isKnown()).toBe(false);
  });

  it('is called what he says himself when he registers, and not what whoever asked him has said', async () => {
    const owner = await newCustomer(platform);
    const asked = await invite(owner, await leaseIn('offered', owner, staff), {
      name: 'Unkle',
      phone: '+256772900003',
    });
    const id = await guarantorOf(asked);
    const nameNow = async () => (await platform.deps.db.select().from(users).where(eq(users.id, id)))[0]?.name;
    const registers = (name: string) =>
      owner.client.post('/v1/auth/register', { body: { name, phone: '+256772900003', market: 'UG' } });
    await registers('Peter Okello');
    expect(await nameNow()).toBe('Peter Okello');
    // Once he has come he is called something else only by himself.
    const [user] = await platform.deps.db.select().from(users).where(eq(users.id, id));
    if (user === undefined) throw new Error('he is gone');
    await logIn(platform.deps, user);
    await registers('Somebody');
    expect(await nameNow()).toBe('Peter Okello');
  });

  it('is who an agent has asked for: the agreement is not signed before he has consented', async () => {
    const [owner, aunt] = [await newCustomer(platform, { verified: false }), await newCustomer(platform)];
    const { client, paymentMethodId, name } = owner;
    await client.patch('/v1/me', { body: { monthlyIncome: { amount: 1_000, currency: 'UGX' } } });
    await proveIdentity(owner, `CM78${String(Date.now()).slice(-8)}AB`, 'UG');
    const lease = await client.post('/v1/leases', { body: { ...(await newChoice(staff.admin)), paymentMethodId } });
    const assessment = await eventually('a referred assessment', async () => {
      const { data } = await staff.agent.get('/v1/credit/assessments', { query: { leaseId: lease.id } });
      return data[0]?.id;
    });
    const yes = { decision: 'approved', conditions: { guarantor: true }, reason: 'earns little' } as const;
    await staff.agent.post('/v1/credit/assessments/{id}/decision', { path: { id: assessment }, body: yes });
    await leaseThat(client, lease.id, 'offered', ({ status }) => status === 'offered');
    await client.post('/v1/leases/{id}/accept-offer', path(lease));
    const lacks = async () => (await client.get('/v1/leases/{id}', path(lease))).lacksGuarantor;
    const sign = () => client.post('/v1/leases/{id}/sign', { ...path(lease), body: { name } });
    expect(await lacks()).toBe(true);
    expect(await refusal(sign())).toEqual([409, 'guarantor_required']);
    const asked = await invite(owner, lease, aunt);
    expect(await aunt.client.get('/v1/guarantees/{id}', path(asked))).toMatchObject({ customerName: name });
    expect(asked.customerName).toBeNull();
    await consent(aunt, asked);
    await end(aunt.client, asked);
    expect(await lacks()).toBe(true);
    const other = await newCustomer(platform);
    await consent(other, await invite(owner, lease, other));
    expect(await lacks()).toBe(false);
    expect(await sign()).toMatchObject({ status: 'awaiting_deposit' });
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
    const terms = { guarantorAfterDaysPastDue: 5, guarantorPercent: 2, immobiliseAfterDaysPastDue: null };
    const lease = await leaseIn('active', owner, staff, { frequency: 'weekly', terms });
    const asked = await invite(owner, lease, aunt);
    const other = await newCustomer(platform);
    const alsoAsked = await invite(owner, lease, other);
    const call = async ({ id } = asked) => {
      const { asOf } = await owner.client.get('/v1/leases/{id}', path(lease));
      // By day, whenever the test runs.
      const hour = localHourAt(new Date(asOf).getTime(), 'UG');
      const at = new Date(new Date(asOf).getTime() + ((12 - hour + 24) % 24) * 3_600_000);
      return transact(platform.deps.db, system('parties'), at, (context) => callGuarantor(context, id));
    };
    expect(await call()).toBe(false);
    await consent(aunt, asked);
    await consent(other, alsoAsked);
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
    // Not twice within a week, nor both at once: what is owed would be paid twice.
    expect(await call()).toBe(false);
    expect(await call(alsoAsked)).toBe(false);
    const { data } = await staff.admin.get('/v1/events', { query: { leaseId: lease.id, type: 'guarantor.called' } });
    expect(data).toMatchObject([{ data: { guarantorId: aunt.id, asked: { amount: expect.any(Number) } } }]);
    await eventually('that he is told', async () => (await toldTo(aunt.id)).includes('guarantor_called') || undefined);
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
    // He has paid what he answers for, and is asked nothing more.
    const mine = await aunt.client.get('/v1/guarantees/{id}', path(asked));
    expect(mine).toMatchObject({ paid: asked.cap, calledOn: expect.any(String) });
    await hoursLater(platform, lease.id, 8 * 24);
    expect(await call()).toBe(false);
    expect(await call(alsoAsked)).toBe(true);
    expect(await aunt.client.get('/v1/me/export')).toMatchObject({ guarantees: [{ status: 'consented' }] });
  });
});
