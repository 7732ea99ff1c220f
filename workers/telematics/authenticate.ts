import { createHash, timingSafeEqual } from 'node:crypto';
import { and, eq, isNull } from 'drizzle-orm';
import { verifyPassword } from '#use-cases/identity/password';
import type { Database } from '#db/client';
import { sessions, users } from '#db/schema/index';
import { isStaff } from '#domain/identity/roles';
import type { MqttUser } from '#domain/telematics/topics';
import { isTrackerId } from '#domain/telematics/tracker';
import type { Config } from '#platform/config';
import type { Encryption } from '#platform/encryption';
import { createTokenIssuer } from '#platform/tokens';
import type { TrackerRegistry } from './registry.ts';

/** Who has logged in, and what ends the login. */
export interface TrackerLogin {
  readonly user: MqttUser;
  /** Of a tracker: the password it used, by number. */
  readonly credentialVersion: number | null;
  /** Of staff: when the token ends. */
  readonly expiresAt: Date | null;
}

interface AuthenticationDependencies {
  readonly config: Config;
  readonly db: Database;
  readonly encryption: Encryption;
  readonly registry: TrackerRegistry;
}

const PLATFORM_USER = 'platform';

/**
 * Who may connect to the embedded broker: trackers by their id and password, the platform and the Traccar
 * bridge by theirs, staff by e-mail and an access token (embedded: or their password). Nobody else.
 *
 * @returns null where the credentials are not right.
 */
export function createAuthentication({ config, db, encryption, registry }: AuthenticationDependencies) {
  const tokens = createTokenIssuer(config);
  const machine = (user: MqttUser, given: string, expected: string | undefined): TrackerLogin | null =>
    expected !== undefined && equal(given, expected) ? { user, credentialVersion: null, expiresAt: null } : null;

  return async (username: string, password: string): Promise<TrackerLogin | null> => {
    if (username === PLATFORM_USER) return machine({ kind: 'platform' }, password, config.MQTT_PLATFORM_PASSWORD);
    if (isTrackerId(username)) return tracker(username, password);
    if (username.includes('@')) return staff(username, password);
    return username === config.TRACCAR_MQTT_USERNAME
      ? machine({ kind: 'bridge' }, password, config.TRACCAR_MQTT_PASSWORD)
      : null;
  };

  async function tracker(id: string, password: string): Promise<TrackerLogin | null> {
    const known = await registry.refresh(id);
    // An unknown tracker takes as long as a wrong password.
    const right = equal(password, known === null ? '' : encryption.decrypt(known.passwordEncrypted));
    if (known === null || !right || password === '') return null;
    return { user: { kind: 'tracker', id }, credentialVersion: known.credentialVersion, expiresAt: null };
  }

  async function staff(email: string, password: string): Promise<TrackerLogin | null> {
    const live = and(isNull(users.disabledAt), isNull(users.erasedAt));
    const identity = await tokens.verify(password);
    if (identity !== null) {
      const [person] = await db
        .select({ id: users.id, email: users.email, role: users.role })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(
          and(eq(sessions.id, identity.sessionId), eq(users.id, identity.userId), isNull(sessions.revokedAt), live),
        );
      const right = person !== undefined && isStaff(person.role) && person.email?.toLowerCase() === email.toLowerCase();
      return right
        ? { user: { kind: 'staff', id: person.id }, credentialVersion: null, expiresAt: identity.expiresAt }
        : null;
    }
    if (!config.EMBEDDED) return null;
    const [person] = await db
      .select({ id: users.id, role: users.role, passwordHash: users.passwordHash })
      .from(users)
      .where(and(eq(users.email, email.toLowerCase()), live));
    const right = await verifyPassword(password, person?.passwordHash ?? null);
    return right && person !== undefined && isStaff(person.role)
      ? { user: { kind: 'staff', id: person.id }, credentialVersion: null, expiresAt: null }
      : null;
  }
}

/** In constant time, whatever the lengths. */
function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
