import { eventsBetween, whereaboutsOf, type OwnedEvent, type LiveWhereabouts } from '#db/queries/live';
import type { Database } from '#db/client';
import { isStaff } from '#domain/identity/roles';
import type { Identity } from '#platform/tokens';
import type { Logger } from '#platform/log';
import { transact } from '#use-cases/context';
import { newestPosition, placeAllEvents } from '#use-cases/events/place-events';
import { recordLook } from '#use-cases/telematics/record-look';
import { stillThere } from '#use-cases/identity/identify';
import type { WebSocket } from 'ws';
import type postgres from 'postgres';
import { uuid } from '../schemas.ts';
import { LiveClient, type Feed } from './client.ts';
import { earliest, POSITION_EVERY, START, taken, type Pace } from './pace.ts';

/** Milliseconds: for company of a vehicle that moved; between two looks; until all positions are looked at, told or not. */
const LINGER = 10;
const LOOK = 1_000;
const LOOK_AT_ALL = 5_000;
const PING = 30_000;
/** Events that are kept for those who keep up, and read at a time for those who do not. */
const KEPT = 1_000;
const PAGE = 200;
/** Vehicles that one query asks for. */
const ASKED = 500;

interface HubDependencies {
  readonly db: Database;
  readonly sql: postgres.Sql;
  readonly log: Logger;
  readonly isTooMany: (userId: string) => Promise<boolean>;
}

/**
 * The open connections of one process, and what wakes them: Postgres tells every process which vehicles moved and that
 * there are events; what it says is read once for all. Nobody is believed to hear: everything is looked at again
 * after a while. It listens from the first connection on.
 */
export class LiveHub implements Feed {
  readonly #deps: HubDependencies;
  readonly #clients = new Set<LiveClient>();
  readonly #followers = new Map<string, Set<LiveClient>>();
  /** When each vehicle that moved is to be read, epoch milliseconds, and how often each was. */
  readonly #due = new Map<string, number>();
  readonly #paces = new Map<string, Pace>();
  #reading: NodeJS.Timeout | null = null;
  #isReading = false;
  /** The newest events, after `#from` and up to `#upTo`. */
  #recent: OwnedEvent[] = [];
  #from = 0;
  #upTo = 0;
  #isReadingTail = false;
  #isTailDue = false;
  #listening: Promise<unknown> | null = null;
  #looking: NodeJS.Timeout | null = null;
  #looks = 0;
  #noting: Promise<void> = Promise.resolve();

  constructor(deps: HubDependencies) {
    this.#deps = deps;
  }

