import type { Actor, Role } from '#domain/identity/roles';
import type { Identity } from '#platform/tokens';
import type { Logger } from '#platform/log';

/** What middleware leaves for the routes. */
export interface ApiEnvironment {
  Variables: {
    requestId: string;
    log: Logger;
    identity: Identity | undefined;
    /**
     * When the key came first, method, path and key, where the request has one: the same again within 24 hours is the
     * same command on the same object.
     */
    idempotencyKey: string | undefined;
  };
}

export interface Caller {
  readonly id: string;
  readonly role: Role;
  readonly sessionId: string;
  readonly actor: Actor;
}
