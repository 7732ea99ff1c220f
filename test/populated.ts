import { eq, ne } from 'drizzle-orm';
import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { transact } from '#use-cases/context';
import { openCase } from '#use-cases/cases/open-case';
import {
  collateralSteps,
  deliveries,
  demands,
  endpoints,
  guarantees,
  inspections,
  latestPositions,
  leases,
  leaseTransfers,
  locationViews,
  notifications,
  positions,
  pushSubscriptions,
  quarantine,
  riskEvents,
  upgrades,
  users,
  vehicleCommands,
} from '#db/schema/index';
import { eventually, MarketplaceClient } from '#dev/client';
import type { Customer } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { localDate } from '#domain/calendar';
import { system, type Role } from '#domain/identity/roles';
import { newSigningKeys } from '#providers/webhooks/signature';
import { seal } from '#use-cases/webhooks/endpoint-keys';
import { call } from './api-world.ts';
import { cast, leaseIn, newCustomer, type Cast } from './people.ts';
import type { TestPlatform } from './platform.ts';
import type { Operation } from './served-document.ts';

/** A marketplace with some of everything in it, and who may see it. */
export interface Populated {
  readonly owner: Customer;
  /** Another customer, who has nothing. */
  readonly stranger: Customer;
  /** A token that may call the operation; the owner's where the role is customer alone. */
  tokenFor(operation: Pick<Operation, 'path' | 'roles'>): string | undefined;
  readonly tokens: Readonly<Record<Role, string>>;
  /** The path with the ids of objects that are there: those of the owner, where somebody owns such a thing. */
  addressOf(path: string): Promise<string>;
}

const SOME = 3;
const each = <T>(work: (number: number) => Promise<T>) => Promise.all(Array.from({ length: SOME }, (_, i) => work(i)));

/** Fills a platform with at least three of everything that is listed. */
export async function populate(platform: TestPlatform): Promise<Populated> {
  const staff = await cast(platform);
  const [owner, stranger] = [await newCustomer(platform), await newCustomer(platform, { verified: false })];
  const [lease, offered] = await Promise.all([
    leaseIn('active', owner, staff),
    leaseIn('offered', owner, staff),
    leaseIn('offered', owner, staff),
    ...['104', '105'].map((digits) => newCustomer(platform, { digits })),
  ]);
  await takeMoney(platform, staff, owner, lease);
  await agree(owner, offered.id);
  const documentId = await upload(owner);
  const tracker = await track(platform, staff, lease);
  await troubles(platform, staff);
  await exchange(platform, lease.id);
  await makeOver(platform, owner, lease.id);
  await haveAsked(platform, owner, lease.id);
  await register(platform, lease.id);
  await demand(platform, owner, lease.id);
  await write(platform, owner, lease.id);
  const photo = await photograph(staff, lease.vehicleId);
  await papersOf(staff, lease.vehicleId);
  await maintain(staff, lease.vehicleId);
  const inspected = await inspect(platform, staff, lease.vehicleId);
  const attachmentId = await ask(owner, staff);
  await webhooksOf(platform);
  const subscriptionId = await letPush(platform, owner.id);

  const login = (email: string) =>
    new MarketplaceClient(platform.url).post('/v1/auth/login', { body: { email, password: 'rent-to-own' } });
  const [boss, hand] = [await login('admin@example.com'), await login('agent@example.com')];
  const tokens = { customer: owner.token, agent: hand.accessToken, admin: boss.accessToken };
  const tokenFor = ({ path, roles }: Pick<Operation, 'path' | 'roles'>) => {
    if (roles === undefined) return undefined;
    const isOwn = path.startsWith('/v1/agents') && roles.includes('agent');
    return isOwn
      ? tokens.agent
      : (['admin', 'agent', 'customer'] as const)
          .map((role) => (roles.includes(role) ? tokens[role] : undefined))
          .find((token) => token !== undefined);
  };
  const admin = new MarketplaceClient(platform.url, boss.accessToken);
  const { data: clearing } = await admin.get('/v1/ledger/accounts', { query: { name: 'clearing:mtn' } });
  const known = new Map<string, string>([
    ['/v1/ledger/accounts', clearing.find(({ currency }) => currency === 'UGX')?.id ?? ''],
    ['/v1/leases', lease.id],
    ['/v1/dev/leases', lease.id],
    ['/v1/vehicles', lease.vehicleId],
    ['/v1/vehicles/{id}/photos', photo.id],
    ['/v1/vehicles/{id}/inspections', inspected.id],
    ['/v1/vehicles/{id}/inspections/{inspectionId}/pictures', inspected.pictureId],
    ['/v1/photos', photo.sizes[0]?.url.split('/').at(-1) ?? ''],
    ['/v1/users', stranger.id],
    ['/v1/agents', hand.user.id],
    ['/v1/kyc/documents', documentId],
    ['/v1/trackers', tracker],
    ['/v1/ticket-attachments', attachmentId],
    ['/v1/payment-methods', owner.paymentMethodId],
    ['/v1/me/push-subscriptions', subscriptionId],
  ]);
  const firstOf = async (collection: string) => {
    const address = await addressOf(collection);
    for (const token of [tokens.customer, tokens.agent, tokens.admin]) {
      const { body } = await call(platform.url, 'GET', address, { token });
      const [first] = z.object({ data: z.array(z.object({ id: z.string() })) }).safeParse(body).data?.data ?? [];
      if (first === undefined) continue;
      known.set(collection, first.id);
      return first.id;
    }
    throw new Error(`GET ${collection} shows no object: test/populated.ts must make one`);
  };
  const addressOf = async (path: string): Promise<string> => {
    let address = path;
    for (const [parameter] of path.matchAll(/\{\w+\}/g)) {
      const collection = path.slice(0, path.indexOf(`/${parameter}`));
      address = address.replace(parameter, known.get(collection) ?? (await firstOf(collection)));
    }
    return address;
  };
  return { owner, stranger, tokens, tokenFor, addressOf };
}

