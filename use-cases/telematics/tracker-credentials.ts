import { randomBytes } from 'node:crypto';
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { immobilisations, riskEvents, trackers, vehicles } from '#db/schema/index';
import { Problem, wrongInput } from '#domain/errors';
import type { EpisodeState } from '#domain/telematics/immobilisation/episode';
import { hasCheckDigit, isImei } from '#domain/telematics/imei';
import { topicsOf, type OwnTopics } from '#domain/telematics/topics';
import type { TrackerKind } from '#domain/telematics/tracker';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';

/** What a new tracker is set up with. The password is shown once and kept encrypted. */
export interface Credential {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly topics: OwnTopics;
}

interface NewTracker {
  readonly vehicleId: string;
  readonly kind: TrackerKind;
  /** IMEI or the like; what a bridge names the tracker by. */
  readonly serial?: string | undefined;
}

const PASSWORD_BYTES = 24;
const newPassword = () => randomBytes(PASSWORD_BYTES).toString('base64url');
const credential = (kind: TrackerKind, id: string, password: string): Credential => ({
  id,
  username: id,
  password,
  topics: topicsOf(kind, id),
});

/** What may be wrong with what was asked, and is taken all the same: units without a right check digit exist. */
const warningsOf = ({ kind, serial }: NewTracker): string[] =>
  kind === 'teltonika' && serial !== undefined && !hasCheckDigit(serial)
    ? [
        'serial: its last digit is not the check digit of an IMEI: was it typed right? A unit that logs in by another is refused',
      ]
    : [];

/**
 * @returns with what may be wrong
 * @throws Problem invalid_input for a Teltonika serial that is no IMEI; unprocessable for a vehicle that does not exist,
 * already_exists where it has a tracker or the serial is used.
 */
export async function registerTracker(
  context: Context,
  { encryption }: { readonly encryption: Encryption },
  asked: NewTracker,
): Promise<Credential & { readonly warnings: string[] }> {
  const { tx, at } = context;
  const { vehicleId, kind, serial } = asked;
  if (kind === 'teltonika' && serial !== undefined && !isImei(serial))
    throw wrongInput([{ path: 'serial', message: 'is not the 15 digits of an IMEI' }]);
  const [vehicle] = await tx
    .select({ retiredAt: vehicles.retiredAt })
    .from(vehicles)
    .where(eq(vehicles.id, vehicleId))
    .for('update');
  if (vehicle === undefined || vehicle.retiredAt !== null) {
    throw new Problem('unprocessable', 'There is no such vehicle', [
      { path: 'vehicleId', message: 'is no vehicle in use' },
    ]);
  }
  const id = uuidv7();
  const password = newPassword();
  const [row] = await tx
    .insert(trackers)
    .values({
      id,
      vehicleId,
      kind,
      serial: serial ?? null,
      passwordEncrypted: encryption.encrypt(password),
      createdAt: at,
    })
    .onConflictDoNothing()
    .returning({ id: trackers.id });
  if (row === undefined) {
    const [fitted] = await tx
      .select({ id: trackers.id })
      .from(trackers)
      .where(and(eq(trackers.vehicleId, vehicleId), isNull(trackers.revokedAt)));
    const path = fitted === undefined ? 'serial' : 'vehicleId';
    throw new Problem(
      'already_exists',
      fitted === undefined ? 'A tracker has this serial' : 'The vehicle has a tracker',
      [{ path, message: 'is taken' }],
    );
  }
  await record(context, { type: 'tracker.registered', subject: vehicleId, detail: { trackerId: id, kind } });
  await announce(context, id);
  return { ...credential(kind, id, password), warnings: warningsOf(asked) };
}

/**
 * A new password; the old one is worth nothing from now on, and its connections end.
 *
 * @throws Problem not_found; vehicle_stopped while its vehicle is, or has to be seen moving: the unit starts by codes of the
 * old one.
 */
export async function rotateCredential(
  context: Context,
  { encryption }: { readonly encryption: Encryption },
  id: string,
): Promise<Credential> {
  const password = newPassword();
  const [row] = await context.tx
    .update(trackers)
    .set({ passwordEncrypted: encryption.encrypt(password), credentialVersion: sql`${trackers.credentialVersion} + 1` })
    .where(and(eq(trackers.id, id), isNull(trackers.revokedAt)))
    .returning({ vehicleId: trackers.vehicleId, kind: trackers.kind });
  if (row === undefined) throw new Problem('not_found');
  await refuseWhile(context, row.vehicleId, ['stopping', 'stopped', 'starting']);
  await record(context, { type: 'tracker.credential_rotated', subject: row.vehicleId, detail: { trackerId: id } });
  await announce(context, id);
  return credential(row.kind, id, password);
}

/**
 * Takes a tracker out of use for good; its connections end, and so does what went on by its word: nobody else would end it.
 *
 * @throws Problem not_found; vehicle_stopped while its vehicle is: nobody else would start it.
 */
export async function revokeTracker(context: Context, id: string): Promise<void> {
  const [row] = await context.tx
    .update(trackers)
    .set({ revokedAt: context.at, online: false })
    .where(and(eq(trackers.id, id), isNull(trackers.revokedAt)))
    .returning({ vehicleId: trackers.vehicleId });
  if (row === undefined) throw new Problem('not_found');
  await refuseWhile(context, row.vehicleId, ['stopping', 'stopped']);
  await context.tx
    .update(riskEvents)
    .set({ endedAt: sql`greatest(${riskEvents.occurredAt}, ${context.at.toISOString()}::timestamptz)` })
    .where(and(eq(riskEvents.trackerId, id), isNull(riskEvents.endedAt)));
  await record(context, { type: 'tracker.revoked', subject: row.vehicleId, detail: { trackerId: id } });
  await announce(context, id);
}

/** @throws Problem vehicle_stopped while the immobilisation of a vehicle is in one of the states. */
async function refuseWhile({ tx }: Context, vehicleId: string, states: readonly EpisodeState[]): Promise<void> {
  const isIts = and(eq(immobilisations.vehicleId, vehicleId), inArray(immobilisations.state, [...states]));
  if ((await tx.$count(immobilisations, isIts)) > 0) throw new Problem('vehicle_stopped');
}

/** The telematics process hears of it when the transaction is committed. */
async function announce({ tx }: Context, trackerId: string): Promise<void> {
  await tx.execute(sql`select pg_notify('telematics_trackers', ${trackerId})`);
}
