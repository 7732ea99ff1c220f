import { createServer, type Socket } from 'node:net';
import { Aedes, type AedesPublishPacket, type AuthenticateError, type Client, type PublishPacket } from 'aedes';
import { z } from 'zod';
import { mayPublish, maySubscribe, type MqttUser } from '#domain/telematics/topics';
import { isTrackerId } from '#domain/telematics/tracker';
import { inTime } from '#platform/in-time';
import type { Logger } from '#platform/log';
import { parse } from '#providers/trackers/json';
import type { Ways } from '#providers/trackers/tell-unit';
import { isTrackerTopic } from '#providers/trackers/registry';
import type { TrackerLogin } from './authenticate.ts';
import type { Connections } from './connections.ts';
import { HeldBack } from './held-back.ts';
import type { Ingest } from './ingest.ts';
import { limitPackets } from './packet-limit.ts';
import { readOn } from './read-on.ts';
import { Throttle } from './throttle.ts';
import { listen } from '#platform/listen';

/** The embedded broker: what it acknowledges to a tracker is committed. */
export interface Broker {
  readonly port: number;
  /** Ends the connections of a tracker whose login is not good any more. */
  recheck(trackerId: string, credentialVersion: number | null): void;
  /** Ends every tracker's connection; they come back and log in again. */
  dropTrackers(): void;
  /**
   * Publishes what trackers hear, never retained: whoever comes later must not obey it. aedes knows no expiry, so what does not
   * say its own is for who is there now: of QoS 0 no session keeps it.
   */
  readonly publish: Ways['publish'];
  /** Takes nothing more; what was taken can still be acknowledged. */
  close(): void;
  stop(): Promise<void>;
}

interface BrokerDependencies {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  readonly ingest: Ingest;
  readonly connections: Connections;
  readonly authenticate: (username: string, password: string) => Promise<TrackerLogin | null>;
  /** Is told of a tracker that writes where it may not. */
  readonly refused: (trackerId: string, topic: string) => void;
}

/** Messages of one connection that are handled at once, and milliseconds that a reader may stall. */
const CONCURRENCY = 1_000;
/**
 * Bytes of the messages of a connection that may wait for their acknowledgement while more is read from it: 13,000 positions. With
 * each go about as many as a position has.
 */
const HELD = 8 * 1024 * 1024;
const OVERHEAD = 400;
const DRAIN_TIMEOUT = 5_000;
const TCP_KEEPALIVE = 60_000;
/** Milliseconds until a login that cannot be checked is put off: sooner than clients give up. */
const LOGIN_PATIENCE = 5_000;
/**
 * Bytes of a packet. A message of more than 64 KB is taken, acknowledged and quarantined: a unit whose connection ended
 * would send it again for ever, and nothing after it. Four times as much is no tracker's.
 */
const LARGEST_PACKET = 256 * 1024;
/** aedes speaks 3.1 and 3.1.1 only. A client of MQTT 5 is told so in its own version: CONNACK with reason 0x84 (5.0, 3.2.2.2). */
const MQTT_5 = 5;
const UNSUPPORTED_VERSION = Buffer.from([0x20, 3, 0, 0x84, 0]);
const NOT_AUTHORISED = 5;
const SERVER_UNAVAILABLE = 3;

