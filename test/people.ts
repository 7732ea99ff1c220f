import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { moveClocks } from '#use-cases/notifications/move-clocks';
import { transact } from '#use-cases/context';
import { decideSubmission } from '#use-cases/kyc/decide-submission';
import { prepareSubmission } from '#use-cases/kyc/prepare-submission';
import { recordSubmission } from '#use-cases/kyc/record-submission';
import { addPaymentMethod } from '#use-cases/payments/methods/payment-methods';
import { users } from '#db/schema/index';
import type { Lease, Money, Plan } from '#dev/api-types';
import { MarketplaceClient } from '#dev/client';
import { leaseThat, type Customer, type register } from '#dev/journey';
import { system } from '#domain/identity/roles';
import { kycNotice } from '#domain/kyc/notice';
import { fastForward } from '#platform/temporal/fast-forward';
import { storeDocuments } from './documents.ts';
import { beginLease, beginnings, type Beginning } from './lease-begins.ts';
import { logIn } from './log-in.ts';
import type { TestPlatform } from './platform.ts';
import { plateOf } from './plates.ts';

let serial = 0;

export interface Cast {
  readonly admin: MarketplaceClient;
  readonly agent: MarketplaceClient;
  /** Whose books leases begin in; without it each goes through its whole story. */
  readonly books?: { readonly platform: TestPlatform; readonly agentId: string };
}

/** The sample staff of a test platform, logged in. */
export async function cast(platform: TestPlatform): Promise<Cast> {
  const { url, deps } = platform;
  const enter = async (role: 'admin' | 'agent') => {
    const [user] = await deps.db
      .select()
      .from(users)
      .where(eq(users.email, `${role}@example.com`));
    if (user === undefined) throw new Error(`there is no ${role} among the sample staff`);
    return { id: user.id, client: new MarketplaceClient(url, (await logIn(deps, user)).token) };
  };
  const [admin, agent] = await Promise.all([enter('admin'), enter('agent')]);
  return { admin: admin.client, agent: agent.client, books: { platform, agentId: agent.id } };
}

/** A new customer whose phone ends in `digits`, which choose how the simulator treats every charge. */
export async function newCustomer(
  platform: TestPlatform,
  options: { digits?: string; verified?: boolean; provider?: keyof typeof homes } = {},
): Promise<Customer> {
  const { digits = '100', verified = true, provider = 'mtn' } = options;
  serial += 1;
  const number = String(1_000 + serial);
  const { market, prefix, document } = homes[provider];
  const customer = await enrol(platform, {
    name: `Test Person ${serial}`,
    phone: `${prefix}${number}${digits}`,
    market,
    provider,
  });
  if (verified) await approve(platform, customer.id, document(number), market);
  return customer;
}

/** What a registration leaves behind, without the code and its text: a customer who is logged in and has an account. */
async function enrol({ url, deps }: TestPlatform, person: Parameters<typeof register>[1]): Promise<Customer> {
  const { db, encryption } = deps;
  const { name, phone, market, provider } = person;
  const keyed = { phoneHash: encryption.hash('phone', phone), phoneEncrypted: encryption.encrypt(phone) };
  const [user] = await db
    .insert(users)
    .values({ id: uuidv7(), role: 'customer', name, market, ...keyed })
    .returning();
  if (user === undefined) throw new Error('there is no customer');
  const { id } = user;
  const { token } = await logIn(deps, user);
  const method = await transact(db, { role: 'customer', id }, new Date(), (context) =>
    addPaymentMethod(context, encryption, id, { provider, phone }),
  );
  return { name, phone, id, client: new MarketplaceClient(url, token), token, paymentMethodId: method.id };
}

/** What an identity check that ends well leaves behind. */
async function approve({ deps }: TestPlatform, userId: string, documentNumber: string, country: string): Promise<void> {
  const documentIds = await storeDocuments(deps, userId, ['idFront', 'idBack', 'selfie']);
  const { noticeVersion } = kycNotice;
  const request = { documentType: 'nationalId', documentNumber, country, noticeVersion, documentIds } as const;
  const at = new Date();
  const { order } = await prepareSubmission(deps, { userId, at, request });
  await transact(deps.db, system('kyc'), at, async (context) => {
    await recordSubmission(context, order);
    await decideSubmission(context, { userId, submissionId: order.submissionId, to: 'approved', reason: null });
  });
}

/** Where customers of a provider live, and what their papers look like. */
const homes = {
  mtn: { market: 'UG', prefix: '+25677', document: (number: string) => `CM${number}123456AB`.padEnd(14, 'X') },
  airtel: { market: 'UG', prefix: '+25675', document: (number: string) => `CM${number}654321AB`.padEnd(14, 'X') },
  mpesa: { market: 'KE', prefix: '+25471', document: (number: string) => `3${number}456`.slice(0, 8) },
} as const;

