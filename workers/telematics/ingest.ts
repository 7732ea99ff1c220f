import { sqlStateOf } from '#platform/describe-error';
import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import { storeBatch } from '#use-cases/telematics/store-batch';
import { noFences, type Fences } from '#domain/telematics/fences';
import { isTrackerId } from '#domain/telematics/tracker';
import type { Logger } from '#platform/log';
import { traced } from '#platform/tracing/traced';
import type { TrackerReading, TrackerMessage } from '#providers/trackers/adapter';
import { readMessage } from '#providers/trackers/registry';
import type { Connections } from './connections.ts';
import { halves, isAboutData, refused, type Acknowledge, type Waiting } from './isolate.ts';
import { planBatch, unitsOf, type BatchEntry } from './plan.ts';
import type { TrackerRegistry } from './registry.ts';
import type { Watches } from './watches.ts';
import type { CommandWord } from './words.ts';

/** The one way in for whatever trackers say. */
export interface Ingest {
  /** Acknowledges after the commit; messages of one tracker, and of one topic, in the order of the calls. */
  add(message: TrackerMessage, acknowledge: Acknowledge): void;
  /** Notes that a tracker's connection began, or that its last one ended. */
  connection(trackerId: string, online: boolean): void;
  /** Resolves when there is room for more: what a front end that can wait should wait for. */
  room(): Promise<void>;
  /** Commits what it has, if the database lets it, and takes no more. */
  stop(): Promise<void>;
}

/** What became of what trackers said. */
export interface IngestFigures {
  /** Readings of a batch that is committed. Dropped are those of vehicles that are their customers' own. */
  stored(readings: { readonly stored: number; readonly quarantined: number; readonly dropped: number }): void;
  /** A fix that is believed was so many seconds old, by its own time, when it came. */
  came(seconds: number): void;
  /** A message was committed so many seconds after it had arrived. */
  committed(seconds: number): void;
  /** So many more, or less, have arrived and are not committed. */
  waiting(messages: number): void;
}

interface IngestDependencies {
  readonly sql: postgres.Sql;
  readonly log: Logger;
  readonly registry: TrackerRegistry;
  readonly watches: Watches;
  /** Fences that are asked anew for each batch; without it there are none. */
  readonly fences?: { readonly now: Fences };
  /** Counts what became of messages; without it nobody does. */
  readonly figures?: IngestFigures;
  /** What a word that a tracker is gone is judged by; without it such a word is believed. */
  readonly connections?: Connections;
  /** Is told which vehicles moved, once that is committed. */
  readonly moved?: (vehicleIds: readonly string[]) => void;
  /** Hears what a batch says of commands, once that is stored; what it throws is tried again with the batch. */
  readonly heard?: (words: readonly CommandWord[]) => Promise<void>;
}

/** Positions and bytes of one transaction, and milliseconds to wait for company. */
const BATCH_READINGS = 4_000;
const LINGER = 4;
/** Messages and bytes that wait in a lane at most; what comes beyond is refused, and its sender sends it again. */
const WAITING = 25_000;
const WAITING_BYTES = 32 * 1024 * 1024;
const RETRY = [100, 250, 500, 1_000, 2_000] as const;

/** While the database is at the batch of one lane, we read and judge that of the other. */
const LANES = 2;

export function createIngest(deps: IngestDependencies): Ingest {
  const first = new Lane(deps);
  const lanes = [first, ...Array.from({ length: LANES - 1 }, () => new Lane(deps))];
  // One tracker's messages go one way, and so do those of a bridge, whose topics name no tracker.
  const laneOf = (name: string): Lane => {
    let sum = 0;
    if (isTrackerId(name)) for (let index = 0; index < name.length; index++) sum += name.charCodeAt(index);
    return lanes[sum % LANES] ?? first;
  };
  return {
    add: (message, acknowledge) => laneOf(message.topic.split('/', 2)[1] ?? '').add(message, acknowledge),
    connection: (trackerId, online) => laneOf(trackerId).connection(trackerId, online),
    room: async () => void (await Promise.all(lanes.map((lane) => lane.room()))),
    stop: async () => void (await Promise.all(lanes.map((lane) => lane.stop()))),
  };
}

class Lane implements Ingest {
  readonly #deps: IngestDependencies;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #stopping = false;
  readonly #aborted = new AbortController();
  #running: Promise<void> | null = null;
  #roomWanted: (() => void)[] = [];

  constructor(deps: IngestDependencies) {
    this.#deps = deps;
  }

  add(message: TrackerMessage, acknowledge: Acknowledge): void {
    const bytes = message.payload.length + message.topic.length;
    if (this.#stopping) return acknowledge(new Error('stopping'));
    if (this.#waiting.length >= WAITING || this.#bytes + bytes > WAITING_BYTES)
      return acknowledge(new Error('too much is waiting'));
    const readings = this.#read(message);
    const enqueue = (kept: readonly TrackerReading[]) =>
      this.#enqueue({
        entry: { kind: 'message', message, readings: kept },
        bytes,
        acknowledge: measured(acknowledge, this.#deps.figures),
      });
    const { connections } = this.#deps;
    const gone = connections === undefined ? null : saidToBeGone(readings);
    if (connections === undefined || gone === null) return enqueue(readings);
    connections.judge(gone, (isGone) => {
      if (this.#stopping) acknowledge(new Error('stopping'));
      else enqueue(isGone ? readings : []);
    });
  }

  /** What nobody has thought of is one message in quarantine, and not the end of the process that all others wait for. */
  #read(message: TrackerMessage): readonly TrackerReading[] {
    try {
      return readMessage(message) ?? unreadable(message);
    } catch (error) {
      this.#deps.log.error({ err: error, topic: message.topic }, 'a message cannot be read');
      return unreadable(message);
    }
  }

  connection(trackerId: string, online: boolean): void {
    if (!this.#stopping)
      this.#enqueue({
        entry: { kind: 'connection', trackerId, at: Date.now(), online },
        bytes: 0,
        acknowledge: () => {},
      });
  }

