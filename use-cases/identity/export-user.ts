import { eq } from 'drizzle-orm';
import { users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { clearOf, type Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { parts } from './all-personal-data.ts';

/**
 * All that is held about a person, decrypted for that person. Files come by their own address
 * (`/v1/kyc/documents/{id}/content`), positions by that of the vehicle.
 *
 * @throws Problem not_found
 */
export async function exportUser(
  { tx, at }: Context,
  encryption: Encryption,
  id: string,
): Promise<Record<string, unknown>> {
  const [user] = await tx.select().from(users).where(eq(users.id, id));
  if (user === undefined) throw new Problem('not_found');
  const clear = (sealed: string | null) => clearOf(encryption, sealed);
  const given: Record<string, unknown> = { exportedAt: at };
  for (const [name, part] of Object.entries(parts)) given[name] = await part.read({ tx, user, clear });
  return given;
}
