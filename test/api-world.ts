import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { hashPassword } from '#use-cases/identity/password';
import { createApp } from '#api/app';
import { completeDependencies, type ApiDependencies, type AppDependencies } from '#api/dependencies';
import { serveHttp } from '#api/serve';
import type { UserRow } from '#db/queries/identity';
import { users } from '#db/schema/index';
import { eventually, tell } from '#dev/client';
import { startSimulators } from '#dev/simulators/app';
import { marketRules, type Market } from '#domain/markets';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { uuidv7 } from 'uuidv7';
import { testConfig } from './config.ts';
import { watchAnswers } from './conformance.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { ownDirectory } from './directory.ts';
import { logIn } from './log-in.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or the text where it is none. */
  readonly body: unknown;
}

export interface CallOptions {
  readonly token?: string | undefined;
  readonly key?: string | undefined;
  readonly headers?: Record<string, string> | undefined;
  readonly body?: unknown;
}

export interface Person {
  readonly user: UserRow;
  readonly token: string;
  readonly refreshToken: string;
  /** E.164; staff have none. */
  readonly phone: string;
}

export interface ApiWorld {
  readonly url: string;
  readonly deps: ApiDependencies;
  readonly database: TestDatabase;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** A customer who is logged in, without the SMS in between. */
  customer(market?: Market): Promise<Person>;
  staff(role: 'agent' | 'admin'): Promise<Person>;
  /** A phone that nobody has. */
  freshPhone(market?: Market): string;
  /** The texts that the simulator received for a phone, newest first, once there are as many. */
  texts(phone: string, atLeast?: number): Promise<string[]>;
  close(): Promise<void>;
}

let serial = 0;
export const PASSWORD = 'correct horse battery';
/** Made once: it takes longer than all else that makes a person. */
let passwordHash: Promise<string> | undefined;

/** The API over real HTTP, on a database of its own, with the simulated SMS provider and the run's Temporal server. */
export async function createApiWorld(
  overrides: Record<string, string> = {},
  more: Partial<AppDependencies> = {},
): Promise<ApiWorld> {
  const dataDir = await ownDirectory('api');
  const [database, simulators] = await Promise.all([
    createTestDatabase(),
    startSimulators({ port: 0, dataDir, seed: 'test', log: () => {} }),
  ]);
  const config = testConfig({
    DATABASE_URL: database.url,
    TASK_QUEUE_PREFIX: `a${randomUUID().slice(0, 8)}-`,
    AFRICASTALKING_BASE_URL: `${simulators.url}/sms`,
    AFRICASTALKING_USERNAME: 'sandbox',
    AFRICASTALKING_API_KEY: 'sms-key',
    RATE_LIMIT_USER: '100000',
    RATE_LIMIT_ADDRESS: '100000',
    ...overrides,
  });
  const temporal = await connectTemporal(config);
  const { db, sql } = database;
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const deps = completeDependencies({
    config,
    log: createLogger('test', config.LOG_LEVEL),
    db,
    sql,
    temporal,
    encryption,
    // Longer than any request, on a machine that others share.
    patience: 120_000,
    ...more,
  });
  const server = await serveHttp(createApp(deps), 0, '127.0.0.1', 1_000);
  const checkAnswers = watchAnswers(server.server);
  const url = `http://127.0.0.1:${server.port}`;

  const add = async (values: Omit<typeof users.$inferInsert, 'id'>, phone: string): Promise<Person> => {
    const [user] = await db
      .insert(users)
      .values({ id: uuidv7(), ...values })
      .returning();
    if (user === undefined) throw new Error('no user');
    return { ...(await logIn(deps, user)), user, phone };
  };
  const freshPhone = (market: Market = 'UG') => {
    serial += 1;
    const { callingCode } = marketRules(market);
    return `${callingCode}77${String(serial).padStart(4, '0')}100`;
  };
  return {
    url,
    deps,
    database,
    freshPhone,
    call: (method, path, options = {}) => call(url, method, path, options),
    async customer(market = 'UG') {
      const phone = freshPhone(market);
      const phoneHash = encryption.hash('phone', phone);
      const phoneEncrypted = encryption.encrypt(phone);
      return add({ role: 'customer', name: 'Test Person', market, phoneHash, phoneEncrypted }, phone);
    },
    async staff(role) {
      serial += 1;
      passwordHash ??= hashPassword(PASSWORD);
      const values = { role, name: `Test ${role}`, email: `${role}${serial}@example.com` };
      return add({ ...values, passwordHash: await passwordHash }, '');
    },
    texts: (phone, atLeast = 1) =>
      eventually(`${atLeast} texts`, async () => {
        const { body } = await call(simulators.url, 'GET', `/sms?to=${encodeURIComponent(phone)}`, {});
        const { data } = body as { data: { body: string }[] };
        return data.length >= atLeast ? data.map((text) => text.body) : undefined;
      }),
    async close() {
      await server.stop();
      await temporal.connection.close();
      await simulators.stop();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
      checkAnswers();
    },
  };
}

/** One request; a body that is no string is sent as JSON. */
export async function call(
  url: string,
  method: string,
  path: string,
  { token, key, headers = {}, body }: CallOptions,
): Promise<Answer> {
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const {
    status,
    headers: told,
    text,
  } = await tell(`${url}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...sent,
  });
  const isJson = /json/.test(told.get('content-type') ?? '');
  return { status, headers: told, body: isJson && text !== '' ? JSON.parse(text) : text };
}

/** The code in a text. */
export const codeIn = (text: string | undefined) => /\b(\d{6})\b/.exec(text ?? '')?.[1] ?? '';
