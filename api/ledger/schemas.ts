import { z } from '@hono/zod-openapi';
import { currencies } from '#domain/money';
import { instant, localDay, uuid } from '../schemas.ts';

/** What the contract calls a trial balance, and the journal behind it. Amounts are minor units of `currency`. */
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
