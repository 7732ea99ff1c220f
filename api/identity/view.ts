import { z } from '@hono/zod-openapi';
import type { Login } from '#use-cases/identity/open-session';
import type { UserRow } from '#db/queries/identity';
import { roles } from '#domain/identity/roles';
import { marketRules, markets } from '#domain/markets';
import { money as moneyValue } from '#domain/money';
import { escalationLevels, ticketCategories } from '#domain/support/ticket';
import type { Encryption } from '#platform/encryption';
import { ACCESS_TOKEN_SECONDS, type TokenIssuer } from '#platform/tokens';
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

export const session = z
  .object({
    accessToken: z.string(),
    refreshToken: z.string().openapi({ description: 'Good once; using it again ends the session' }),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int().openapi({ description: 'Seconds that the access token lives' }),
    user,
  })
  .openapi('Session');

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

export async function presentSession(
  { tokens, encryption }: { readonly tokens: TokenIssuer; readonly encryption: Encryption },
  login: Login,
): Promise<z.infer<typeof session>> {
  const { user: row, sessionId, refreshToken } = login;
  const accessToken = await tokens.issue({ userId: row.id, role: row.role, sessionId });
  return {
    accessToken,
    refreshToken,
    tokenType: 'Bearer',
    expiresIn: ACCESS_TOKEN_SECONDS,
    user: presentUser(row, encryption),
  };
}
