import type { Lease } from './api-types.ts';
import { eventually, MarketplaceClient } from './client.ts';
import { SimulatorClient } from './simulator-client.ts';

/** Where a journey takes place: the API and the simulators behind it. */
export interface Place {
  readonly api: string;
  readonly simulators: string;
}

export interface Customer {
  readonly name: string;
  readonly phone: string;
  readonly id: string;
  readonly client: MarketplaceClient;
  readonly token: string;
  readonly paymentMethodId: string;
}

/** The smallest file that is a JPEG by its first bytes, different for every kind. */
export function photo(kind: string): Blob {
  const marker = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00]);
  return new Blob([marker, Buffer.from(`sample ${kind} ${Math.random()}`), Buffer.from([0xff, 0xd9])], {
    type: 'image/jpeg',
  });
}

/** Registers a customer by phone and the code that the SMS simulator received, with a payment method. */
export async function register(
  { api, simulators }: Place,
  person: { name: string; phone: string; market: 'UG' | 'KE' | 'RW'; provider: 'mtn' | 'airtel' | 'mpesa' },
): Promise<Customer> {
  const { name, phone, market, provider } = person;
  const visitor = new MarketplaceClient(api);
  await visitor.post('/v1/auth/register', { body: { name, phone, market } });
  const inbox = new SimulatorClient(simulators);
  const code = await eventually(`the login code of ${name}`, async () => {
    const { data } = await inbox.get('/sms', { query: { to: phone } });
    return /\b(\d{6})\b/.exec(data[0]?.body ?? '')?.[1];
  });
  const { accessToken, user } = await visitor.post('/v1/auth/otp/verify', { body: { phone, code } });
  const client = visitor.as(accessToken);
  const { id: paymentMethodId } = await client.post('/v1/payment-methods', { body: { provider, phone } });
  return { name, phone, id: user.id, client, token: accessToken, paymentMethodId };
}

/** Uploads the documents and waits until the identity is approved. */
export async function proveIdentity(
  customer: Customer,
  documentNumber: string,
  country: 'UG' | 'KE' | 'RW',
): Promise<void> {
  const { client } = customer;
  const documents: string[] = [];
  for (const kind of ['idFront', 'idBack', 'selfie']) {
    const form = new FormData();
    form.set('kind', kind);
    form.set('file', photo(kind), `${kind}.jpg`);
    documents.push((await client.post('/v1/kyc/documents', { body: form })).id);
  }
  const { noticeVersion } = await client.get('/v1/kyc/notice');
  const submission = {
    documentType: 'nationalId',
    documentNumber,
    country,
    consent: { granted: true, noticeVersion },
    documents,
  } as const;
  const { id } = await client.post('/v1/kyc/submissions', { body: submission });
  await eventually(`the identity check of ${customer.name}`, async () => {
    const { status } = await client.get('/v1/kyc/submissions/{id}', { path: { id } });
    if (status === 'rejected') throw new Error(`the identity of ${customer.name} was rejected`);
    return status === 'approved' ? status : undefined;
  });
}

/** Waits until a lease is as wanted, and gives it. */
export function leaseThat(
  client: MarketplaceClient,
  leaseId: string,
  what: string,
  wanted: (lease: Lease) => boolean,
  patienceMs?: number,
): Promise<Lease> {
  return eventually(
    `lease to be ${what}`,
    async () => {
      const lease = await client.get('/v1/leases/{id}', { path: { id: leaseId } });
      return wanted(lease) ? lease : undefined;
    },
    patienceMs,
  );
}

/** From application to the day the vehicle is handed over. */
export async function takeLease(
  customer: Customer,
  agent: MarketplaceClient,
  vehicleId: string,
  planId: string,
): Promise<Lease> {
  const { client, paymentMethodId } = customer;
  const { id } = await client.post('/v1/leases', { body: { vehicleId, planId, paymentMethodId } });
  await leaseThat(client, id, 'offered', ({ status }) => status === 'offered');
  await client.post('/v1/leases/{id}/accept-offer', { path: { id } });
  await client.post('/v1/leases/{id}/sign', { path: { id }, body: { name: customer.name } });
  await leaseThat(client, id, 'waiting for handover', ({ status }) => status === 'awaiting_handover');
  const { odometerKm } = await agent.get('/v1/vehicles/{id}', { path: { id: vehicleId } });
  return agent.post('/v1/leases/{id}/handover', { path: { id }, body: { odometerKm: (odometerKm ?? 0) + 12 } });
}

export async function login({ api }: Place, email: string, password: string): Promise<MarketplaceClient> {
  const visitor = new MarketplaceClient(api);
  return visitor.as((await visitor.post('/v1/auth/login', { body: { email, password } })).accessToken);
}

/** Moves one lease's clock. */
export function travel(admin: MarketplaceClient, leaseId: string, days: number) {
  return admin.post('/v1/dev/leases/{id}/fast-forward', { path: { id: leaseId }, body: { days } });
}

/** What a phone was really charged, less what it got back: the simulator's ground truth. */
export async function reallyCharged({ simulators }: Place, phone: string): Promise<number> {
  const truth = new SimulatorClient(simulators);
  const { data } = await truth.get('/transactions', { query: { payer: phone } });
  return data
    .filter(({ status }) => status === 'charged')
    .reduce((sum, { amount, refunded }) => sum + amount - refunded, 0);
}
