import { eq } from 'drizzle-orm';
import { users } from '#db/schema/index';
import type { Market } from '#domain/markets';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { createCustomer } from './create-customer.ts';
import { makeCode, queueCode } from './code.ts';

/**
 * Registers a customer by phone and makes a login code. For a phone that is registered the answer is the
 * same, and the SMS says so: nobody learns from us who is a customer.
 *
 * @returns the notification to deliver after the commit, or null where the customer is disabled.
 * @throws Problem unprocessable when the phone is of another country than the market.
 * @throws TooManyRequests after five codes in an hour.
 */
export async function registerCustomer(
  context: Context,
  encryption: Encryption,
  input: { phone: string; name: string; market: Market },
): Promise<string | null> {
  const { phone } = input;
  const phoneHash = encryption.hash('phone', phone);
  const code = await makeCode(context, encryption, phoneHash);
  const id = await createCustomer(context, encryption, input);
  if (id === null) {
    const [known] = await context.tx
      .select({ id: users.id, disabledAt: users.disabledAt })
      .from(users)
      .where(eq(users.phoneHash, phoneHash));
    if (known === undefined || known.disabledAt !== null) return null;
    return queueCode(context, encryption, { to: known.id, template: 'already_registered', code });
  }
  return queueCode(context, encryption, { to: id, template: 'welcome_code', code });
}
