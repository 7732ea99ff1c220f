import { z } from '@hono/zod-openapi';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import type { Order } from '#domain/leases/commands';
import { transact } from '#use-cases/context';
import { provesPresence } from '#use-cases/identity/prove-presence';
import type { Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { askedInstant, text } from '../schemas.ts';

export const theftReport = z.strictObject({
  policeReference: text(80).optional(),
  at: askedInstant.optional(),
  code: z
    .string()
    .regex(/^\d{6}$/, 'must be six digits')
    .optional()
    .openapi({ description: 'Of `POST /v1/auth/otp`: for a customer whose login is older than a quarter of an hour' }),
  note: text().optional().openapi({ description: 'Staff say who reported it, and how' }),
});

/**
 * A customer proves who he is by a second factor, since a theft stops what is collected; staff answer for it with a note.
 *
 * @throws Problem second_factor_required; invalid_input where staff say nothing.
 */
export async function theftReported(
  { db, encryption }: Pick<ApiDependencies, 'db' | 'encryption'>,
  { id: userId, sessionId, role, actor }: Caller,
  { policeReference, at, code, note }: z.infer<typeof theftReport>,
): Promise<Order<'reportTheft'>> {
  if (!isStaff(role)) {
    const claim = { userId, sessionId, code };
    const isProven = await transact(db, actor, new Date(), (context) => provesPresence(context, encryption, claim));
    if (!isProven) throw new Problem('second_factor_required');
  } else if (note === undefined)
    throw new Problem('invalid_input', undefined, [{ path: 'note', message: 'say who reported it, and how' }]);
  return { policeReference, stolenAt: at, note };
}