/** A browser that the owner is pushed to. */
async function letPush({ deps }: TestPlatform, userId: string): Promise<string> {
  const id = uuidv7();
  const endpointEncrypted = deps.encryption.encrypt('https://push.example.com/1');
  const keysEncrypted = deps.encryption.encrypt('{}');
  const row = { id, userId, endpointHash: id, endpointEncrypted, keysEncrypted, createdAt: new Date() };
  await deps.db.insert(pushSubscriptions).values(row);
  return id;
}

/** Endpoints that are told nothing, so that nothing changes by itself, and what was not delivered to one. */
async function webhooksOf({ database: { db }, deps }: TestPlatform): Promise<void> {
  const keys = newSigningKeys();
  await each(async (i) => {
    const endpoint = {
      id: uuidv7(),
      url: `https://example.com/${i}`,
      status: 'disabled',
      disabledFor: 'gone',
    } as const;
    const keysEncrypted = seal(deps, keys);
    await db
      .insert(endpoints)
      .values({ ...endpoint, keysEncrypted, publicKey: keys.publicKey, since: 0, createdBy: uuidv7() });
    const event = { eventId: uuidv7(), type: 'user.erased', subject: uuidv7(), sequence: 1, body: '{}' } as const;
    const dead = { status: 'dead', deadFor: 'gone', createdAt: new Date(), deadline: new Date() } as const;
    await db.insert(deliveries).values({ id: uuidv7(), endpointId: endpoint.id, ...event, ...dead });
  });
}

type Lease = Awaited<ReturnType<typeof leaseIn>>;

/** Money of every kind: prompts, cash and its way to the office, what came by itself, and statements of it. */
async function takeMoney(platform: TestPlatform, { admin, agent }: Cast, owner: Customer, lease: Lease): Promise<void> {
  const sum = (amount: number) => ({ amount, currency: 'UGX' }) as const;
  const hand = await agent.get('/v1/me');
  const world = new SimulatorClient(platform.simulators);
  await each((i) =>
    owner.client.post('/v1/leases/{id}/pay', { path: { id: lease.id }, body: { amount: sum(1_000 + i) } }),
  );
  await each((i) =>
    agent.post('/v1/payments/cash', { body: { leaseId: lease.id, amount: sum(2_000), receiptNumber: `R-${i}` } }),
  );
  await each(() => agent.post('/v1/agents/{id}/remittances', { path: { id: hand.id }, body: { amount: sum(1_000) } }));
  await each((i) =>
    world.post('/pay-bill', { body: { provider: 'mtn', payer: owner.phone, account: `NOBODY${i}`, ...sum(500) } }),
  );
  await eventually('money in suspense', async () => {
    const { data } = await agent.get('/v1/suspense');
    return data.length >= SOME ? data : undefined;
  });
  const yesterday = new Date(Date.now() - 30 * 3_600_000).toISOString().slice(0, 10);
  for (const provider of ['mtn', 'airtel', 'mpesa'] as const)
    await admin.post('/v1/reconciliations', { body: { provider, date: yesterday } });
  await eventually('the statements to be compared', async () => {
    const { data } = await agent.get('/v1/reconciliations');
    return data.length >= SOME && data.every(({ status }) => status !== 'running') ? data : undefined;
  });
  await eventually('the payments', async () => {
    const { data } = await owner.client.get('/v1/payments', { query: { leaseId: lease.id } });
    return data.every(({ status }) => status === 'succeeded') ? data : undefined;
  });
}

