import type { RawData, WebSocket } from 'ws';
import type { OwnedEvent, LiveWhereabouts } from '#db/queries/live';
import { hears, publicEvents } from '#domain/events/audience';
import { cloudEvent } from '#domain/events/cloud-event';
import { unstorable } from '#domain/text';
import { isStaff } from '#domain/identity/roles';
import type { Identity } from '#platform/tokens';
import { mayReach } from '../guards.ts';
import { clientMessage, MOST_FOLLOWED, positionMessage, type ClientMessage } from './messages.ts';
import { earliest, POSITION_EVERY, START, taken, type Pace } from './pace.ts';

/** Milliseconds by which a fix must be newer than the one told before to come before a second is over. */
const NEWER = POSITION_EVERY / 2;
/** Bytes that wait for a client at most; one that reads more slowly misses positions, and gets events when it has read. */
const MOST_WAITING = 64 * 1024;
/** Close codes: no session any more; too many messages; something of ours broke. */
const UNAUTHENTICATED = 4401;
const TOO_MANY = 1008;
const BROKEN = 1011;

/** What a client asks of the hub. */
export interface Feed {
  /** Whether another message of this person is too many. */
  isTooMany(userId: string): Promise<boolean>;
  /** @param reason why staff look, as the customer is told; null where none was given */
  follow(client: LiveClient, vehicleIds: readonly string[], reason: string | null): Promise<readonly LiveWhereabouts[]>;
  unfollow(client: LiveClient, vehicleIds: Iterable<string>): void;
  /** Has a vehicle's position read again. */
  moved(vehicleId: string): void;
  /** Events after a position that this person may hear, and up to where these are all. */
  eventsAfter(position: number, identity: Identity): Promise<{ events: readonly OwnedEvent[]; upTo: number }>;
  left(client: LiveClient): void;
}

/** One connection: what it follows, what it was told, and what it is owed. */
export class LiveClient {
  readonly identity: Identity;
  readonly #socket: WebSocket;
  readonly #feed: Feed;
  /** What was last told of each vehicle that it follows, when, and of when it was: epoch milliseconds. */
  readonly #followed = new Map<string, { text: string; at: number; ts: number; pace: Pace }>();
  /** Vehicles that moved while it read too slowly. */
  readonly #owed = new Set<string>();
  /** Position of the newest event when it was opened, and of the last that it was told; null where it hears none. */
  readonly #opened: number;
  #told: number | null = null;
  /** Whether it hears what is for it, and what everybody may know of the catalogue. */
  #hears = { own: false, catalogue: false };
  #telling: Promise<void> | null = null;
  #isThereMore = false;
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  #isAlive = true;

