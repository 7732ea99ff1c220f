import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { call } from '#test/api-world';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { populate, type Populated } from '#test/populated';
import { sampleOf, servedOperations, type Operation } from '#test/served-document';

/** Objects and lists of every route of the served OpenAPI document: a new route is covered by being mounted. */
let platform: TestPlatform;
let operations: readonly Operation[];
let world: Populated;

beforeAll(async () => {
  platform = await startTestPlatform();
  world = await populate(platform);
  operations = await servedOperations(platform.url);
}, 120_000);
afterAll(() => platform.close());

const NO_SUCH = '0198c0de-0000-7000-8000-000000000000';

/** A request whose body is wrong in every way: an object that is not the caller's is found out first. */
async function askWrongly({ method, takes, needsKey }: Operation, address: string, token: string | undefined) {
  const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{"nobody knows": "this"' };
  const headers = takes === undefined ? {} : { headers: { 'content-type': takes } };
  return call(platform.url, method, method === 'GET' ? `${address}?nobodyKnows=1` : address, {
    token,
    ...body,
    ...headers,
    ...(needsKey ? {} : { key: randomUUID() }),
  });
}

const hasObject = ({ path }: Operation) => path.includes('{') && !path.includes('/callbacks/');
/** Every customer may wait for any vehicle: nobody owns its queue, and of the places in it he sees his own alone. */
const ownedBy = ({ path, roles }: Operation) =>
  roles?.includes('customer') === true && path !== '/v1/vehicles/{id}/waiting';

describe('every object', { timeout: 120_000 }, () => {
  it.each([
    ['an id that nothing has', NO_SUCH],
    ['what is no id', 'not-an-id'],
    ['the id of everything', '%25'],
  ])('is 404 by %s, before the input is looked at', async (_what, id) => {
    const wrong: string[] = [];
    for (const operation of operations.filter(hasObject)) {
      const address = operation.path.replaceAll(/\{\w+\}/g, id);
      const { status, body } = await askWrongly(operation, address, world.tokenFor(operation));
      if (status !== 404) wrong.push(`${operation.name}: ${status} ${JSON.stringify(body).slice(0, 150)}`);
    }
    expect(wrong).toEqual([]);
  });

  it('is 404 to another customer, before the input is looked at', async () => {
    const chosen = operations.filter((one) => hasObject(one) && ownedBy(one));
    expect(chosen.length).toBeGreaterThan(15);
    const wrong: string[] = [];
    for (const operation of chosen) {
      const address = await world.addressOf(operation.path);
      const theirs = await askWrongly(operation, address, world.stranger.token);
      if (theirs.status !== 404) wrong.push(`${operation.name}: ${theirs.status} ${JSON.stringify(theirs.body)}`);
    }
    expect(wrong).toEqual([]);
  });

  it('is there for its owner', async () => {
    for (const operation of operations.filter((one) => hasObject(one) && ownedBy(one) && one.method === 'GET')) {
      const address = await world.addressOf(operation.path);
      const own = await call(platform.url, 'GET', address, { token: world.owner.token });
      expect(own.status, operation.name).toBe(200);
    }
  });

  it('of the books of another agent is not shown', async () => {
    const admin = await call(platform.url, 'GET', '/v1/me', { token: world.tokens.admin });
    const { id } = z.object({ id: z.string() }).parse(admin.body);
    for (const path of [`/v1/agents/${id}/float`, `/v1/agents/${id}/remittances`]) {
      const answer = await call(platform.url, 'GET', path, { token: world.tokens.agent });
      expect(answer.status, path).toBeGreaterThanOrEqual(403);
    }
  });
});

const list = z
  .object({
    data: z.array(z.unknown()).optional(),
    entries: z.array(z.unknown()).optional(),
    nextCursor: z.string().nullable(),
  })
  .transform(({ data, entries, nextCursor }) => ({ items: data ?? entries ?? [], nextCursor }));

describe('every change', () => {
  it('of what has an ETag is refused with another than the present one', async () => {
    const of = (wanted: string) => operations.filter(({ method }) => method === wanted);
    const readable = new Set(of('GET').map(({ path }) => path));
    const patched = of('PATCH').filter(({ path }) => readable.has(path));
    const deleted = of('DELETE').filter(({ path }) => path.endsWith('}') && patched.some((one) => one.path === path));
    const changes = [...patched, ...deleted];
    expect(deleted.length).toBeGreaterThan(2);
    expect(changes.length).toBeGreaterThan(3);
    for (const operation of changes) {
      const address = await world.addressOf(operation.path);
      const token = world.tokenFor(operation);
      const before = await call(platform.url, 'GET', address, { token });
      const tag = before.headers.get('etag');
      expect(tag, operation.name).toMatch(/^"\d+"$/);
      for (const wrong of ['"999999"', `W/${tag}`, 'nonsense', '"999998", "999999"']) {
        const headers = { 'if-match': wrong };
        const body = operation.method === 'PATCH' ? {} : undefined;
        const refused = await call(platform.url, operation.method, address, { token, headers, body });
        expect(refused, `${operation.name} ${wrong}`).toMatchObject({
          status: 412,
          body: { code: 'precondition_failed' },
        });
      }
      const after = await call(platform.url, 'GET', address, { token });
      expect(after.headers.get('etag'), operation.name).toBe(tag);
    }
  });
});

describe('a payment', () => {
  it('that is asked for many times at once with one key is charged once', async () => {
    const address = await world.addressOf('/v1/leases/{id}/pay');
    const body = { amount: { amount: 1_111, currency: 'UGX' } };
    const key = randomUUID();
    const ask = () => call(platform.url, 'POST', address, { token: world.owner.token, key, body });
    const answers = await Promise.all(Array.from({ length: 8 }, ask));
    expect([...new Set(answers.map(({ status }) => status))].every((status) => status === 202 || status === 409)).toBe(
      true,
    );
    const again = await ask();
    expect([again.status, again.headers.get('idempotent-replay')]).toEqual([202, 'true']);
    expect(
      (
        await call(platform.url, 'POST', address, {
          token: world.owner.token,
          key,
          body: { amount: { amount: 1_112, currency: 'UGX' } },
        })
      ).status,
    ).toBe(422);
    const payments = z.object({ data: z.array(z.object({ amount: z.object({ amount: z.number() }) })) });
    const { data } = payments.parse(
      (await call(platform.url, 'GET', '/v1/payments?limit=100', { token: world.owner.token })).body,
    );
    expect(data.filter(({ amount }) => amount.amount === 1_111)).toHaveLength(1);
  });
});

/** What tells an item from others; `asOf` and the like change between two looks. */
const nameOf = (item: unknown) => z.object({ id: z.string() }).safeParse(item).data?.id ?? JSON.stringify(item);

describe('every list', { timeout: 120_000 }, () => {
  const isList = ({ query }: Operation) => 'cursor' in query;
  const read = async (address: string, token: string | undefined) => {
    const { status, body } = await call(platform.url, 'GET', address, { token });
    const parsed = list.safeParse(body);
    if (!parsed.success) throw new Error(`GET ${address}: ${status} ${JSON.stringify(body).slice(0, 200)}`);
    return parsed.data;
  };

  /** Its address with what has to be said, up to the `?` or `&` of what may be. */
  const listAt = async ({ path, query, neededInQuery }: Operation) => {
    const said = neededInQuery.map((name) => `${name}=${String(sampleOf(query[name] ?? {}))}&`);
    return `${await world.addressOf(path)}?${said.join('')}`;
  };

  it('goes on where its cursor says: nothing twice, nothing left out, whatever the page', async () => {
    const lists = operations.filter(isList);
    expect(lists.length).toBeGreaterThan(15);
    for (const operation of lists) {
      const token = world.tokenFor(operation);
      const address = await listAt(operation);
      const { items, nextCursor } = await read(`${address}limit=100`, token);
      const shown = items.slice(0, 40).map(nameOf);
      // What is short is read as a whole, and cut into pages by one function that has a test of its own.
      const isShort = operation.query['limit']?.default === undefined;
      if (!isShort) expect(shown.length, `${operation.name}: test/populated.ts must make some`).toBeGreaterThan(2);
      expect(new Set(shown).size, operation.name).toBe(shown.length);
      for (const limit of [1, 2]) {
        const walked: string[] = [];
        let cursor = '';
        do {
          const page = await read(`${address}limit=${limit}${cursor}`, token);
          expect(page.items.length, operation.name).toBeLessThanOrEqual(limit);
          walked.push(...page.items.map(nameOf));
          if (page.nextCursor === null) break;
          cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
        } while (walked.length < shown.length);
        expect(walked.slice(0, shown.length), `${operation.name} by ${limit}`).toEqual(shown);
      }
      if (items.length < 100) expect(nextCursor, operation.name).toBeNull();
    }
  });

  it('refuses a cursor that was cut or edited, and a page of no size or too large', async () => {
    const wrong: string[] = [];
    for (const operation of operations.filter(isList)) {
      const token = world.tokenFor(operation);
      const address = await listAt(operation);
      const good = (await read(`${address}limit=1`, token)).nextCursor ?? '';
      const most = operation.query['limit']?.maximum ?? 100;
      for (const query of [
        `cursor=${good.slice(0, -2)}`,
        `cursor=${good.slice(0, -4)}AAAA`,
        `cursor=${good}AAAA`,
        'limit=0',
        'limit=-1',
        `limit=${most + 1}`,
        'limit=',
        'limit=1&limit=2',
      ]) {
        const { status, body } = await call(platform.url, 'GET', `${address}${query}`, { token });
        const path = query.split('=')[0];
        const { data } = z.object({ errors: z.tuple([z.object({ path: z.literal(path ?? '') })]) }).safeParse(body);
        if (status !== 400 || data === undefined)
          wrong.push(`${operation.name}?${query}: ${status} ${JSON.stringify(body).slice(0, 150)}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