const picture = new Blob([Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0xff, 0xd9])], { type: 'image/jpeg' });

/** Texts that the owner was sent. */
async function write({ deps }: TestPlatform, owner: Customer, leaseId: string): Promise<void> {
  await each((i) =>
    deps.db.insert(notifications).values({
      id: uuidv7(),
      key: `populated-${i}`,
      userId: owner.id,
      leaseId,
      channel: 'sms',
      template: 'welcome',
      bodyEncrypted: deps.encryption.encrypt(`Ride safely, ${i}!`),
      sentAt: new Date(),
    }),
  );
}

/** What the owner could sign, in three languages. */
async function agree({ client }: Customer, leaseId: string): Promise<void> {
  for (const language of ['en', 'lg', 'sw'] as const)
    await client.post('/v1/agreements', { body: { leaseId, language } });
}

/** Exchanges of the owner's vehicle that came to nothing, and the last one, which waits for him. */
async function exchange({ database: { db } }: TestPlatform, leaseId: string): Promise<void> {
  const [lease] = await db.select().from(leases).where(eq(leases.id, leaseId));
  if (lease === undefined) throw new Error('the owner has no lease');
  const { customerId, vehicleId, paymentMethodId, plan, currency, price, deposit, instalment } = lease;
  const asked = { leaseId, customerId, vehicleId, paymentMethodId, plan, currency, price, deposit, instalment };
  const sums = { tradeIn: price, settlement: 0, payout: 0, total: price };
  await each(async (i) => {
    const at = new Date(Date.now() - (SOME - i) * 60_000);
    const isLast = i === SOME - 1;
    await db.insert(upgrades).values({
      id: randomUUID(),
      newLeaseId: randomUUID(),
      ...asked,
      ...sums,
      status: isLast ? 'quoted' : 'cancelled',
      expiresAt: new Date(Date.now() + 3_600_000),
      createdAt: at,
      updatedAt: at,
      endedAt: isLast ? null : at,
    });
  });
}

/** Whom the owner has had asked to answer for his leases. */
async function haveAsked({ database: { db } }: TestPlatform, { id }: Customer, leaseId: string): Promise<void> {
  const people = await db.select({ id: users.id }).from(users).where(ne(users.id, id)).limit(SOME);
  for (const [i, guarantor] of people.entries())
    await db.insert(guarantees).values({
      id: uuidv7(),
      leaseId,
      customerId: id,
      guarantorId: guarantor.id,
      isMadeForIt: false,
      status: 'refused',
      cap: 1_000,
      invitedAt: new Date(Date.now() - i * 60_000),
      expiresAt: new Date(),
    });
}

/** What is to be done at registers for a lease; the last of it is open. */
async function register({ database: { db } }: TestPlatform, leaseId: string): Promise<void> {
  await each(async (i) => {
    const openedAt = new Date(Date.now() - (SOME - i) * 60_000);
    const status = i === SOME - 1 ? 'open' : 'dropped';
    const step = { leaseId, kind: 'amendment', cause: uuidv7(), openedAt, dueOn: '2026-01-31', status } as const;
    await db.insert(collateralSteps).values({ id: uuidv7(), ...step });
  });
}

