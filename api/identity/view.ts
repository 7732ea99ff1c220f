import { z } from '@hono/zod-openapi';
import type { Login } from '#use-cases/identity/open-session';
import type { UserRow } from '#db/queries/identity';
import { roles } from '#domain/identity/roles';
import { marketRules } from '#domain/markets';
import { money as moneyValue } from '#domain/money';
import type { Encryption } from '#platform/encryption';
import { ACCESS_TOKEN_SECONDS, type TokenIssuer } from '#platform/tokens';
import { balance, instant, market, uuid } from '../schemas.ts';

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