/** @throws Error when the port is taken. */
export async function startBroker(deps: BrokerDependencies): Promise<Broker> {
  const aedes = await Aedes.createBroker({
    concurrency: CONCURRENCY,
    drainTimeout: DRAIN_TIMEOUT,
    connectTimeout: 10_000,
    maxTopicLevels: 8,
  });
  const doors = new Doors(aedes, deps);
  const sockets = new Set<Socket>();
  const server = createServer((socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setKeepAlive(true, TCP_KEEPALIVE);
    socket.setNoDelay(true);
    const client = aedes.handle(socket);
    limitPackets(socket, LARGEST_PACKET, (bytes) =>
      deps.log.warn({ ...doors.describe(client), bytes }, 'a packet is too large: the connection is ended'),
    );
  });
  const port = await listen(server, deps.port, deps.host);
  deps.log.info({ port }, 'the embedded broker listens');
  return {
    port,
    recheck: (trackerId, version) => doors.recheck(trackerId, version),
    dropTrackers: () => doors.dropTrackers(),
    publish: (topic, payload, { keep }) =>
      new Promise((resolve, reject) => {
        const packet = { cmd: 'publish', topic, payload, qos: keep ? 1 : 0, retain: false, dup: false } as const;
        aedes.publish(packet, (error) => (error == null ? resolve() : reject(error)));
      }),
    close: () => doors.close(),
    async stop() {
      doors.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => aedes.close(resolve));
      // Those that had not logged in yet are no clients of the broker.
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Who comes in, who may say and hear what, and who is still there. */
class Doors {
  readonly #deps: BrokerDependencies;
  readonly #logins = new WeakMap<Client, TrackerLogin>();
  readonly #trackers = new Map<string, Set<Client>>();
  readonly #throttle = new Throttle();
  readonly #held = new WeakMap<Client, HeldBack>();
  /** Ids of the messages of a connection that are not answered yet. */
  readonly #unanswered = new WeakMap<Client, Set<number>>();
  #closing = false;

  constructor(aedes: Aedes, deps: BrokerDependencies) {
    this.#deps = deps;
    aedes.preConnect = (client, packet, callback) => {
      if (packet.protocolVersion === MQTT_5) {
        deps.log.warn('a client speaks MQTT 5, which the embedded broker does not: Mosquitto does');
        client.conn.end(UNSUPPORTED_VERSION);
        return callback(null, false);
      }
      // What waits for a reader that stays away would fill the memory; only trackers may have it kept.
      if (packet.username === undefined || !isTrackerId(packet.username)) packet.clean = true;
      callback(null, !this.#closing);
    };
    aedes.authenticate = (client, username, password, done) => {
      this.#login(client, username, password?.toString('utf8')).then(
        (right) => done(right ? null : refusal(NOT_AUTHORISED, 'not authorised'), right),
        (error: unknown) => {
          deps.log.warn({ err: error }, 'a login could not be checked');
          done(refusal(SERVER_UNAVAILABLE, 'try again'), false);
        },
      );
    };
    aedes.authorizePublish = (client, packet, callback) => {
      // Without a client it is the broker itself.
      if (client === null) return callback(null);
      // Not acknowledged, so it comes again to whoever is the broker next.
      if (this.#closing) return;
      const user = this.#logins.get(client)?.user;
      if (user === undefined || !mayPublish(user, packet.topic, packet.retain))
        return this.#refuse(client, packet.topic, callback);
      if (user.kind === 'tracker' || user.kind === 'bridge') this.#take(client, user, packet, callback);
      else callback(null);
    };
    aedes.authorizeSubscribe = (client, subscription, callback) => {
      const user = this.#logins.get(client)?.user;
      const allowed = user !== undefined && maySubscribe(user, subscription.topic);
      callback(null, allowed ? subscription : null);
    };
    aedes.authorizeForward = (_client, packet) => (isOver(packet, Date.now()) ? null : packet);
    aedes.on('client', (client) => this.#came(client));
    aedes.on('clientDisconnect', (client) => this.#left(client));
  }

  async #login(client: Client, username: string | undefined, password: string | undefined): Promise<boolean> {
    if (this.#closing || username === undefined || password === undefined) return false;
    const login = await inTime(this.#deps.authenticate(username, password), LOGIN_PATIENCE);
    if (login === null) return false;
    this.#logins.set(client, login);
    // Nobody takes over another's connection by choosing its client id.
    Object.assign(client, { id: `${username}/${client.id}` });
    if (login.expiresAt !== null) {
      const timer = setTimeout(
        () => client.close(),
        Math.min(2 ** 31 - 1, Math.max(0, login.expiresAt.getTime() - Date.now())),
      );
      client.conn.once('close', () => clearTimeout(timer));
    }
    return true;
  }

  /** Who is at the other end, for the log. */
  describe(client: Client): { readonly user: MqttUser['kind'] | null; readonly id: string | null } {
    const user = this.#logins.get(client)?.user;
    return { user: user?.kind ?? null, id: user !== undefined && 'id' in user ? user.id : null };
  }

  #refuse(client: Client, topic: string, callback: (error: Error) => void): void {
    const { user, id } = this.describe(client);
    this.#deps.log.warn({ user, id, topic }, 'may not write to this topic');
    if (user === 'tracker' && id !== null) this.#deps.refused(id, topic);
    callback(new Error('not authorised'));
  }

  #take(client: Client, user: MqttUser, packet: PublishPacket, callback: (error?: Error | null) => void): void {
    const { topic, payload, messageId, dup } = packet;
    if (!isTrackerTopic(topic)) return this.#refuse(client, topic, callback);
    const unanswered = this.#unanswered.get(client) ?? new Set();
    this.#unanswered.set(client, unanswered);
    // Sent again though its turn is still to come: one answer is for both.
    if (dup && messageId !== undefined && unanswered.has(messageId)) return void readOn(client);
    if (messageId !== undefined) unanswered.add(messageId);
    const answer = (error: Error | null) => {
      if (messageId !== undefined) unanswered.delete(messageId);
      callback(error);
    };
    const message = {
      topic,
      payload: Buffer.isBuffer(payload) ? payload : Buffer.from(payload),
      receivedAt: Date.now(),
    };
    this.#deps.ingest.add(message, (refused) => {
      if (refused !== undefined) return answer(refused);
      if (user.kind !== 'tracker' || client.closed) return answer(null);
      let letGo = () => {};
      const waiting = this.#throttle.release(user.id, () => {
        letGo();
        answer(null);
      });
      if (waiting > 0) letGo = this.#heldOf(client).hold(message.payload.length + OVERHEAD);
    });
  }

  #heldOf(client: Client): HeldBack {
    const known = this.#held.get(client);
    if (known !== undefined) return known;
    const held = new HeldBack(HELD, () => (client.closed ? () => {} : readOn(client)));
    this.#held.set(client, held);
    return held;
  }

  #came(client: Client): void {
    const login = this.#logins.get(client);
    if (login?.user.kind !== 'tracker') return;
    const { id } = login.user;
    const connections = this.#trackers.get(id) ?? new Set();
    this.#trackers.set(id, connections.add(client));
    this.#deps.connections.began(id, client);
  }

  #left(client: Client): void {
    const login = this.#logins.get(client);
    if (login?.user.kind !== 'tracker') return;
    const { id } = login.user;
    const connections = this.#trackers.get(id);
    this.#deps.connections.ended(id, client);
    if (connections?.delete(client) !== true || connections.size > 0) return;
    this.#trackers.delete(id);
    this.#throttle.forget(id);
  }

  recheck(trackerId: string, credentialVersion: number | null): void {
    for (const client of this.#trackers.get(trackerId) ?? []) {
      if (this.#logins.get(client)?.credentialVersion !== credentialVersion) client.close();
    }
  }

  dropTrackers(): void {
    for (const clients of this.#trackers.values()) for (const client of clients) client.close();
  }

  /** From now on nobody comes in, and that connections end says nothing about trackers. */
  close(): void {
    this.#closing = true;
    this.#deps.connections.close();
  }
}

const command = z.object({ expiresAt: z.iso.datetime() });

/** A command that a session has kept for longer than it lives. */
function isOver({ topic, payload }: Pick<AedesPublishPacket, 'topic' | 'payload'>, at: number): boolean {
  if (!/^trackers\/[^/]+\/commands$/.test(topic)) return false;
  const { success, data } = command.safeParse(parse(Buffer.isBuffer(payload) ? payload : Buffer.from(payload))?.value);
  return success && Date.parse(data.expiresAt) <= at;
}

function refusal(returnCode: number, message: string): AuthenticateError {
  return Object.assign(new Error(message), { returnCode });
}
