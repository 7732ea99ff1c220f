import type { Actor, Role } from '#domain/identity/roles';
import type { Identity } from '#platform/tokens';
import type { Logger } from '#platform/log';
import type { CommandKey } from '#steering/command-key';

/** What middleware leaves for the routes. */
export interface ApiEnvironment {
  Variables: {
    requestId: string;
    log: Logger;
    identity: Identity | undefined;
    /** Where the request has an Idempotency-Key. */
    idempotencyKey: CommandKey | undefined;
    /** It was answered that it takes too long: what is left of its body is thrown away. */
    isAnswered: true | undefined;
  };
}

export interface Caller {
  readonly id: string;
  readonly role: Role;
  readonly sessionId: string;
  readonly actor: Actor;
}