/** What was demanded of the owner in writing. */
async function demand({ deps }: TestPlatform, { id: customerId }: Customer, leaseId: string): Promise<void> {
  const { sealed: pdfEncrypted, keyId } = deps.encryption.encryptBytes(Buffer.from('%PDF-'));
  await each(async (i) => {
    const days = { demandedOn: localDate(`2026-01-0${i + 1}`), until: localDate('2026-01-31') };
    const paper = {
      language: 'en',
      code: uuidv7(),
      sha256: 'a'.repeat(64),
      signature: '',
      pdfEncrypted,
      keyId,
    } as const;
    const sum = { kind: 'arrears', currency: 'UGX', amount: 1_000 + i } as const;
    const createdAt = new Date(Date.now() - i * 60_000);
    await deps.db.insert(demands).values({ id: uuidv7(), leaseId, customerId, ...sum, ...days, ...paper, createdAt });
  });
}

/** Transfers of the owner's lease that came to nothing, and the last one, which waits for the other person. */
async function makeOver({ database: { db } }: TestPlatform, { id }: Customer, leaseId: string): Promise<void> {
  await each(async (i) => {
    const at = new Date(Date.now() - (SOME - i) * 60_000);
    const isLast = i === SOME - 1;
    await db.insert(leaseTransfers).values({
      id: uuidv7(),
      leaseId,
      fromCustomerId: id,
      status: isLast ? 'proposed' : 'withdrawn',
      proposedBy: id,
      agreedAt: at,
      expiresAt: new Date(Date.now() + 3_600_000),
      createdAt: at,
      updatedAt: at,
      endedAt: isLast ? null : at,
    });
  });
}

async function upload({ client }: Customer): Promise<string> {
  const form = new FormData();
  form.set('kind', 'selfie');
  form.set('file', picture, 'me.jpg');
  return (await client.post('/v1/kyc/documents', { body: form })).id;
}

/** A picture of a dot. */
const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A photograph of a vehicle. */
function photograph({ agent }: Cast, vehicleId: string) {
  const form = new FormData();
  form.set('file', new Blob([Buffer.from(dot, 'base64')], { type: 'image/png' }), 'dot.png');
  return agent.post('/v1/vehicles/{id}/photos', { path: { id: vehicleId }, body: form });
}

/** Papers of a vehicle that lapse soon, of which its lessee carries the last. */
async function papersOf({ agent }: Cast, vehicleId: string): Promise<void> {
  const validUntil = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
  for (const kind of ['import_papers', 'inspection_certificate', 'insurance']) {
    const form = new FormData();
    const said = { kind, validUntil };
    form.set('file', picture, 'paper.jpg');
    for (const [name, value] of Object.entries(said)) form.set(name, value);
    await agent.post('/v1/vehicles/{id}/papers', { path: { id: vehicleId }, body: form });
  }
}

/** Branches, and inspections of a vehicle, the last of them under way. @returns its id, and of a picture of it */
async function inspect({ deps }: TestPlatform, { admin, agent }: Cast, vehicleId: string) {
  await each((i) =>
    admin.post('/v1/branches', { body: { name: `Branch ${i}`, market: 'UG', location: { lat: 0.3, lon: 32.5 } } }),
  );
  const { id: inspectedBy } = await agent.get('/v1/me');
  const done = {
    vehicleId,
    inspectedBy,
    occasion: 'routine',
    odometerKm: 5,
    items: {},
    result: 'passed',
    grade: 'A',
  } as const;
  await each((i) => {
    const at = new Date(Date.now() - 60_000 - i);
    return deps.db.insert(inspections).values({ id: uuidv7(), ...done, createdAt: at, completedAt: at });
  });
  const path = { id: vehicleId };
  const { id } = await agent.post('/v1/vehicles/{id}/inspections', { path, body: { occasion: 'routine' } });
  const form = new FormData();
  form.set('side', 'left');
  form.set('file', picture, 'left.jpg');
  const address = { path: { ...path, inspectionId: id }, body: form };
  const taken = await agent.post('/v1/vehicles/{id}/inspections/{inspectionId}/pictures', address);
  return { id, pictureId: taken.id };
}

/** Work on a vehicle that is booked. */
async function maintain({ agent }: Cast, vehicleId: string): Promise<void> {
  for (const days of [1, 2, 3]) {
    const from = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const body = { kind: 'service', from, until: from, reason: 'as every year' } as const;
    await agent.post('/v1/vehicles/{id}/maintenance', { path: { id: vehicleId }, body });
  }
}

