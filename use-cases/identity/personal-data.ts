import { asc, eq } from 'drizzle-orm';
import { idempotencyKeys, otpCodes, pins, sessions, users } from '#db/schema/index';
import { list, one, type PersonalData } from '../personal-data.ts';
import { endSessions } from './end-sessions.ts';
import { identityRetention } from './retention.ts';

export const identityData: PersonalData = {
  holds: 'name, phone, e-mail, language, income, the hash of the PIN, sessions, login codes, requests with a key',
  kept: 'until the customer is erased; codes and requests a day, sessions that are over a month',
  retention: identityRetention,

  export: {
    user: one(async ({ user, clear }) => {
      const { phoneEncrypted, phoneHash: _phone, passwordHash: _password, version: _version, ...person } = user;
      return { ...person, phone: clear(phoneEncrypted) };
    }),
    sessions: list(({ tx, user }) =>
      tx.select().from(sessions).where(eq(sessions.userId, user.id)).orderBy(asc(sessions.createdAt)),
    ),
  },

  async erase(context, { id, phoneHash }) {
    const { tx, at } = context;
    await tx.delete(idempotencyKeys).where(eq(idempotencyKeys.userId, id));
    if (phoneHash !== null) await tx.delete(otpCodes).where(eq(otpCodes.phoneHash, phoneHash));
    await tx.delete(pins).where(eq(pins.userId, id));
    const nothing = { name: 'erased', phoneEncrypted: null, phoneHash: null, monthlyIncome: null };
    await tx
      .update(users)
      .set({ ...nothing, erasedAt: at, disabledAt: at, updatedAt: at })
      .where(eq(users.id, id));
    await endSessions(context, { userId: id });
  },
};
