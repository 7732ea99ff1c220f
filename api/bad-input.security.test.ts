import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { call, type CallOptions } from '#test/api-world';
import { together, togetherInQuery, type Round } from '#test/faults-together';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { populate, type Populated } from '#test/populated';
import { faultsOf, faultsOfQuery, sampleOf, servedOperations, type Fault, type Operation } from '#test/served-document';

/**
 * Bad input to every route, made from the served OpenAPI document: a new route is covered by being mounted.
 * Each fault is answered with a problem that names the field, and changes nothing.
 */
let platform: TestPlatform;
let operations: readonly Operation[];
let world: Populated;

beforeAll(async () => {
  platform = await startTestPlatform();
  world = await populate(platform);
  operations = await servedOperations(platform.url);
}, 120_000);
afterAll(() => platform.close());

const problem = z.strictObject({
  type: z.string().min(1),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().min(1),
  code: z.string().min(1),
  requestId: z.string().min(1),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string().min(1) })).optional(),
});

/** What is refused waits for nobody. */
const PROMPT_MS = 1_000;

/** Asks, on a busy machine a few times: what waits for somebody takes its time each time. */
async function timed(method: string, address: string, options: CallOptions) {
  for (let tries = 1; ; tries += 1) {
    const began = performance.now();
    const fresh = options.key === undefined ? options : { ...options, key: randomUUID() };
    const answer = await call(platform.url, method, address, fresh);
    const took = performance.now() - began;
    if (took < PROMPT_MS || tries === 4) return { ...answer, took };
  }
}

interface Wanted {
  readonly status: number;
  readonly code?: string;
  /** The field that `errors` must name, or something in it. */
  readonly path?: string;
}

type Answer = Awaited<ReturnType<typeof timed>>;

function isRight({ status, headers, body, took }: Answer, wanted: Wanted): boolean {
  const { data, error } = problem.safeParse(body);
  const names = (path: string) => data?.errors?.some((one) => `${one.path}.`.startsWith(`${path}.`)) === true;
  return (
    took < PROMPT_MS &&
    status === wanted.status &&
    error === undefined &&
    data.status === status &&
    data.requestId === headers.get('x-request-id') &&
    headers.get('content-type') === 'application/problem+json' &&
    headers.get('x-content-type-options') === 'nosniff' &&
    headers.has('ratelimit-policy') &&
    (wanted.code === undefined || data.code === wanted.code) &&
    (wanted.path === undefined || names(wanted.path))
  );
}

/** Asks, and @returns a line for what is wrong with the answer, or null. */
async function asked({ method, name }: Operation, address: string, options: CallOptions, wanted: Wanted, what: string) {
  const answer = await timed(method, address, options);
  const { status, body, took } = answer;
  return isRight(answer, wanted)
    ? null
    : `${name}: ${what}: ${status} after ${Math.round(took)} ms ${JSON.stringify(body)}`.slice(0, 300);
}

/** Asks with several things wrong at once. What the answer does not name is asked alone, whose answer counts. */
async function askedAtOnce<Input>(
  { method }: Operation,
  { faults }: Pick<Round<Input>, 'faults'>,
  { address, options }: { readonly address: string; readonly options: CallOptions },
  wantedOf: (fault: Fault<Input>) => Wanted,
  alone: (fault: Fault<Input>) => Promise<string | null>,
): Promise<readonly (string | null)[]> {
  const answer = faults.length > 1 ? await timed(method, address, options) : undefined;
  const found: (string | null)[] = [];
  for (const fault of faults)
    found.push(answer !== undefined && isRight(answer, wantedOf(fault)) ? null : await alone(fault));
  return found;
}

/** What the database has, but for sessions' and keys' own bookkeeping: a digest of every table's rows. */
async function everything(): Promise<Readonly<Record<string, string>>> {
  const { db } = platform.database;
  const tables = z.array(z.object({ name: z.string() })).parse(
    await db.execute(sql`
      select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
        and table_name not in ('idempotency_keys', 'documents') order by 1`),
  );
  const digests = tables.map(
    ({ name }) =>
      `select '${name}' as name, coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as rows from ${name} t`,
  );
  const rows = z
    .array(z.object({ name: z.string(), rows: z.string() }))
    .parse([...(await db.execute(sql.raw(digests.join(' union all '))))]);
  expect(rows.length).toBeGreaterThan(20);
  return Object.fromEntries(rows.map(({ name, rows: digest }) => [name, digest]));
}

/** Runs `look` for every operation; nothing may be wrong, and nothing in the database different. */
async function forEvery(
  chosen: (operation: Operation) => boolean,
  look: (operation: Operation, address: string, token: string | undefined) => Promise<readonly (string | null)[]>,
): Promise<number> {
  const before = await everything();
  const found: (string | null)[] = [];
  for (const operation of operations.filter(chosen))
    found.push(...(await look(operation, await world.addressOf(operation.path), world.tokenFor(operation))));
  expect(found.filter((line) => line !== null)).toEqual([]);
  expect(await everything()).toEqual(before);
  return found.length;
}

