import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { transfers } from '#db/schema/index';
import { transact, type Context } from '#use-cases/context';
import { postTransfer } from '#use-cases/ledger/post-transfer';
import * as shapes from './ledger.ts';
import { localDate } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import type { Currency } from '#domain/money';
import type { Entry } from '#domain/ledger/ledger';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';

let world: ApiWorld;
let admin: Person;
let serial = 0;
beforeAll(async () => {
  world = await createApiWorld();
  admin = await world.staff('admin');
});
afterAll(() => world.close());

const inTransaction = <T>(work: (context: Context) => Promise<T>) =>
  transact(world.database.db, system('test'), new Date('2026-03-01T09:00:00Z'), work);

interface Posting {
  readonly on: string;
  readonly entries: readonly Entry[];
  readonly book?: string;
  readonly currency?: Currency;
  readonly reverses?: string;
}

function posting({ on, entries, book = 'provider:mtn', currency = 'UGX', reverses }: Posting) {
  serial += 1;
  return {
    key: `posting-${serial}`,
    kind: reverses === undefined ? 'receipt' : 'reversal',
    leaseId: null,
    book,
    currency,
    businessDate: localDate(on),
    description: `posting ${serial}`,
    cause: { paymentId: `p${serial}` },
    entries,
    ...(reverses === undefined ? {} : { reverses }),
  };
}
const post = (input: Posting) => inTransaction((context) => postTransfer(context, posting(input)));
const moved = (from: string, to: string, amount: number): Entry[] => [
  { account: to, amount },
  { account: from, amount: -amount },
];

const get = (path: string, token = admin.token) => world.call('GET', `/v1/ledger/${path}`, { token });
async function read<T extends z.ZodType>(path: string, shape: T): Promise<z.infer<T>> {
  const { status, body } = await get(path);
  expect(status, `${path}: ${JSON.stringify(body)}`).toBe(200);
  return shape.parse(body);
}
const listed = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item), nextCursor: z.string().nullable() });
async function accountNamed(name: string) {
  const { data } = await read(`accounts?name=${encodeURIComponent(name)}`, listed(shapes.ledgerAccount));
  const [account] = data;
  if (account === undefined) throw new Error(`no account ${name}`);
  return account;
}

describe('the trial balance', () => {
  it('balances in each currency, and of a past day it is the same whatever is posted later', async () => {
    await post({ on: '2026-01-10', entries: moved('income:vehicle', 'clearing:mtn', 700) });
    await post({ on: '2026-01-10', entries: moved('income:vehicle', 'clearing:mpesa', 12_345), currency: 'KES' });
    await post({ on: '2026-01-20', entries: moved('income:fee', 'clearing:mtn', 50) });
    const days = ['2025-12-31', '2026-01-10', '2026-01-15', '2026-01-20'];
    const at = async (day: string) => (await get(`trial-balance?asOf=${day}`)).body;
    const before = await Promise.all(days.map(at));
    for (let day = 21; day <= 31; day += 1) {
      await post({ on: `2026-01-${day}`, entries: moved(`income:new-${day}`, 'clearing:mtn', day) });
      await post({ on: `2026-02-${day - 10}`, entries: moved('income:fee', 'clearing:mpesa', day), currency: 'KES' });
    }
    expect(await Promise.all(days.map(at))).toEqual(before);

    const first = shapes.trialBalance.parse(before[1]);
    expect(first.currencies).toEqual([
      { currency: 'KES', debits: 12_345, credits: 12_345 },
      { currency: 'UGX', debits: 700, credits: 700 },
    ]);
    expect(first.accounts.map(({ name, balance }) => [name, balance])).toEqual([
      ['clearing:mpesa', 12_345],
      ['income:vehicle', -12_345],
      ['clearing:mtn', 700],
      ['income:vehicle', -700],
    ]);
    expect(shapes.trialBalance.parse(before[0])).toEqual({ asOf: '2025-12-31', currencies: [], accounts: [] });
    const now = await read('trial-balance', shapes.trialBalance);
    for (const { debits, credits } of now.currencies) expect(debits).toBe(credits);
  });
});