  constructor(socket: WebSocket, { identity, opened, feed }: { identity: Identity; opened: number; feed: Feed }) {
    this.#socket = socket;
    this.identity = identity;
    this.#opened = opened;
    this.#feed = feed;
    const expiry = setTimeout(
      () => this.close('the access token has expired'),
      identity.expiresAt.getTime() - Date.now(),
    );
    socket.on('message', (data) => this.#take(data));
    socket.on('pong', () => (this.#isAlive = true));
    // It closes by itself, with the code that says why.
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(expiry);
      feed.unfollow(this, this.#followed.keys());
      feed.left(this);
    });
  }

  get hearsEvents(): boolean {
    return this.#told !== null;
  }

  /** Its session has ended. */
  close(why: string): void {
    this.#socket.close(UNAUTHENTICATED, why);
  }

  /** Asks whether it is there; one that has not answered since the last time is gone. */
  ping(): void {
    if (!this.#isAlive) return this.#socket.terminate();
    this.#isAlive = false;
    this.#socket.ping();
  }

  /**
   * Tells where a vehicle is, unless it was told so, or it is not its turn.
   *
   * @returns milliseconds until it may be told; 0 where it need not.
   */
  show(vehicle: LiveWhereabouts, now: number): number {
    const last = this.#followed.get(vehicle.vehicleId);
    if (last === undefined) return 0;
    if (!this.#mayFollow(vehicle)) {
      this.#refuse(vehicle.vehicleId);
      return 0;
    }
    const text = this.#textOf(vehicle);
    if (text === null || text === last.text) return 0;
    const ts = vehicle.position?.ts.getTime() ?? 0;
    const wait = (ts - last.ts < NEWER ? last.at + POSITION_EVERY : earliest(last.pace)) - now;
    if (wait > 0) return wait;
    if (this.#isSlow) this.#owed.add(vehicle.vehicleId);
    else {
      this.#followed.set(vehicle.vehicleId, { text, at: now, ts, pace: taken(last.pace, now) });
      this.#send(text);
    }
    return 0;
  }

  /** Tells what happened since it was last told, as fast as it reads. */
  tellEvents(): void {
    this.#isThereMore = true;
    this.#telling ??= this.#tellOn()
      .catch(() => this.#socket.close(BROKEN, 'events cannot be read; subscribe again after the last'))
      .finally(() => {
        this.#telling = null;
        if (this.#isThereMore && this.#takesEvents) this.tellEvents();
      });
  }

  get #takesEvents(): boolean {
    return this.#told !== null && !this.#isSlow && this.#socket.readyState === this.#socket.OPEN;
  }

  async #tellOn(): Promise<void> {
    while (this.#isThereMore && this.#told !== null && this.#takesEvents) {
      this.#isThereMore = false;
      const before = this.#told;
      const { events, upTo } = await this.#feed.eventsAfter(before, this.identity);
      // It may have subscribed anew meanwhile.
      if (this.#told !== before) continue;
      if (upTo > before) this.#isThereMore = true;
      this.#told = upTo;
      for (const event of events)
        if (this.#isFor(event)) this.#send(JSON.stringify({ type: 'event', event: cloudEvent(event) }));
    }
  }

  #isFor(event: OwnedEvent): boolean {
    const { own, catalogue } = this.#hears;
    return (own && hears(this.identity, event)) || (catalogue && publicEvents.includes(event.type));
  }

  get #isSlow(): boolean {
    return this.#socket.bufferedAmount > MOST_WAITING;
  }

  #send(text: string): void {
    this.#socket.send(text, () => {
      if (this.#isSlow) return;
      for (const vehicleId of this.#owed) this.#feed.moved(vehicleId);
      this.#owed.clear();
      if (this.#isThereMore && this.#telling === null) this.tellEvents();
    });
  }

  /** Messages are taken one after the other, and no more are read while some wait. */
  #take(data: RawData): void {
    if (this.#waiting++ === 0) this.#socket.pause();
    this.#turn = this.#turn
      .then(() => this.#handle(data))
      .catch(() => this.#socket.close(BROKEN, 'something broke; come again'))
      .then(() => {
        if (--this.#waiting === 0) this.#socket.resume();
      });
  }

  async #handle(data: RawData): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (await this.#feed.isTooMany(this.identity.userId)) return this.#socket.close(TOO_MANY, 'too many messages');
    const message = read(data);
    if (message === null) return this.#send(JSON.stringify({ type: 'error', code: 'invalid_input' }));
    if (message.type === 'subscribe') await this.#subscribe(message);
    else {
      this.#feed.unfollow(this, message.vehicleIds);
      for (const vehicleId of message.vehicleIds) this.#followed.delete(vehicleId);
      const { own, catalogue } = this.#hears;
      this.#hears = { own: own && !message.events, catalogue: catalogue && !message.catalogue };
      if (!this.#hears.own && !this.#hears.catalogue) this.#told = null;
    }
  }

  async #subscribe({
    vehicleIds,
    events,
    catalogue,
    after,
    reason,
  }: ClientMessage & { type: 'subscribe' }): Promise<void> {
    if (events || catalogue) {
      this.#hears = { own: this.#hears.own || events, catalogue: this.#hears.catalogue || catalogue };
      this.#told = after ?? this.#told ?? this.#opened;
      this.tellEvents();
    }
    const wanted = [...new Set(vehicleIds)].filter((id) => !this.#followed.has(id));
    if (wanted.length === 0) return;
    if (this.#followed.size + wanted.length > MOST_FOLLOWED)
      return this.#send(JSON.stringify({ type: 'error', code: 'too_many_vehicles' }));
    for (const id of wanted) this.#followed.set(id, { text: '', at: 0, ts: 0, pace: START });
    const found = new Map(
      (await this.#feed.follow(this, wanted, reason ?? null)).map((vehicle) => [vehicle.vehicleId, vehicle]),
    );
    for (const id of wanted) {
      const vehicle = found.get(id);
      if (vehicle === undefined) this.#refuse(id);
      else this.show(vehicle, Date.now());
    }
  }

  /** Staff, and the customer who has it now. */
  #mayFollow({ customerId }: LiveWhereabouts): boolean {
    return mayReach({ id: this.identity.userId, role: this.identity.role }, customerId);
  }

  /** A customer hears nothing from before it was handed over. */
  #textOf({ vehicleId, position, since }: LiveWhereabouts): string | null {
    if (position === null) return null;
    if (!isStaff(this.identity.role) && (since === null || position.ts < since)) return null;
    return positionMessage(vehicleId, position);
  }

  #refuse(vehicleId: string): void {
    this.#followed.delete(vehicleId);
    this.#feed.unfollow(this, [vehicleId]);
    this.#send(JSON.stringify({ type: 'error', vehicleId }));
  }
}

/** As `ws` hands it over: one buffer, unless it is told otherwise. */
const textOf = (data: RawData) => (Buffer.isBuffer(data) ? data.toString('utf8') : '');

function read(data: RawData): ClientMessage | null {
  try {
    const parsed: unknown = JSON.parse(textOf(data));
    // As everywhere: text that no database takes is refused, wherever it stands.
    if (unstorable(parsed).next().done === false) return null;
    return clientMessage.safeParse(parsed).data ?? null;
  } catch {
    return null;
  }
}
