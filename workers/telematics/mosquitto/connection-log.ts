import { isTrackerId } from '#domain/telematics/tracker';
import type { Connections } from '../connections.ts';

/** Where Mosquitto says who comes and goes; `log_dest topic` of deploy/mosquitto/mosquitto.conf. */
export const CONNECTION_LOG = '$SYS/broker/log/N';

// A client id is the client's own text, so the lines are read from their ends, which are Mosquitto's.
const came = /^(?:\d+: )?New client connected from \S+ as (.*) \(p\d+, c\d, k\d+, u'([^']*)'\)\.$/s;
const went = [
  /^(?:\d+: )?Client (.*) been disconnected by administrative action\.$/s,
  /^(?:\d+: )?Client (.*) (?:disconnected.*|closed its connection|has exceeded timeout, disconnecting)\.$/s,
];

/**
 * Reads from Mosquitto's log which connections of trackers stand: no message says over which connection
 * it came. Without the log, or from another broker, nothing is known, and every last will is believed.
 */
export class ConnectionLog {
  readonly #connections: Connections;
  /** Whose connection a client id names. */
  readonly #owners = new Map<string, string>();

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  read(line: string): void {
    const [, begun, username] = came.exec(line) ?? [];
    if (begun !== undefined && username !== undefined) {
      this.#end(begun, username);
      if (!isTrackerId(username)) return;
      this.#owners.set(begun, username);
      return this.#connections.began(username, begun);
    }
    for (const end of went) this.#end(end.exec(line)?.[1], null);
  }

  /** @param next who has the client id now: for the same tracker it is one connection that goes on */
  #end(clientId: string | undefined, next: string | null): void {
    if (clientId === undefined) return;
    const owner = this.#owners.get(clientId);
    if (owner === undefined || owner === next) return;
    this.#owners.delete(clientId);
    this.#connections.ended(owner, clientId);
  }

  /** Lines may have been missed: what is not known to stand does not. */
  forget(): void {
    this.#owners.clear();
    this.#connections.forget();
  }
}