const isText = ({ what }: Fault) => /surrogate|U\+0000/.test(what);
const takesJson = ({ body }: Operation) => body !== undefined;

/** More than any route reads. */
const large = JSON.stringify({ x: 'x'.repeat(1024 * 1024) });

describe('every route', { timeout: 180_000 }, () => {
  it.each([
    ['names what is wrong with a body', (fault: Fault) => !isText(fault), 400],
    ['names where text is that no database takes', isText, 300],
  ] as const)('%s, and changes nothing', async (_, chosen, atLeast) => {
    const tried = await forEvery(takesJson, async (operation, address, token) => {
      const wanted = ({ path }: Fault) =>
        path === '' ? { status: 400 } : { status: 400, code: 'invalid_input', path };
      const options = (input: unknown) => ({ token, key: randomUUID(), body: JSON.stringify(input) });
      const alone = (fault: Fault) =>
        asked(operation, address, options(fault.input), wanted(fault), `${fault.path} ${fault.what}`);
      const body = operation.body ?? {};
      const wrong: (string | null)[] = [];
      for (const round of together(faultsOf(body).filter(chosen), sampleOf(body)))
        wrong.push(...(await askedAtOnce(operation, round, { address, options: options(round.input) }, wanted, alone)));
      return wrong;
    });
    expect(tried).toBeGreaterThan(atLeast);
  });

  it('names what is wrong with a query', async () => {
    const tried = await forEvery(
      ({ query }) => Object.keys(query).length > 0,
      async (operation, address, token) => {
        const wrong: (string | null)[] = [];
        const wanted = ({ path }: Fault) => ({ status: 400, path });
        const at = (input: string) => `${address}?${input}`;
        const alone = (fault: Fault<string>) =>
          asked(operation, at(fault.input), { token }, wanted(fault), `?${fault.path}= ${fault.what}`);
        for (const round of togetherInQuery(faultsOfQuery(operation)))
          wrong.push(
            ...(await askedAtOnce(operation, round, { address: at(round.input), options: { token } }, wanted, alone)),
          );
        return wrong;
      },
    );
    expect(tried).toBeGreaterThan(100);
  });

  it('names the field whose bytes are not UTF-8, and the form field', async () => {
    const name = Buffer.from('{"name":"J\xe9","language":"en"}', 'latin1');
    const patch = { method: 'PATCH', body: name, type: { 'content-type': 'application/json' } };
    const form = new FormData();
    form.set('kind', 'sel\u0000fie');
    form.set('file', new Blob(['x']), 'x.jpg');
    const ask = async (path: string, { type, ...init }: RequestInit & { readonly type?: Record<string, string> }) => {
      const authorization = `Bearer ${world.tokens.customer}`;
      const answer = await fetch(`${platform.url}${path}`, { ...init, headers: { ...type, authorization } });
      return [answer.status, z.looseObject({ errors: z.unknown() }).parse(await answer.json()).errors];
    };
    const refused = (path: string) => [400, [expect.objectContaining({ path })]];
    expect(await ask('/v1/me', patch)).toEqual(refused('name'));
    expect(await ask('/v1/kyc/documents', { method: 'POST', body: form })).toEqual(refused('kind'));
    expect(await ask('/v1/vehicles?q=%ED%A0%80', {})).toEqual(refused('q'));
  });

  it('refuses what is no JSON, another type of body, and one that is too large', async () => {
    await forEvery(takesJson, async (operation, address, token) => {
      const body = JSON.stringify(sampleOf(operation.body ?? {}));
      const send = (what: string, wanted: Wanted, options: CallOptions) =>
        asked(operation, address, { token, key: randomUUID(), ...options }, wanted, what);
      return [
        await send('no JSON', { status: 400, code: 'invalid_json' }, { body: '{"a":' }),
        operation.needsBody ? await send('nothing', { status: 400 }, { body: '' }) : null,
        await send('text', { status: 415 }, { body, headers: { 'content-type': 'text/plain' } }),
        await send('a form', { status: 415 }, { body, headers: { 'content-type': 'multipart/form-data' } }),
        await send('over 1 MB', { status: 413 }, { body: large }),
      ];
    });
  });

  it('that moves money wants an Idempotency-Key', async () => {
    const tried = await forEvery(
      ({ needsKey }) => needsKey,
      async (operation, address, token) => {
        const body = sampleOf(operation.body ?? {});
        const wanted = { status: 400, code: 'idempotency_key_required' };
        return [await asked(operation, address, { token, body }, wanted, 'no key')];
      },
    );
    expect(tried).toBeGreaterThan(6);
    const moving = /^POST .*\/(pay|settle|cash|remittances|confirm|reject|resolve|decide|reverse)$/;
    const free =
      /\/((leases|cases|tickets)\/\{id\}\/(resume|close|resolve)|immobilise\/confirm|transfers\/\{id\}\/confirm)$/;
    for (const { name, needsKey } of operations)
      if (moving.test(name) && !free.test(name)) expect(needsKey, name).toBe(true);
  });
});
