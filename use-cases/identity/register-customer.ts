import { eq } from 'drizzle-orm';
import { pins, sessions, users } from '#db/schema/index';
import type { Market } from '#domain/markets';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { createCustomer } from './create-customer.ts';
import { makeCode, queueCode } from './code.ts';

/**
 * Registers a customer by phone and makes a login code. For a phone that is registered the answer is the
 * same, and the SMS says so: nobody learns from us who is a customer. Whoever was named by somebody who had him asked is called
 * what he says himself, until he comes.
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
      .select({ id: users.id, disabledAt: users.disabledAt, isNamedByOther: users.isNamedByOther })
      .from(users)
      .where(eq(users.phoneHash, phoneHash));
    if (known === undefined || known.disabledAt !== null) return null;
    if (known.isNamedByOther) await nameHimself(context, known.id, input.name);
    return queueCode(context, encryption, { to: known.id, template: 'already_registered', code });
  }
  return queueCode(context, encryption, { to: id, template: 'welcome_code', code });
}

/** Somebody who has come, by whatever way, changes his name where he is logged in. */
async function nameHimself(context: Context, id: string, name: string): Promise<void> {
  const { tx, at } = context;
  const came = [tx.$count(sessions, eq(sessions.userId, id)), tx.$count(pins, eq(pins.userId, id))];
  if ((await Promise.all(came)).some((count) => count > 0)) return;
  await tx.update(users).set({ name, updatedAt: at }).where(eq(users.id, id));
  await record(context, { type: 'user.updated', subject: id, detail: { fields: ['name'] } });
}