/** Longitudes and latitudes around Kampala. */
const triangle = [
  [32, 0],
  [33, 0],
  [33, 1],
  [32, 0],
];

/** Tickets of the owner, and answers that are kept. @returns the id of a file of his. */
async function ask({ client }: Customer, { agent }: Cast): Promise<string> {
  await each((i) =>
    client.post('/v1/tickets', { body: { category: 'other', subject: `Question ${i}`, message: 'Please help' } }),
  );
  await each((i) => agent.post('/v1/ticket-macros', { body: { name: `Answer ${i}`, language: 'en', body: 'Gladly' } }));
  const form = new FormData();
  form.set('file', picture, 'place.jpg');
  return (await client.post('/v1/ticket-attachments', { body: form })).id;
}

/** Trackers, and what came from one of them. @returns the id of the one on the owner's vehicle. */
async function track(
  { database: { db } }: TestPlatform,
  { admin }: Cast,
  { id: leaseId, vehicleId }: Lease,
): Promise<string> {
  const { data: vehicles } = await admin.get('/v1/vehicles', { query: { status: 'available', limit: 2 } });
  const fit = (vehicle: string) => admin.post('/v1/trackers', { body: { vehicleId: vehicle, kind: 'native' } });
  const { id: trackerId } = await fit(vehicleId);
  // The customer sees where it was since it is his.
  await db
    .update(leases)
    .set({ handedOverAt: new Date(Date.now() - 2 * 86_400_000) })
    .where(eq(leases.id, leaseId));
  for (const { id } of vehicles) await fit(id);
  const at = new Date(Date.now() - 60_000);
  const fix = { trackerId, vehicleId, ts: at, lat: 0.3, lon: 32.5, receivedAt: at };
  await db.insert(latestPositions).values(fix);
  const { id: viewerId } = await admin.get('/v1/me');
  const look = { vehicleId, leaseId, viewerId, role: 'admin', what: 'position' } as const;
  await each((i) => db.insert(locationViews).values({ ...look, id: uuidv7(), reason: `look ${i}`, at: new Date() }));
  await each((i) =>
    admin.post('/v1/geofences', {
      body: {
        name: `Yard ${i}`,
        rule: 'stay_inside',
        vehicleIds: [vehicleId],
        polygon: { type: 'Polygon', coordinates: [triangle] },
      },
    }),
  );
  await each(async (i) => {
    const ts = new Date(at.getTime() + i * 1_000);
    await db
      .insert(positions)
      .values({ trackerId, vehicleId, ts, sequence: String(i), lat: 0.3, lon: 32.5, receivedAt: at });
    // A ride of a minute, a quarter of an hour after the last one.
    for (const [minutes, north] of [
      [0, 0],
      [1, 0.008],
    ] as const) {
      const on = new Date(at.getTime() - 43_200_000 + (i * 16 + minutes) * 60_000);
      const where = { lat: 0.3 + north, lon: 32.5, speedKph: 50 };
      await db
        .insert(positions)
        .values({ trackerId, vehicleId, ts: on, sequence: `ride ${i} ${minutes}`, ...where, receivedAt: on });
    }
    await db.insert(quarantine).values({
      id: uuidv7(),
      trackerId,
      topic: `trackers/${trackerId}/telemetry`,
      reason: 'not_json',
      size: 3,
      receivedAt: at,
    });
    const risk = { id: uuidv7(), episode: randomUUID(), type: 'speeding', severity: 'low', details: {} } as const;
    await db.insert(riskEvents).values({ ...risk, vehicleId, trackerId, leaseId, occurredAt: ts });
  });
  await each((i) =>
    db.insert(vehicleCommands).values({
      id: uuidv7(),
      vehicleId,
      trackerId,
      type: 'mobilise',
      state: 'succeeded',
      issuedAt: new Date(at.getTime() + i),
      expiresAt: new Date(at.getTime() + i + 60_000),
    }),
  );
  return trackerId;
}

async function troubles({ database: { db } }: TestPlatform, _staff: Cast): Promise<void> {
  await each(() =>
    transact(db, system('test'), new Date(), (context) =>
      openCase(context, { kind: 'unknown_outcome', leaseId: null, paymentId: uuidv7(), detail: {} }),
    ),
  );
}
