import { eq } from 'drizzle-orm';
import type { Database } from '#db/client';
import { users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { Encryption } from '#platform/encryption';
import { record, transact, type Context } from '../context.ts';
import type { DeliveryDependencies, StartingDependencies } from '../notifications/dependencies.ts';
import { makeCode, queueCode } from './code.ts';
import { deliverCode } from './deliver-code.ts';
import { provesPresence } from './proves-presence.ts';
import { takeCode } from './take-code.ts';

/** The code that a signature was proven by does so again for so long: phones lose answers. Milliseconds. */
const AGAIN_MS = 15 * 60_000;

/**
 * Texts a code that is good to sign the terms of one hash, and nothing else.
 *
 * @throws TooManyRequests as `makeCode`; Problem not_found of whoever was erased
 */
export async function sendSignatureCode(
  deps: DeliveryDependencies & StartingDependencies & { readonly db: Database },
  actor: Actor,
  { userId, sha256 }: { readonly userId: string; readonly sha256: string },
): Promise<void> {
  const { db, encryption } = deps;
  const id = await transact(db, actor, new Date(), async (context) => {
    const phoneHash = await phoneHashOf(context, userId);
    if (phoneHash === null) throw new Problem('not_found');
    const code = await makeCode(context, encryption, phoneHash, `sign:${sha256}`);
    await record(context, { type: 'user.signature_code_sent', subject: userId, detail: { sha256 } });
    return queueCode(context, encryption, { to: userId, template: 'signature_code', code });
  });
  if (id === null) throw new Problem('not_found');
  void deliverCode(deps, id);
}

/** Who signs, by which session, and the code that he has just got. */
interface Claim {
  readonly userId: string;
  readonly sessionId: string;
  readonly code: string | undefined;
}

/**
 * How a customer proves that it is he who signs terms of a hash: by a code for them, or, where he names none, by the one
 * that his session began with a moment ago (`provesPresence`). A wrong try counts.
 *
 * @returns null where he does not
 */
export function provesSignature(
  { db, encryption }: { readonly db: Database; readonly encryption: Encryption },
  actor: Actor,
  { userId, sessionId, code }: Claim,
): (sha256: string) => Promise<{ readonly by: 'code' | 'login'; readonly channel: 'sms' } | null> {
  return (sha256) =>
    transact(db, actor, new Date(), async (context) => {
      if (code === undefined) {
        const isThere = await provesPresence(context, encryption, { userId, sessionId, code });
        return isThere ? { by: 'login', channel: 'sms' } : null;
      }
      const phoneHash = await phoneHashOf(context, userId);
      const given = { phoneHash: phoneHash ?? '', code, purpose: `sign:${sha256}`, againWithinMs: AGAIN_MS } as const;
      const isRight = await takeCode(context, encryption, given);
      const type = isRight ? 'signature.proven' : 'signature.doubted';
      await record(context, { type, subject: userId, detail: { sessionId, sha256 } });
      return isRight ? { by: 'code', channel: 'sms' } : null;
    });
}

async function phoneHashOf({ tx }: Context, userId: string): Promise<string | null> {
  const [user] = await tx.select({ phoneHash: users.phoneHash }).from(users).where(eq(users.id, userId));
  return user?.phoneHash ?? null;
}