  room(): Promise<void> {
    if (this.#hasRoom()) return Promise.resolve();
    return new Promise((resolve) => this.#roomWanted.push(resolve));
  }

  #hasRoom(): boolean {
    return this.#stopping || (this.#waiting.length < WAITING / 2 && this.#bytes < WAITING_BYTES / 2);
  }

  #enqueue(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#bytes += waiting.bytes;
    this.#start();
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      if (this.#waiting.length > 0 && !this.#aborted.signal.aborted) this.#start();
    });
  }

  /** One batch at a time: what comes meanwhile is the next one, so that batches grow with the load. */
  async #run(): Promise<void> {
    await sleep(LINGER);
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      await this.#commit(batch);
      if (this.#aborted.signal.aborted) return;
      if (this.#hasRoom()) for (const wanted of this.#roomWanted.splice(0)) wanted();
    }
  }

  #take(): Waiting[] {
    let readings = 0;
    let count = 0;
    for (const { entry } of this.#waiting) {
      readings += entry.kind === 'message' ? Math.max(1, entry.readings.length) : 1;
      if (count > 0 && readings > BATCH_READINGS) break;
      count += 1;
    }
    const batch = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const { bytes } of batch) this.#bytes -= bytes;
    return batch;
  }

  /** Tries until it is committed: while the database is away nothing is acknowledged, and nothing is lost. */
  async #commit(batch: readonly Waiting[]): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const options = { kind: 'consumer', parent: null, attributes: { messages: batch.length } } as const;
        await traced('telemetry batch', options, () => this.#store(batch.map(({ entry }) => entry)));
        for (const { acknowledge } of batch) acknowledge();
        return;
      } catch (error) {
        if (isAboutData(error)) return await this.#isolate(batch, error);
        const pause = RETRY[Math.min(attempt, RETRY.length - 1)];
        if (this.#stopping && attempt > 2) this.#aborted.abort();
        if (this.#aborted.signal.aborted) return;
        this.#deps.log.warn({ err: error, messages: batch.length, attempt }, 'a batch of messages is not stored yet');
        await sleep(pause);
      }
    }
  }

  async #store(entries: readonly BatchEntry[]): Promise<void> {
    const { sql, registry, watches } = this.#deps;
    const fences = this.#deps.fences?.now ?? noFences;
    const units = unitsOf(entries);
    const find = await registry.ensure(units);
    const trackers = new Map(units.flatMap((unit) => find(unit) ?? []).map((tracker) => [tracker.id, tracker]));
    await watches.ensure([...trackers.values()], fences);
    const plan = planBatch(entries, { find, watch: (id) => watches.of(id), fences });
    await storeBatch(sql, plan.batch);
    const { fixes, quarantined } = plan.batch;
    this.#deps.figures?.stored({ stored: fixes.length, quarantined: quarantined.length, dropped: plan.dropped });
    for (const { fix, suspect, receivedAt } of fixes)
      if (!suspect) this.#deps.figures?.came(Math.max(0, receivedAt - fix.ts) / 1_000);
    if (plan.words.length > 0) await this.#deps.heard?.(plan.words);
    watches.remember(plan.watches);
    const { latest, states } = plan.batch;
    this.#deps.moved?.([...latest, ...states].map(({ vehicleId }) => vehicleId));
    for (const { trackerId, online, at } of plan.batch.presences) registry.seen(trackerId, online, at);
  }

  /** The database refuses something in a batch: all the rest of it is stored, and that alone is put into quarantine. */
  async #isolate(batch: readonly Waiting[], error: unknown): Promise<void> {
    const parts = halves(batch);
    if (parts !== null) {
      for (const part of parts) await this.#commit(part);
      return;
    }
    for (const { entry, bytes, acknowledge } of batch) {
      const topic = entry.kind === 'message' ? entry.message.topic : null;
      this.#deps.log.error({ err: error, topic }, 'the database refuses a message');
      const kept = refused(entry, `refused: ${sqlStateOf(error) ?? 'no value'}`);
      if (kept === null) acknowledge();
      else await this.#commit([{ entry: kept, bytes, acknowledge }]);
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const wanted of this.#roomWanted.splice(0)) wanted();
    while (this.#running !== null) await this.#running;
  }
}

/** Counts how long a message waits for its commit. One that is refused is counted by nobody: its sender sends it again. */
function measured(acknowledge: Acknowledge, figures: IngestFigures | undefined): Acknowledge {
  if (figures === undefined) return acknowledge;
  const arrivedAt = performance.now();
  figures.waiting(1);
  return (refused) => {
    figures.waiting(-1);
    if (refused === undefined) figures.committed((performance.now() - arrivedAt) / 1_000);
    acknowledge(refused);
  };
}

function unreadable({ payload, topic }: TrackerMessage): TrackerReading[] {
  const [, trackerId = ''] = topic.split('/');
  return [{ kind: 'rejected', unit: { trackerId }, reason: 'unreadable', source: payload.toString('utf8') }];
}

/** The tracker that a message says is gone, and nothing else. */
function saidToBeGone([reading, ...others]: readonly TrackerReading[]): string | null {
  const isWill = reading?.kind === 'presence' && !reading.online && others.length === 0;
  return isWill && 'trackerId' in reading.unit ? reading.unit.trackerId : null;
}
