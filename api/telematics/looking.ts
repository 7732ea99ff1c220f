import { isUtf8 } from 'node:buffer';
import type { Context } from 'hono';
import { transact } from '#use-cases/context';
import { recordLook, recordSeen } from '#use-cases/telematics/record-look';
import { tenureOf, type Period } from '#db/queries/telematics';
import { findVehicle } from '#db/queries/vehicles';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { NEWEST } from '#domain/telematics/fix';
import type { Looked } from '#domain/telematics/look';
import type { ApiEnvironment } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { owned } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { askedInstant, text } from '../schemas.ts';

const DAY = 86_400_000;

/** A guard: staff, and the customer who has the vehicle now; for others it is as if there were none. */
export const trackedVehicle = ({ db }: Pick<ApiDependencies, 'db'>) =>
  owned(async (id) => {
    if ((await findVehicle(db, id)) === undefined) return undefined;
    return (await tenureOf(db, id))?.customerId ?? null;
  });

/** The time that is looked at; both ends belong to it. */
export const period = {
  from: askedInstant.optional(),
  to: askedInstant.optional(),
};

/**
 * The time of a vehicle that whoever asks may look at: the last day where nothing is said. A customer sees nothing from
 * before the vehicle was handed over, when others had it. A look of staff is put on record.
 *
 * @throws Problem invalid_input where the time ends before it begins: nothing is looked at, and nothing on record.
 */
export async function lookAt(
  { db }: Pick<ApiDependencies, 'db'>,
  c: Context<ApiEnvironment>,
  what: Looked,
  {
    vehicleId,
    from,
    to,
  }: { readonly vehicleId: string; readonly from?: string | undefined; readonly to?: string | undefined },
): Promise<Period> {
  const until = to === undefined ? new Date(Date.now() + NEWEST) : new Date(to);
  const since = from === undefined ? new Date(until.getTime() - DAY) : new Date(from);
  if (since > until) {
    throw new Problem('invalid_input', 'The time ends before it begins', [
      to === undefined
        ? { path: 'from', message: 'must not be in the future' }
        : { path: 'to', message: 'must not be before from' },
    ]);
  }
  if (isStaff(callerOf(c).role)) {
    const asked = { vehicleId, from: since, to: until };
    await noteLook({ db }, c, what, asked);
    return asked;
  }
  const handedOver = (await visibleSince({ db }, c, vehicleId)) ?? until;
  return { vehicleId, from: since < handedOver ? handedOver : since, to: until };
}

/** Since when whoever asks may know where a vehicle was: staff ever, a customer since it was handed over; null: never. */
export async function visibleSince(
  { db }: Pick<ApiDependencies, 'db'>,
  c: Context<ApiEnvironment>,
  vehicleId: string,
): Promise<Date | null> {
  if (isStaff(callerOf(c).role)) return new Date(0);
  return (await tenureOf(db, vehicleId))?.since ?? null;
}

/** Puts a look of staff on record, with its reason; the customer's own is nobody's business. @throws Problem invalid_input */
export async function noteLook(
  { db }: Pick<ApiDependencies, 'db'>,
  c: Context<ApiEnvironment>,
  what: Looked,
  { vehicleId, from, to }: Period,
): Promise<void> {
  const { id: viewerId, role, actor } = callerOf(c);
  if (!isStaff(role)) return;
  const reason = reasonToLook(c);
  const look = { viewerId, role, vehicleIds: [vehicleId], what, from, to, reason };
  await transact(db, actor, new Date(), (context) => recordLook(context, look));
}

/** The same of where vehicles were when something happened to them: of those that a customer had then, and whose place is told. */
export async function noteSeen(
  { db }: Pick<ApiDependencies, 'db'>,
  c: Context<ApiEnvironment>,
  what: Looked,
  rows: readonly { readonly leaseId: string | null; readonly vehicleId: string; readonly position: unknown }[],
): Promise<void> {
  const { id: viewerId, role, actor } = callerOf(c);
  if (!isStaff(role)) return;
  const reason = reasonToLook(c);
  const had = rows.flatMap(({ leaseId, vehicleId, position }) =>
    leaseId === null || position === null ? [] : [{ leaseId, vehicleId }],
  );
  if (had.length === 0) return;
  await transact(db, actor, new Date(), (context) => recordSeen(context, { viewerId, role, what, reason }, had));
}

/** Why staff look, as `X-Reason` says it; null where it says nothing. A header is bytes: what is UTF-8 is read so. @throws Problem invalid_input */
export function reasonToLook(c: Context<ApiEnvironment>): string | null {
  const given = Buffer.from(c.req.header('x-reason') ?? '', 'latin1');
  const read = isUtf8(given) ? given.toString('utf8') : given.toString('latin1');
  if (read.trim() === '') return null;
  const reason = text().safeParse(read);
  if (reason.success) return reason.data;
  const errors = reason.error.issues.map(({ message }) => ({ path: 'X-Reason', message }));
  throw new Problem('invalid_input', 'The reason cannot be taken', errors);
}