describe('accounts', () => {
  it('are listed by name, by prefix, page by page, each once', async () => {
    for (const name of ['paged:a', 'paged:b', 'paged:c', 'paged_x', 'pagedXx'])
      await post({ on: '2026-01-10', entries: moved(name, 'clearing:mtn', 5) });
    const names: string[] = [];
    let cursor: string | null = '';
    do {
      const page: { data: { name: string }[]; nextCursor: string | null } = await read(
        `accounts?name=paged&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
        listed(shapes.ledgerAccount),
      );
      names.push(...page.data.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(names).toEqual(['paged:a', 'paged:b', 'paged:c', 'pagedXx', 'paged_x']);
    const escaped = await read('accounts?name=paged_', listed(shapes.ledgerAccount));
    expect(escaped.data.map(({ name }) => name)).toEqual(['paged_x']);
  });

  it('show their entries with the balance after each, page by page, as of a day', async () => {
    const amounts = [100, 20, -30, 7, 3];
    for (const [i, amount] of amounts.entries())
      await post({ on: `2026-04-0${i + 1}`, entries: moved('income:vehicle', 'clearing:running', amount) });
    const { id } = await accountNamed('clearing:running');
    const all = await read(`accounts/${id}`, shapes.ledgerAccountWithEntries);
    expect(all.entries.map(({ amount, balance }) => [amount, balance])).toEqual([
      [3, 100],
      [7, 97],
      [-30, 90],
      [20, 120],
      [100, 100],
    ]);
    expect(all).toMatchObject({ name: 'clearing:running', debits: 130, credits: 30, balance: 100, nextCursor: null });
    const one = await read(`accounts/${id}?limit=2`, shapes.ledgerAccountWithEntries);
    const two = await read(`accounts/${id}?limit=2&cursor=${one.nextCursor}`, shapes.ledgerAccountWithEntries);
    expect([...one.entries, ...two.entries]).toEqual(all.entries.slice(0, 4));
    const past = await read(`accounts/${id}?asOf=2026-04-02`, shapes.ledgerAccountWithEntries);
    expect(past).toMatchObject({ balance: 120, debits: 120, entries: [{ balance: 120 }, { balance: 100 }] });
    const none = await read(`accounts/${id}?asOf=2026-03-31`, shapes.ledgerAccountWithEntries);
    expect(none).toMatchObject({ balance: 0, debits: 0, entries: [] });
    expect(all.entries[0]).toMatchObject({
      book: 'provider:mtn',
      on: '2026-04-05',
      kind: 'receipt',
      cause: { paymentId: expect.any(String) },
      actor: { role: 'system', id: 'test' },
    });
  });
});

describe('transfers', () => {
  it('name their entries, what they reverse, and what reversed them', async () => {
    const entries = moved('income:vehicle', 'clearing:mtn', 999);
    const original = await post({ on: '2026-05-01', entries, book: 'agent:undo' });
    const undo = await post({
      on: '2026-05-02',
      entries: moved('clearing:mtn', 'income:vehicle', 999),
      book: 'agent:undo',
      reverses: original,
    });
    const shown = await read(`transfers/${original}`, shapes.transfer);
    expect(shown).toMatchObject({ reverses: null, reversedBy: undo, sequence: 1, on: '2026-05-01' });
    expect(shown.entries.map(({ account, amount, currency }) => [account, amount, currency])).toEqual([
      ['clearing:mtn', 999, 'UGX'],
      ['income:vehicle', -999, 'UGX'],
    ]);
    expect(await read(`transfers/${undo}`, shapes.transfer)).toMatchObject({ reverses: original, kind: 'reversal' });
  });

  it('are filtered by book and by business dates, both inclusive, newest first', async () => {
    for (const day of ['01', '02', '03', '04'])
      await post({ on: `2026-06-${day}`, entries: moved('income:fee', 'clearing:mtn', 1), book: 'agent:filter' });
    const days = async (query: string) =>
      (await read(`transfers?${query}`, listed(shapes.transfer))).data.map(({ on }) => on.slice(-2));
    expect(await days('book=agent:filter')).toEqual(['04', '03', '02', '01']);
    expect(await days('book=agent:filter&from=2026-06-02&to=2026-06-03')).toEqual(['03', '02']);
    const one = await read('transfers?book=agent:filter&limit=3', listed(shapes.transfer));
    expect(await days(`book=agent:filter&limit=3&cursor=${one.nextCursor}`)).toEqual(['01']);
  });
});

describe('a book', () => {
  it('numbers its transfers without gaps, whatever was rolled back or came at once', async () => {
    const entries = moved('income:fee', 'clearing:mtn', 3);
    const at = { on: '2026-07-01', entries, book: 'agent:gapless' };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, i) =>
        inTransaction(async (context) => {
          await postTransfer(context, posting(at));
          if (i % 3 === 0) throw new Error('rolled back');
          if (i % 5 === 0) await postTransfer(context, posting(at));
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(20);
    const rows = await world.database.sql<{ sequence: number }[]>`
      select sequence from ledger.transfers where book = 'agent:gapless' order by sequence`;
    expect(rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));
  });

  it.each([
    'update ledger.transfers set sequence = sequence + 1000',
    'update ledger.accounts set name = name',
    'delete from ledger.transfers where false',
    'delete from ledger.accounts',
    'truncate ledger.transfers cascade',
    'truncate ledger.accounts cascade',
  ])('refuses: %s', async (statement) => {
    await expect(world.database.db.execute(sql.raw(statement))).rejects.toMatchObject({
      cause: { message: expect.stringContaining('immutable') },
    });
  });
});

describe('bad questions', () => {
  it.each([
    'trial-balance?asOf=2026-02-30',
    'trial-balance?asOf=0000-01-01',
    'trial-balance?asof=2026-01-01',
    'accounts?cursor=nonsense',
    'accounts?limit=0',
    'transfers?leaseId=1',
    'transfers?from=yesterday',
    'transfers?cursor=W10',
  ])('are 400: %s', async (path) => {
    expect(await get(path)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  it('are 404 for what is not there, 403 for who is no admin', async () => {
    const agent = await world.staff('agent');
    const customer = await world.customer();
    const nobody = '0198c0de-0000-7000-8000-000000000000';
    for (const path of [`accounts/${nobody}`, `transfers/${nobody}`]) expect((await get(path)).status).toBe(404);
    for (const path of ['trial-balance', 'accounts', `accounts/${nobody}`, 'transfers', `transfers/${nobody}`]) {
      for (const { token } of [agent, customer]) expect((await get(path, token)).status, path).toBe(403);
    }
  });
});

describe('the journal', () => {
  const file = async (query: string) => {
    const headers = { authorization: `Bearer ${admin.token}` };
    const answer = await fetch(`${world.url}/v1/ledger/journal${query}`, { headers });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    return answer.text();
  };

  it('is every transfer in the order of its dates, and from a day on what was before is its opening', async () => {
    await post({ on: '2027-05-01', entries: moved('income:vehicle', 'clearing:mpesa', 12_345), currency: 'KES' });
    await post({ on: '2027-05-03', entries: moved('clearing:mpesa', 'cash:office', 345), currency: 'KES' });
    const all = await file('');
    expect(all).toContain('    Assets:Clearing:Mpesa  123.45 KES\n    Income:Earned:Vehicle  -123.45 KES\n');
    const days = [...all.matchAll(/^(\d{4}-\d\d-\d\d) /gm)].map(([, day]) => day);
    expect(days).toEqual(days.toSorted());
    const [{ count } = { count: 0 }] = await world.database.db
      .select({ count: sql<number>`count(*)::int` })
      .from(transfers);
    expect(days).toHaveLength(count);

    const late = await file('?format=beancount&from=2027-05-02&to=2027-05-02');
    expect([...late.matchAll(/^(\S+) \*/gm)].map(([, day]) => day)).toEqual(['2027-05-01']);
    expect(late).toMatch(/open Assets:Clearing:Mpesa\n/);
    const { accounts: held } = shapes.trialBalance.parse((await get('trial-balance?asOf=2027-05-01')).body);
    expect(late.match(/^ {2}[A-Z]\S+ {2}-?\d/gm)).toHaveLength(held.filter(({ balance }) => balance !== 0).length);
  });

  it('ends not before it begins', async () => {
    const { status, body } = await get('journal?from=2026-02-01&to=2026-01-01');
    expect([status, body]).toMatchObject([400, { errors: [{ path: 'to' }] }]);
  });
});
