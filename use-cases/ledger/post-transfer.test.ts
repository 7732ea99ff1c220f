import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accounts, entries, transfers } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import type { Entry } from '#domain/ledger/ledger';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { transact, type Context } from '../context.ts';
import { postTransfer } from './post-transfer.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const inTransaction = <T>(work: (context: Context) => Promise<T>) =>
  transact(database.db, system('test'), new Date('2026-03-01T09:00:00Z'), work);

type Posted = Parameters<typeof postTransfer>[1];

function post(key: string, legs: readonly Entry[], over: Partial<Posted> = {}): Promise<string> {
  const common = {
    kind: 'receipt',
    leaseId: null,
    book: 'provider:mtn',
    currency: 'UGX',
    businessDate: localDate('2026-03-01'),
    description: 'test',
    cause: {},
  } as const;
  return inTransaction((context) => postTransfer(context, { key, entries: legs, ...common, ...over }));
}

const balanced = [
  { account: 'clearing:mtn', amount: 500 },
  { account: 'income:vehicle', amount: -500 },
];

describe('the ledger', () => {
  it('posts a balanced transfer once, however often it is asked', async () => {
    const [first, second] = await Promise.all([post('once', balanced), post('once', balanced)]);
    expect(second).toBe(first);
    expect(await post('once', balanced)).toBe(first);
    const rows = await database.db.select().from(entries).where(eq(entries.transferId, first));
    expect(rows.map(({ amount }) => amount).toSorted((a, b) => a - b)).toEqual([-500, 500]);
  });

  it('refuses another transfer by a key that is taken, whatever of it differs', async () => {
    const one = await post('taken', balanced);
    const isRefused = (what: Promise<string>) =>
      expect(what).rejects.toMatchObject({ cause: { code: '23505', constraint_name: 'transfers_same' } });
    const more = balanced.map((entry) => ({ ...entry, amount: entry.amount * 2 }));
    await isRefused(post('taken', more));
    await isRefused(post('taken', [...balanced, ...balanced]));
    await isRefused(
      post(
        'taken',
        balanced.map((entry) => ({ ...entry, account: `${entry.account}:other` })),
      ),
    );
    for (const other of [
      { kind: 'refund' },
      { book: 'provider:airtel' },
      { leaseId: uuidv7() },
      { currency: 'KES' },
    ] as const)
      await isRefused(post('taken', balanced, other));
    expect(await post('taken', balanced.toReversed()), 'in whatever order').toBe(one);
    expect(await database.db.$count(entries, eq(entries.transferId, one))).toBe(2);
  });

  it('refuses what does not balance', async () => {
    await expect(post('lame', [balanced[0] ?? { account: '', amount: 1 }])).rejects.toMatchObject({
      constraint_name: 'transfers_balanced',
    });
    expect(await database.db.select().from(transfers).where(eq(transfers.key, 'lame'))).toEqual([]);
  });

  it('refuses a transfer without entries', async () => {
    const empty = {
      id: uuidv7(),
      book: 'provider:mtn',
      key: 'empty',
      kind: 'receipt',
      cause: {},
      actor: system('test'),
      description: '',
      businessDate: '2026-03-01',
      valueOn: '2026-03-01',
      at: new Date(),
    };
    await expect(database.db.insert(transfers).values(empty)).rejects.toThrow();
  });

  it.each([
    'update ledger.entries set amount = amount + 1',
    'delete from ledger.entries',
    'truncate ledger.entries',
    "update ledger.transfers set description = 'x'",
  ])('refuses: %s', async (statement) => {
    await post('kept', balanced);
    await expect(database.db.execute(sql.raw(statement))).rejects.toMatchObject({
      cause: { message: expect.stringContaining('immutable') },
    });
  });

  it('refuses an entry that joins later, balanced or not', async () => {
    const id = await post('closed', balanced);
    const [account] = await database.db.select().from(accounts);
    const late = { transferId: id, accountId: account?.id ?? '', currency: 'UGX', amount: 1 } as const;
    await expect(
      database.db.insert(entries).values([
        { ...late, line: 8 },
        { ...late, line: 9, amount: -1 },
      ]),
    ).rejects.toMatchObject({ cause: { constraint_name: 'entries_closed' } });
  });

  it('refuses an entry in another currency than its account', async () => {
    const [account] = await database.db.select().from(accounts).where(eq(accounts.currency, 'UGX'));
    await expect(
      inTransaction(async ({ tx }) => {
        const id = uuidv7();
        await tx.insert(transfers).values({
          id,
          book: 'provider:mtn',
          key: 'mixed',
          kind: 'receipt',
          cause: {},
          actor: system('test'),
          description: '',
          businessDate: '2026-03-01',
          valueOn: '2026-03-01',
          at: new Date(),
        });
        await tx
          .insert(entries)
          .values({ transferId: id, line: 1, accountId: account?.id ?? '', currency: 'KES', amount: 5 });
      }),
    ).rejects.toMatchObject({ cause: { constraint_name: 'entries_currency' } });
  });
});
