import { z } from '@hono/zod-openapi';
import * as ledger from '#db/queries/ledger';
import { currencies } from '#domain/money';
import { badCursor, decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing, found } from '../guards.ts';
import { adminOnly, defineRoute, router } from '../route.ts';
import { idParam, instant, listOf, localDay, pageQuery, text, uuid } from '../schemas.ts';
import { journalRoute } from './journal.ts';
import { businessDay } from './schemas.ts';

/** What docs/openapi.json calls a trial balance, and the journal behind it. Amounts are minor units of `currency`. */
const figures = {
  id: uuid,
  name: z.string().openapi({ example: 'clearing:mtn' }),
  currency: z.enum(currencies),
  debits: z.int(),
  credits: z.int(),
  balance: z.int().openapi({ description: 'Debits less credits' }),
};
export const ledgerAccount = z.object(figures).openapi('LedgerAccount');

export const trialBalance = z
  .object({
    asOf: localDay.nullable().openapi({ description: 'Business date, inclusive; null: everything posted' }),
    currencies: z.array(z.object({ currency: z.enum(currencies), debits: z.int(), credits: z.int() })),
    accounts: z.array(ledgerAccount),
  })
  .openapi('TrialBalance');

const actor = z.object({ role: z.string(), id: z.string() });
const cause = z.record(z.string(), z.string());

export const ledgerAccountWithEntries = z
  .object({
    ...figures,
    entries: z.array(
      z.object({
        transferId: uuid,
        book: z.string(),
        sequence: z.int(),
        on: localDay,
        valueOn: localDay,
        at: instant,
        kind: z.string(),
        description: z.string(),
        cause,
        actor,
        amount: z.int().openapi({ description: 'A debit is positive, a credit negative' }),
        balance: z.int().openapi({ description: 'Of the account, after this entry' }),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .openapi('LedgerAccountWithEntries');

export const transfer = z
  .object({
    id: uuid,
    book: z.string().openapi({ description: 'Whose journal it is in', example: 'provider:mtn' }),
    sequence: z.int().openapi({ description: '1, 2, 3 … in its book, without gaps' }),
    key: z.string(),
    kind: z.string(),
    leaseId: uuid.nullable(),
    on: localDay.openapi({ description: 'Business date' }),
    valueOn: localDay.openapi({ description: 'The day from which it counts' }),
    at: instant,
    description: z.string(),
    cause,
    actor,
    reverses: uuid.nullable(),
    reversedBy: uuid.nullable(),
    createdAt: instant,
    entries: z.array(z.object({ accountId: uuid, account: z.string(), amount: z.int(), currency: z.enum(currencies) })),
  })
  .openapi('Transfer');

const tag = 'ledger';

/** The books, for admins: nothing here changes them. */
export function ledgerRoutes(deps: ApiDependencies) {
  const app = router();
  balanceRoutes(deps, app);
  transferRoutes(deps, app);
  journalRoute(deps, app);
  return app;
}

function balanceRoutes(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  const { db } = deps;
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/ledger/trial-balance',
      summary: 'All accounts as of a business date; debits equal credits in each currency',
      tag,
      roles: adminOnly,
      query: z.object({ asOf: businessDay.optional() }),
      status: 200,
      answer: trialBalance,
    }),
    async (c) => {
      const { asOf } = c.req.valid('query');
      return c.json({ asOf: asOf ?? null, ...(await ledger.trialBalance(db, asOf)) }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/ledger/accounts',
      summary: 'The accounts by name, those that begin with `name`',
      tag,
      roles: adminOnly,
      query: z.object({ ...pageQuery, name: text().optional() }),
      status: 200,
      answer: listOf(ledgerAccount),
    }),
    async (c) => {
      const { limit, cursor, name } = c.req.valid('query');
      const rows = await ledger.listAccounts(db, { name }, { limit: limit + 1, ...accountPlace(cursor) });
      const data = rows.slice(0, limit);
      const last = data.at(-1);
      const more = rows.length > limit && last !== undefined;
      return c.json({ data, nextCursor: more ? encodeCursor(last.name, last.id, 'account') : null }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/ledger/accounts/{id}',
      summary: 'One account as of a business date with its entries, the newest first',
      tag,
      roles: adminOnly,
      guard: existing((id) => ledger.findAccount(db, id)),
      params: idParam,
      query: z.object({ ...pageQuery, asOf: businessDay.optional() }),
      status: 200,
      answer: ledgerAccountWithEntries,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { limit, cursor, asOf } = c.req.valid('query');
      const [account, rows] = await Promise.all([
        ledger.findAccount(db, id, asOf),
        ledger.accountEntries(db, id, { limit: limit + 1, asOf, before: movementPlace(cursor) }),
      ]);
      return c.json(
        { ...found(account), entries: rows.slice(0, limit).map(shown), nextCursor: nextMovement(rows, limit) },
        200,
      );
    },
  );
}

function transferRoutes(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  const { db } = deps;
  const filter = z.object({
    ...pageQuery,
    book: text().optional(),
    leaseId: uuid.optional(),
    from: businessDay.optional(),
    to: businessDay.optional(),
  });
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/ledger/transfers',
      summary: 'Transfers with their entries, the newest business date first; `from` and `to` are inclusive',
      tag,
      roles: adminOnly,
      query: filter,
      status: 200,
      answer: listOf(transfer),
    }),
    async (c) => {
      const { limit, cursor, ...rest } = c.req.valid('query');
      const rows = await ledger.listTransfers(db, rest, { limit: limit + 1, before: movementPlace(cursor) });
      return c.json({ data: rows.slice(0, limit).map(shown), nextCursor: nextMovement(rows, limit) }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/ledger/transfers/{id}',
      summary: 'One transfer with its entries, what it reverses and what reversed it',
      tag,
      roles: adminOnly,
      params: idParam,
      status: 200,
      answer: transfer,
    }),
    async (c) => {
      const [row] = await ledger.listTransfers(db, { id: c.req.valid('param').id }, { limit: 1 });
      return c.json(shown(found(row)), 200);
    },
  );
}

/** A movement as it is told: its number orders the pages, and may have gaps. */
function shown<Row extends { readonly number: number | null }>({ number: _number, ...movement }: Row) {
  return movement;
}

function accountPlace(cursor: string | undefined) {
  const [name, id] = decodeCursor(cursor, 'account') ?? [];
  if (name === undefined || id === undefined) return {};
  if (!uuid.safeParse(id).success) throw badCursor();
  return { after: { name: String(name), id } };
}

function movementPlace(cursor: string | undefined): ledger.LedgerPlace | undefined {
  const found = decodeCursor(cursor, 'movement');
  if (found === undefined) return undefined;
  const [number, date] = found;
  if (!Number.isSafeInteger(number) || !localDay.safeParse(date).success) throw badCursor();
  return { date, number: Number(number) };
}

function nextMovement(
  rows: readonly { readonly on: string; readonly number: number | null }[],
  limit: number,
): string | null {
  const last = rows[limit - 1];
  return rows.length > limit && last !== undefined ? encodeCursor(last.number ?? 0, last.on, 'movement') : null;
}