  connectionsOf(userId: string): number {
    return [...this.#clients].filter(({ identity }) => identity.userId === userId).length;
  }

  /** Prepares for a connection. @returns the position of the newest event. */
  async prepare(): Promise<number> {
    await (this.#listening ??= this.#listen());
    return newestPosition(this.#deps.db);
  }

  add(socket: WebSocket, identity: Identity, opened: number): void {
    this.#clients.add(new LiveClient(socket, { identity, opened, feed: this }));
    this.#looking ??= setInterval(() => void this.#look(), LOOK).unref();
  }

  left(client: LiveClient): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0 || this.#looking === null) return;
    clearInterval(this.#looking);
    this.#looking = null;
  }

  isTooMany(userId: string): Promise<boolean> {
    return this.#deps.isTooMany(userId);
  }

  async follow(client: LiveClient, vehicleIds: readonly string[], reason: string | null): Promise<LiveWhereabouts[]> {
    const known = vehicleIds.flatMap((id) => uuid.safeParse(id).data ?? []);
    await this.#noteLooks(client.identity, known, reason);
    // It may have left meanwhile, and nobody would ever take it away again.
    if (!this.#clients.has(client)) return [];
    for (const id of known) {
      const followers = this.#followers.get(id);
      if (followers === undefined) this.#followers.set(id, new Set([client]));
      else followers.add(client);
    }
    return whereaboutsOf(this.#deps.db, known);
  }

  /**
   * That staff look is on record, for the customers who have the vehicles. One subscription at a time: after a restart all
   * maps come back at once, and what they wait for is not to take every connection to the database from everybody else.
   */
  async #noteLooks({ userId, role }: Identity, vehicleIds: readonly string[], reason: string | null): Promise<void> {
    if (!isStaff(role) || vehicleIds.length === 0) return;
    const at = new Date();
    const look = { viewerId: userId, role, vehicleIds, what: 'live', from: at, to: at, reason } as const;
    const noted = this.#noting.then(() =>
      transact(this.#deps.db, { role, id: userId }, at, (context) => recordLook(context, look)),
    );
    this.#noting = noted.catch(() => {});
    await noted;
  }

  unfollow(client: LiveClient, vehicleIds: Iterable<string>): void {
    for (const id of vehicleIds) {
      const followers = this.#followers.get(id);
      followers?.delete(client);
      if (followers?.size !== 0) continue;
      this.#followers.delete(id);
      this.#due.delete(id);
      this.#paces.delete(id);
    }
  }

  moved(vehicleId: string): void {
    if (!this.#followers.has(vehicleId)) return;
    this.#readAt(vehicleId, earliest(this.#paces.get(vehicleId) ?? START));
  }

  async eventsAfter(position: number, identity: Identity): Promise<{ events: readonly OwnedEvent[]; upTo: number }> {
    if (position >= this.#from && this.#upTo > 0) {
      const events = this.#recent.filter((event) => event.position > position).slice(0, PAGE);
      return {
        events,
        upTo: events.length < PAGE ? Math.max(position, this.#upTo) : (events.at(-1)?.position ?? position),
      };
    }
    const { db } = this.#deps;
    const newest = await newestPosition(db);
    const of = isStaff(identity.role) ? {} : { of: identity.userId };
    const events = await eventsBetween(db, { after: position, upTo: newest, limit: PAGE, ...of });
    return { events, upTo: events.length < PAGE ? Math.max(position, newest) : (events.at(-1)?.position ?? newest) };
  }

  async #listen(): Promise<void> {
    const { sql } = this.#deps;
    try {
      // After a gap everything is looked at.
      await sql.listen(
        'positions',
        (ids) => ids.split(',').forEach((id) => this.moved(id)),
        () => this.#allMoved(),
      );
      await sql.listen(
        'outbox',
        () => this.#readTail(),
        () => this.#readTail(),
      );
    } catch (error) {
      this.#listening = null;
      throw error;
    }
  }

  #allMoved(): void {
    for (const id of this.#followers.keys()) this.moved(id);
  }

  #readAt(vehicleId: string, at: number): void {
    const known = this.#due.get(vehicleId);
    if (known === undefined || at < known) this.#due.set(vehicleId, at);
    this.#wakeReading();
  }

  #wakeReading(): void {
    if (this.#isReading || this.#reading !== null || this.#due.size === 0) return;
    const soonest = Math.min(...this.#due.values());
    this.#reading = setTimeout(() => void this.#readPositions(), Math.max(LINGER, soonest - Date.now())).unref();
  }

  async #readPositions(): Promise<void> {
    this.#reading = null;
    this.#isReading = true;
    const began = Date.now();
    const ids = [...this.#due].flatMap(([id, at]) => (at <= began ? [id] : [])).slice(0, ASKED);
    for (const id of ids) {
      this.#due.delete(id);
      this.#paces.set(id, taken(this.#paces.get(id) ?? START, began));
    }
    try {
      const found = await whereaboutsOf(this.#deps.db, ids);
      const now = Date.now();
      for (const vehicle of found)
        for (const follower of this.#followers.get(vehicle.vehicleId) ?? []) {
          const wait = follower.show(vehicle, now);
          if (wait > 0) this.#due.set(vehicle.vehicleId, now + wait);
        }
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'positions cannot be read');
      for (const id of ids) if (this.#followers.has(id)) this.#due.set(id, Date.now() + POSITION_EVERY);
    }
    this.#isReading = false;
    this.#wakeReading();
  }

  #readTail(): void {
    this.#isTailDue = true;
    if (this.#isReadingTail) return;
    this.#isReadingTail = true;
    this.#readOn()
      .catch((error: unknown) => this.#deps.log.warn({ err: error }, 'events cannot be read'))
      .finally(() => (this.#isReadingTail = false));
  }

  async #readOn(): Promise<void> {
    const { db } = this.#deps;
    while (this.#isTailDue) {
      this.#isTailDue = false;
      const listeners = [...this.#clients].filter(({ hearsEvents }) => hearsEvents);
      if (listeners.length === 0) {
        // Whoever comes next begins with what is in the database.
        [this.#recent, this.#from, this.#upTo] = [[], 0, 0];
        return;
      }
      await placeAllEvents(db);
      const newest = await newestPosition(db);
      if (this.#upTo === 0) [this.#from, this.#upTo] = [newest, newest];
      while (this.#upTo < newest) {
        const events = await eventsBetween(db, { after: this.#upTo, upTo: newest, limit: PAGE });
        this.#recent.push(...events);
        this.#upTo = events.length < PAGE ? newest : (events.at(-1)?.position ?? newest);
        const over = this.#recent.length - KEPT;
        if (over > 0) this.#from = this.#recent.splice(0, over).at(-1)?.position ?? this.#from;
      }
      for (const client of listeners) client.tellEvents();
    }
  }

  /** The floor under what Postgres tells: sessions that have ended, events, and now and then positions. */
  async #look(): Promise<void> {
    this.#looks += 1;
    this.#readTail();
    if ((this.#looks * LOOK) % LOOK_AT_ALL === 0) this.#allMoved();
    if ((this.#looks * LOOK) % PING === 0) for (const client of this.#clients) client.ping();
    const clients = [...this.#clients];
    try {
      const there = await stillThere(
        this.#deps.db,
        clients.map(({ identity }) => identity),
      );
      for (const client of clients) if (!there.has(client.identity)) client.close('the session has ended');
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'sessions cannot be looked at');
    }
  }
}
