import { and, asc, eq, gt, inArray, isNotNull, isNull, lte, notInArray, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { prebuiltRows, prebuiltSql } from '#db/prebuilt';
import { storedEvent } from '#db/queries/events';
import { outbox, readers } from '#db/schema/index';
import type { EventType } from '#domain/events/catalogue';
import type { StoredEvent } from '#domain/events/cloud-event';
import { system } from '#domain/identity/roles';
import { describeError } from '#platform/describe-error';
import { isTracing, traced } from '#platform/tracing/traced';
import { closeCaseAbout } from '../cases/close-case.ts';
import { openCase } from '../cases/open-case.ts';
import { sideBySide, transact, type Context } from '../context.ts';
import { BATCH, newestPosition, placeEvents } from './place-events.ts';

/** Who hears of events: each of them at least once, those of one subject in their order. */
export interface Reader {
  /** Names its position in `events.readers`. One that hears other types than before has a new one. */
  readonly name: string;
  /** The name that it had before. */
  readonly formerly?: string;
  /** The types that it hears; every type where it does not say. */
  readonly types?: readonly EventType[];
  /** Events that it takes at a time at most. */
  readonly atOnce?: number;
  /** It sees to the order of a subject's events by itself: those that are read together are handed to it at once, in their order. */
  readonly keepsOrder?: true;
  /**
   * Takes one event; the next of its subject follows, those of other subjects come beside it. It ends by itself,
   * within seconds. What it has taken may come again, after a crash or when somebody replays it.
   *
   * @throws what keeps it from taking the event, which is tried again.
   */
  readonly take: (event: StoredEvent) => Promise<void>;
}

/** What came of one reading. */
export interface Round {
  /** There may be more to read at once. */
  readonly isFull: boolean;
  /** Nothing got through: time for a pause. */
  readonly isStuck: boolean;
  /** The first error of what could not be taken; null where all was. */
  readonly error: unknown;
}

/** A subject, or null for the reader as a whole, and up to where it is. */
interface Place {
  readonly subject: string | null;
  readonly position: number;
  readonly failingSince: Date | null;
}

interface Found {
  readonly events: readonly StoredEvent[];
  /** Subjects that lag and are due; `isAll` where `events` has all of theirs. */
  readonly due: readonly (Place & { readonly isAll: boolean })[];
  /** Up to where `events` has all that is fresh. */
  readonly upTo: number;
  /** Some of them are of subjects that keep up. */
  readonly isFresh: boolean;
  readonly isFull: boolean;
}

/** How far a subject got. */
interface Progress {
  /** Of the last event that was taken. */
  position: number | null;
  failed: { readonly event: StoredEvent; readonly error: unknown } | null;
}

/** Milliseconds until a subject that lags is tried again: as long as it has lagged, within these. */
const SOONEST = 1_000;
const LATEST = 60_000;
/** Where no more subjects than these are all that comes next, and all fail, it is looked further. */
const FEW = 20;
/** Milliseconds after which what cannot be taken is a case. */
const CASE_AFTER = 120_000;

/**
 * A reader that is new begins with what happens from now on, or goes on where `formerly` is: it hears other types than
 * that one, which may run for a moment beside it and passes over what it does not hear.
 */
export async function ensureReader(db: Database, { name, formerly }: Pick<Reader, 'name' | 'formerly'>): Promise<void> {
  const newest = await newestPosition(db);
  await db.transaction(async (tx) => {
    const before = formerly === undefined ? [] : await tx.delete(readers).where(eq(readers.name, formerly)).returning();
    const position = Math.min(newest, ...before.map((place) => place.position));
    await tx.insert(readers).values({ name, position }).onConflictDoNothing();
  });
}

/**
 * Reads what is next for a reader and lets it take it. Its place is locked until it has moved, so that no two
 * processes read the same at once. A process that dies leaves the place where it was, and the events come again. The lock is
 * held until the reader has taken the events, also while it signals workflows and runs transactions of its own: a claim that
 * ends by the clock would let another process overtake one that is only slow. So each reader keeps one connection waiting.
 * Where a subject
 * fails and others get through, it lags with a place of its own, and is tried ever more rarely; where nothing gets
 * through, the reader stays where it is. After minutes either is a case.
 */
export async function readBatch(db: Database, reader: Reader, at: Date): Promise<Round> {
  const placed = await placeEvents(db);
  const over = new AbortController();
  const inHand: Promise<unknown>[] = [];
  try {
    return await transact(db, system(reader.name), at, async (context) => {
      const [own] = await lockPlace(context.tx, { name: reader.name });
      if (own === undefined) return { isFull: false, isStuck: false, error: null };
      const found = await find(context, reader, own);
      const take = (events: readonly StoredEvent[]) => {
        const taking = takeInOrder(reader, events, over.signal);
        inHand.push(taking);
        return taking;
      };
      const taken = new Map(await take(found.events));
      while (isNoneTaken(taken) && found.isFull) {
        const others = await findOthers(context, reader, { after: found.upTo, but: [...taken.keys()] });
        for (const [subject, progress] of await take(others)) taken.set(subject, progress);
        if (others.length === 0 || others.length > FEW) break;
      }
      const isStuck = await writeDownRound(context, reader, { own, found, taken });
      const error = [...taken.values()].find(({ failed }) => failed !== null)?.failed?.error ?? null;
      return { isFull: !isStuck && (found.isFull || placed === BATCH), isStuck, error };
    });
  } finally {
    // Where the connection has ended so has the lock: what is in hand goes no further, and nothing overtakes it.
    over.abort();
    await Promise.all(inHand);
  }
}

const lockPlace = prebuiltRows(readers, (db, given) =>
  db
    .select()
    .from(readers)
    .where(and(eq(readers.name, given('name')), isNull(readers.subject)))
    .for('update', { skipLocked: true }),
);

const laggingOf = prebuiltRows(readers, (db, given) =>
  db
    .select()
    .from(readers)
    .where(and(eq(readers.name, given('name')), isNotNull(readers.subject))),
);

/** What comes after a position, but for subjects that lag. */
const freshEvents = prebuiltRows(outbox, (db, given) => {
  const lagging = db
    .select({ subject: sql<string>`${readers.subject}` })
    .from(readers)
    .where(and(eq(readers.name, given('name')), isNotNull(readers.subject)));
  const isHeard = sql`(${given('heard')}::text[] is null or ${outbox.type} = any(${given('heard')}::text[]))`;
  return db
    .select()
    .from(outbox)
    .where(and(gt(outbox.position, given('after')), notInArray(outbox.subject, lagging), isHeard))
    .orderBy(asc(outbox.position))
    .limit(given('atOnce'));
});

const heardBy = (types: Reader['types']) => (types === undefined ? undefined : inArray(outbox.type, [...types]));

async function find({ tx, at }: Context, { name, types, atOnce = BATCH }: Reader, own: Place): Promise<Found> {
  const heard = types === undefined ? null : `{${types.join()}}`;
  const [known, lagging, read] = await sideBySide(
    newestPosition(tx),
    laggingOf(tx, { name }),
    freshEvents(tx, { name, heard, after: own.position, atOnce }),
  );
  const newest = Math.max(own.position, known);
  // What has got its place since `newest` was read comes with the next round.
  const fresh = read.flatMap(({ position, sequence, number: _number, createdAt: _createdAt, ...event }) =>
    position === null || sequence === null || position > newest ? [] : { ...event, position, sequence },
  );
  const upTo = fresh.length === atOnce ? (fresh.at(-1)?.position ?? newest) : newest;
  const late: StoredEvent[] = [];
  const due: Found['due'][number][] = [];
  for (const place of lagging) {
    if (place.subject === null || place.retryAt === null || place.retryAt > at) continue;
    const since = and(gt(outbox.position, place.position), lte(outbox.position, upTo));
    const its = await tx
      .select(storedEvent)
      .from(outbox)
      .where(and(eq(outbox.subject, place.subject), since, heardBy(types)))
      .orderBy(asc(outbox.position))
      .limit(atOnce);
    late.push(...its);
    due.push({ ...place, isAll: its.length < atOnce });
  }
  return { events: [...late, ...fresh], due, upTo, isFresh: fresh.length > 0, isFull: fresh.length === atOnce };
}

/**
 * The next event of each subject that follows: where one of them is taken, the reader is well and only subjects fail. It
 * comes again in its turn.
 *
 * @param place.but subjects that have failed, however many of their events come first
 */
async function findOthers(
  { tx }: Context,
  { name, types, atOnce = BATCH }: Reader,
  { after, but }: { readonly after: number; readonly but: readonly string[] },
): Promise<StoredEvent[]> {
  const lagging = tx
    .select({ subject: sql<string>`${readers.subject}` })
    .from(readers)
    .where(and(eq(readers.name, name), isNotNull(readers.subject)));
  const isOther = and(notInArray(outbox.subject, [...but]), notInArray(outbox.subject, lagging));
  const next: StoredEvent[] = await tx
    .select(storedEvent)
    .from(outbox)
    .where(and(gt(outbox.position, after), lte(outbox.position, await newestPosition(tx)), isOther, heardBy(types)))
    .orderBy(asc(outbox.position))
    .limit(atOnce);
  return next.filter((event, i) => next.findIndex((one) => one.subject === event.subject) === i);
}

/** Subjects side by side, and the events of one until one fails: in turn, or at once where the reader sees to their order. */
async function takeInOrder(
  reader: Reader,
  events: readonly StoredEvent[],
  over: AbortSignal,
): Promise<ReadonlyMap<string, Progress>> {
  const queues = new Map<string, StoredEvent[]>();
  for (const event of events) {
    const queue = queues.get(event.subject);
    if (queue === undefined) queues.set(event.subject, [event]);
    else queue.push(event);
  }
  const taken = new Map<string, Progress>();
  await Promise.all(
    Array.from(queues, async ([subject, queue]) => {
      const progress: Progress = { position: null, failed: null };
      taken.set(subject, progress);
      await (reader.keepsOrder === true
        ? takeTogether(reader, queue, progress)
        : takeInTurn(reader, queue, progress, over));
    }),
  );
  return taken;
}

async function takeInTurn(reader: Reader, queue: readonly StoredEvent[], progress: Progress, over: AbortSignal) {
  for (const event of queue) {
    if (over.aborted) return;
    try {
      await takeTraced(reader, event);
      progress.position = event.position;
    } catch (error) {
      progress.failed = { event, error };
      return;
    }
  }
}

/** What it has taken behind the first that it could not comes again. */
async function takeTogether(reader: Reader, queue: readonly StoredEvent[], progress: Progress) {
  const settled = await Promise.allSettled(queue.map((event) => takeTraced(reader, event)));
  for (const [i, event] of queue.entries()) {
    const one = settled[i];
    if (one?.status === 'rejected') {
      progress.failed = { event, error: one.reason };
      return;
    }
    progress.position = event.position;
  }
}

/** What follows of an event goes on in the trace of what it tells of. */
function takeTraced(reader: Reader, event: StoredEvent): Promise<void> {
  const { trace, type } = event;
  if (trace == null || !isTracing()) return reader.take(event);
  const attributes = { 'event.type': type, 'event.reader': reader.name };
  return traced(`event ${type}`, { kind: 'consumer', parent: trace, attributes }, () => reader.take(event));
}

interface Outcome {
  readonly own: Place;
  readonly found: Found;
  readonly taken: ReadonlyMap<string, Progress>;
}

const isNoneTaken = (taken: ReadonlyMap<string, Progress>) =>
  [...taken.values()].every(({ position }) => position === null);

/** @returns whether nothing got through. */
async function writeDownRound(context: Context, { name }: Reader, { own, found, taken }: Outcome): Promise<boolean> {
  const isStuck = found.isFresh && isNoneTaken(taken);
  if (isStuck) {
    await keep(context, name, { ...own, failingSince: own.failingSince ?? context.at }, null);
    return true;
  }
  if (own.failingSince !== null) await closeCase(context, name, null);
  if (own.failingSince !== null || found.upTo > own.position)
    await keep(context, name, { subject: null, position: found.upTo, failingSince: null }, null);
  for (const place of found.due) {
    const { subject, isAll } = place;
    const progress = subject === null ? undefined : taken.get(subject);
    if (subject === null || (progress?.failed ?? null) !== null) continue;
    await closeCase(context, name, subject);
    if (isAll) await context.tx.delete(readers).where(and(eq(readers.name, name), eq(readers.subject, subject)));
    else
      await keep(context, name, { ...place, position: progress?.position ?? place.position, failingSince: null }, null);
  }
  for (const [subject, { position, failed }] of taken) {
    if (failed === null) continue;
    const known = found.due.find((place) => place.subject === subject);
    const failingSince = position === null ? (known?.failingSince ?? context.at) : context.at;
    const before = position ?? known?.position ?? failed.event.position - 1;
    await keep(context, name, { subject, position: before, failingSince }, failed);
  }
  return false;
}

/** Writes a place down; one where nothing has got on for minutes is a case. */
async function keep(context: Context, name: string, place: Place, failed: Progress['failed']): Promise<void> {
  const { at, tx } = context;
  const { subject, position, failingSince } = place;
  const lasting = failingSince === null ? 0 : at.getTime() - failingSince.getTime();
  const retryAt = subject === null ? null : new Date(at.getTime() + Math.min(Math.max(lasting, SOONEST), LATEST));
  const [since, retry] = [failingSince, retryAt].map((time) => time?.toISOString() ?? null);
  await writePlace(tx, { name, subject, position, since, retry });
  if (failingSince === null || lasting < CASE_AFTER) return;
  const event = failed === null ? {} : { eventId: failed.event.id, type: failed.event.type };
  const described = failed === null ? null : describeError(failed.error);
  const error = described === null ? {} : { error: described.reason ?? described.type };
  await openCase(context, {
    kind: 'events_not_taken',
    about: aboutOf(name, subject),
    leaseId: failed?.event.leaseId ?? null,
    paymentId: null,
    detail: { reader: name, ...(subject === null ? {} : { subject }), ...event, ...error, since: failingSince },
  });
}

const writePlace = prebuiltSql(
  (given) => sql`
    insert into events.readers (name, subject, position, failing_since, retry_at)
    values (${given('name')}, ${given('subject')}, ${given('position')}, ${given('since')}, ${given('retry')})
    on conflict (name, subject) do update
    set position = excluded.position, failing_since = excluded.failing_since, retry_at = excluded.retry_at`,
);

const aboutOf = (name: string, subject: string | null) => (subject === null ? name : `${name}:${subject}`);

async function closeCase(context: Context, name: string, subject: string | null): Promise<void> {
  await closeCaseAbout(context, 'events_not_taken', aboutOf(name, subject), 'it is taken now');
}
