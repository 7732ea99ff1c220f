import { z } from '@hono/zod-openapi';
import type { UserRow } from '#db/queries/identity';
import { roles } from '#domain/identity/roles';
import { marketRules, markets } from '#domain/markets';
import { money as moneyValue } from '#domain/money';
import { escalationLevels, ticketCategories } from '#domain/support/ticket';
import type { Encryption } from '#platform/encryption';
import { balance, instant, market, text, uuid } from '../schemas.ts';

/** Where a member of staff sits. */
export const desk = z.strictObject({
  markets: z.array(market).min(1).max(markets.length),
  branch: text(60).nullable(),
  skills: z.array(z.enum(ticketCategories)).max(ticketCategories.length),
  level: z.enum(['agent', ...escalationLevels]),
});

/** What the contract calls a user and a session. */
export const user = z
  .object({
    id: uuid,
    role: z.enum(roles),
    name: z.string(),
    market: market.nullable(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    language: z.string(),
    monthlyIncome: balance.nullable().openapi({ description: 'What the customer says to earn in a month' }),
    disabled: z.boolean(),
    desk: desk.nullable().openapi({ description: 'Of staff' }),
    createdAt: instant,
  })
  .openapi('User');

export function presentUser(row: UserRow, encryption: Pick<Encryption, 'decrypt'>): z.infer<typeof user> {
  return {
    id: row.id,
    role: row.role,
    name: row.name,
    market: row.market,
    email: row.email,
    phone: row.phoneEncrypted === null ? null : encryption.decrypt(row.phoneEncrypted),
    language: row.language,
    monthlyIncome:
      row.monthlyIncome === null || row.market === null
        ? null
        : moneyValue(row.monthlyIncome, marketRules(row.market).currency),
    disabled: row.disabledAt !== null,
    desk: row.desk === null ? null : { ...row.desk, markets: [...row.desk.markets], skills: [...row.desk.skills] },
    createdAt: row.createdAt,
  };
}