/** A motorcycle nobody has, made for one test, and a plan of the market. */
export async function newChoice(admin: MarketplaceClient, wish: Wish = {}) {
  const { frequency = 'weekly', market = 'UG', price = prices[market], terms } = wish;
  serial += 1;
  const own = `${OWN_PLAN} ${serial}`;
  const vehicleId = wish.vehicleId ?? (await newVehicle(admin, market, price));
  const { data } = await admin.get('/v1/plans', { query: { market } });
  const plan = data.find((one) => one.frequency === frequency && !one.name.startsWith(OWN_PLAN));
  if (plan === undefined) throw new Error(`no ${frequency} plan`);
  if (terms === undefined) return { vehicleId, planId: plan.id };
  const { id: _id, active: _active, ...fields } = plan;
  const { id: planId } = await admin.post('/v1/plans', { body: { ...fields, ...terms, name: own } });
  return { vehicleId, planId };
}

async function newVehicle(admin: MarketplaceClient, market: 'UG' | 'KE', price: Money): Promise<string> {
  const vehicle = {
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Test',
    year: 2025,
    market,
    price,
    registration: plateOf(serial, market),
    vin: `TEST${String(serial).padStart(13, '0')}`,
  } as const;
  return (await admin.post('/v1/vehicles', { body: vehicle })).id;
}

const OWN_PLAN = 'a plan of a test';
const prices = {
  UG: { amount: 5_000_000, currency: 'UGX' },
  KE: { amount: 20_000_000, currency: 'KES' },
} as const;

/** What a test wants to lease; `terms` are fields of a plan that differ from the sample plan's. */
export interface Wish {
  readonly frequency?: 'daily' | 'weekly' | 'monthly';
  readonly market?: 'UG' | 'KE';
  readonly price?: Money;
  readonly terms?: Partial<Plan>;
  /** One that somebody else wants too. */
  readonly vehicleId?: string;
  /** How long each state of the lease is waited for. */
  readonly patienceMs?: number;
  /** For those who look at the beginning itself: each step by the API and by the workflow, with its texts. */
  readonly wholeStory?: boolean;
}

/**
 * Applies, and goes on until the lease is in the status asked for: by the use cases where that is the same, and by the
 * story where the deposit is to be seen, or where only a callback tells of its receipt.
 */
export async function leaseIn(
  status: 'verifying' | 'offered' | 'reserved' | 'awaiting_deposit' | 'awaiting_handover' | 'active',
  customer: Customer,
  { admin, agent, books }: Cast,
  wish: Wish | NonNullable<Wish['frequency']> = {},
): Promise<Lease & { readonly vehicleId: string }> {
  const { client, paymentMethodId, name } = customer;
  const {
    patienceMs = 90_000,
    wholeStory = false,
    ...rest
  }: Wish = typeof wish === 'string' ? { frequency: wish } : wish;
  const choice = await newChoice(admin, rest);
  const upTo = order.slice(0, order.indexOf(status) + 1);
  const begun = wholeStory || books === undefined ? undefined : beginningOf(upTo, customer);
  const id =
    books !== undefined && begun !== undefined
      ? await beginLease(books.platform, begun, customer, choice, { role: 'agent', id: books.agentId })
      : (await client.post('/v1/leases', { body: { ...choice, paymentMethodId } })).id;
  const on = (next: string) => leaseThat(client, id, next, (lease) => lease.status === next, patienceMs);
  const steps: Record<typeof status, () => Promise<unknown>> = {
    verifying: async () => (status === 'verifying' ? on('verifying') : undefined),
    offered: () => on('offered'),
    reserved: () => client.post('/v1/leases/{id}/accept-offer', { path: { id } }),
    awaiting_deposit: () => client.post('/v1/leases/{id}/sign', { path: { id }, body: { name } }),
    awaiting_handover: () => on('awaiting_handover'),
    active: () => agent.post('/v1/leases/{id}/handover', { path: { id }, body: { odometerKm: 5 } }),
  };
  for (const step of begun === undefined ? upTo : upTo.slice(upTo.indexOf(begun) + 1)) await steps[step]();
  return { ...(await client.get('/v1/leases/{id}', { path: { id } })), vehicleId: choice.vehicleId };
}

const order = ['verifying', 'offered', ...beginnings] as const;

/** The furthest of the statuses that a lease can begin in. */
function beginningOf(upTo: readonly (typeof order)[number][], customer: Customer): Beginning | undefined {
  const isPaid = (status: Beginning) => status === 'awaiting_handover' || status === 'active';
  return beginnings.findLast((one) => upTo.includes(one) && (!isPaid(one) || paysPlainly(customer)));
}

/** True for a phone that pays at once, at a provider that names the receipt when it is asked. */
const paysPlainly = ({ phone }: Customer) => phone.endsWith('100') && !phone.startsWith(homes.mpesa.prefix);

const HOUR = 3_600_000;

/** Moves the clock of a lease by hours, as the route does. */
export const hoursLater = ({ temporal, database: { db } }: TestPlatform, leaseId: string, hours: number) =>
  moveClocks({ temporal, db }, leaseId, hours * HOUR);

/** Waits until a lease's workflow is over: its refunds may take half a day. */
export async function isOver(platform: TestPlatform, leaseId: string): Promise<void> {
  // Not as the route does, which keeps the time: a lease that is started again from its books would wait for it.
  await fastForward(platform.temporal, `lease-${leaseId}`, 12 * HOUR);
  await platform.temporal.workflow.getHandle(`lease-${leaseId}`).result();
}
