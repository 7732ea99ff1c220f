import { uuidv7 } from 'uuidv7';
import { users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { marketRules, type Market } from '#domain/markets';
import type { Encryption } from '#platform/encryption';
import { emit, record, type Context } from '../context.ts';

/**
 * A new customer, known by his phone.
 *
 * @returns null where somebody has the phone already.
 * @throws Problem unprocessable when the phone is of another country than the market.
 */
export async function createCustomer(
  context: Context,
  encryption: Encryption,
  input: { phone: string; name: string; market: Market; language?: string; isNamedByOther?: boolean },
): Promise<string | null> {
  const { phone, name, market, language, isNamedByOther = false } = input;
  const { callingCode } = marketRules(market);
  if (!phone.startsWith(callingCode)) {
    throw new Problem('unprocessable', 'The phone is of another country than the market', [
      { path: 'phone', message: `must begin with ${callingCode} in ${market}` },
    ]);
  }
  const { tx, at } = context;
  const id = uuidv7();
  const [created] = await tx
    .insert(users)
    .values({
      id,
      role: 'customer',
      name,
      isNamedByOther,
      market,
      phoneHash: encryption.hash('phone', phone),
      phoneEncrypted: encryption.encrypt(phone),
      ...(language === undefined ? {} : { language }),
      createdAt: at,
      updatedAt: at,
    })
    .onConflictDoNothing({ target: users.phoneHash })
    .returning({ id: users.id });
  if (created === undefined) return null;
  await record(context, { type: 'user.created', subject: id, detail: { market, role: 'customer' } });
  await emit(context, { type: 'user.created', subject: id, data: { userId: id, market, role: 'customer' } });
  return id;
}
