import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { marketRules, type Market } from '#domain/markets';
import type { Encryption } from '#platform/encryption';
import { emit, record, type Context } from '../context.ts';
import { makeCode, type PendingText } from './send-code.ts';

/**
 * Registers a customer by phone and makes a login code. For a phone that is registered the answer is the
 * same, and the SMS says so: nobody learns from us who is a customer.
 *
 * @throws Problem unprocessable when the phone is of another country than the market.
 */
export async function registerCustomer(context: Context, encryption: Encryption, input: { phone: string; name: string; market: Market }): Promise<PendingText> {
  const { phone, name, market } = input;
  const { callingCode } = marketRules(market);
  if (!phone.startsWith(callingCode)) {
    throw new Problem('unprocessable', 'The phone is of another country than the market', [{ path: 'phone', message: `must begin with ${callingCode} in ${market}` }]);
  }
  const phoneHash = encryption.hash('phone', phone);
  const code = await makeCode(context, encryption, phoneHash);
  const id = uuidv7();
  const created = await context.tx
    .insert(users)
    .values({ id, role: 'customer', name, market, phoneHash, phoneEncrypted: encryption.encrypt(phone), createdAt: context.at, updatedAt: context.at })
    .onConflictDoNothing({ target: users.phoneHash })
    .returning({ id: users.id });
  if (created.length === 0) {
    const [known] = await context.tx.select({ disabledAt: users.disabledAt }).from(users).where(eq(users.phoneHash, phoneHash));
    const body = known?.disabledAt === null ? `You are registered already. ${code} is your login code, valid for 5 minutes.` : 'This number cannot log in. Please talk to us.';
    return { to: phone, body };
  }
  await record(context, { type: 'user.created', subject: id, detail: { market, role: 'customer' } });
  await emit(context, { type: 'user.created', subject: id, data: { userId: id, market, role: 'customer' } });
  return { to: phone, body: `Welcome! ${code} is your login code. It is valid for 5 minutes. Never tell it to anyone.` };
}
