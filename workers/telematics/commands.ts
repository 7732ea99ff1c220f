import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import { awaitedTrackers } from '#db/queries/immobilisations';
import type { Logger } from '#platform/log';
import { tellUnit, type Ways } from '#providers/trackers/tell-unit';
import { locateStolen } from '#use-cases/telematics/locate-stolen';
import { notifyImmobilisation } from '#use-cases/immobilisation/command-vehicle';
import {
  takeCommand,
  unansweredStart,
  unsentCommands,
  type SendingDependencies,
  type TakenCommand,
} from '#use-cases/telematics/take-command';
import { Hearing } from './hearing.ts';
import { isKept, type CommandWord } from './words.ts';

/** Sends commands to trackers, and hears what comes of them. */
export interface Commands {
  /** What trackers say, once it is stored: nobody's lease is waited for here. */
  heard(words: readonly CommandWord[]): Promise<void>;
  stop(): Promise<void>;
}

export interface CommandsDependencies extends SendingDependencies, Ways {
  readonly sql: postgres.Sql;
  readonly log: Logger;
}

/** Milliseconds between two looks for commands that nobody has told of. */
const FLOOR = 2_000;
/** Milliseconds between two looks for vehicles that are stolen. */
const LOCATES = 5_000;
/** Milliseconds that a broker, or a Traccar server, may take. */
const PATIENCE = 5_000;
/** Milliseconds after which a unit that still speaks as if it had heard nothing is told the same again. */
const AGAIN = 5_000;

export async function startCommands(deps: CommandsDependencies): Promise<Commands> {
  const sender = new Sender(deps);
  await sender.begin();
  return sender;
}

class Sender implements Commands {
  readonly #deps: CommandsDependencies;
  readonly #hearing: Hearing;
  /** Trackers of which a stop, a start or a place to stop at is waited for. */
  #awaited = new Set<string>();
  /** When each of them was told something last, by its id. */
  readonly #toldAt = new Map<string, number>();
  readonly #stopped = new AbortController();
  #woken = new AbortController();
  #running: Promise<void> | null = null;
  readonly #sending = new Set<Promise<void>>();
  #stops: Promise<void> | null = null;
  /** There were orders to stop while others were taken: they are looked for again after that. */
  #moreStops = false;
  /** When it is looked next for vehicles that are stolen, by the monotonic clock. */
  #locatesAt = 0;
  #unlisten: (() => Promise<void>) | null = null;

  constructor(deps: CommandsDependencies) {
    this.#deps = deps;
    this.#hearing = new Hearing(deps);
  }

  async begin(): Promise<void> {
    const wake = () => this.#woken.abort();
    this.#running = this.#run();
    this.#hearing.begin();
    const commands = await this.#deps.sql.listen('telematics_commands', wake, wake);
    const changes = await this.#deps.sql.listen('telematics_immobilisations', wake, wake);
    this.#unlisten = async () => {
      await commands.unlisten();
      await changes.unlisten();
    };
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#woken = new AbortController();
      try {
        // Whoever is told something is listened to before it can answer.
        this.#awaited = new Set(await awaitedTrackers(this.#deps.db));
        for (const id of this.#toldAt.keys()) if (!this.#awaited.has(id)) this.#toldAt.delete(id);
        await this.#locate();
        const unsent = await unsentCommands(this.#deps.db);
        this.#stop(unsent.flatMap(({ id, type }) => (type === 'immobilise' ? [id] : [])));
        for (const { id, type } of unsent) if (type !== 'immobilise') await this.#take(id);
      } catch (error) {
        this.#deps.log.warn({ err: error }, 'commands wait: they are not sent yet');
        await sleep(FLOOR / 4);
      }
      const signal = AbortSignal.any([this.#woken.signal, this.#stopped.signal]);
      await sleep(FLOOR, undefined, { signal }).catch(() => {});
    }
  }

  /** Whoever is asked where it is is told with all others. */
  async #locate(): Promise<void> {
    if (performance.now() < this.#locatesAt) return;
    this.#locatesAt = performance.now() + LOCATES;
    await locateStolen(this.#deps.db);
  }

  /** An order to stop waits for its lease, which somebody may hold for long: beside, so that nobody who is to move waits with it. */
  #stop(ids: readonly string[]): void {
    if (ids.length === 0) return;
    if (this.#stops !== null) {
      this.#moreStops = true;
      return;
    }
    this.#moreStops = false;
    this.#stops = this.#takeStops(ids).finally(() => {
      this.#stops = null;
      if (this.#moreStops) this.#woken.abort();
    });
  }

  async #takeStops(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (this.#stopped.signal.aborted) return;
      try {
        await this.#take(id);
      } catch (error) {
        this.#deps.log.warn({ err: error, commandId: id }, 'an order to stop waits: it is not sent yet');
      }
    }
  }

  /** Nobody waits behind a broker that is slow to take what others are told. */
  async #take(id: string): Promise<void> {
    const taken = await takeCommand(this.#deps, id);
    if (taken === null) return;
    if (taken.command.type === 'locate') return this.#track(this.#send(taken));
    this.#awaited.add(taken.trackerId);
    this.#begin(taken);
  }

  /**
   * A unit says something while its vehicle has to move: it may have been away when it was told to, or asleep, and stays for a few
   * seconds. So it is told the same again; an order to move may be said twice.
   *
   * @param isNews it was away until now
   */
  async #tellAgain(unit: { readonly trackerId: string; readonly vehicleId: string }, isNews: boolean): Promise<void> {
    const { trackerId } = unit;
    if (!isNews && Date.now() - (this.#toldAt.get(trackerId) ?? 0) < AGAIN) return;
    this.#toldAt.set(trackerId, Date.now());
    const taken = await unansweredStart(this.#deps, unit);
    if (taken !== null) this.#begin(taken);
  }

  #begin(taken: TakenCommand): void {
    this.#toldAt.set(taken.trackerId, Date.now());
    this.#track(this.#send(taken));
  }

  #track(work: Promise<void>): void {
    const sending = work.finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #send({ command, ...unit }: TakenCommand): Promise<void> {
    const told = tellUnit(this.#deps, unit, command);
    const late = sleep(PATIENCE).then(() => {
      throw new Error('nobody takes it');
    });
    try {
      await Promise.race([told, late]);
    } catch (error) {
      // It runs out, and another one follows: nobody can say whether it got through.
      this.#deps.log.warn({ err: error, commandId: command.id }, 'a command may not have been sent');
    } finally {
      told.catch(() => {});
      late.catch(() => {});
    }
  }

  async heard(words: readonly CommandWord[]): Promise<void> {
    if (words.some((word) => this.#matters(word))) this.#hearing.wake();
    for (const word of words) {
      if (!this.#awaited.has(word.trackerId)) continue;
      switch (word.kind) {
        case 'answer':
          break;
        case 'output':
          if (word.stopped) await this.#tellAgain(word, false);
          break;
        case 'back':
          await this.#tellAgain(word, false);
          break;
        case 'here':
          await this.#tellAgain(word, true);
          await notifyImmobilisation(this.#deps.db, word.vehicleId);
          break;
        case 'parked':
          await notifyImmobilisation(this.#deps.db, word.vehicleId);
          break;
        default:
          word satisfies never;
      }
    }
  }

  /** It is worked off at once; what else is kept is found by the next look. */
  #matters(word: CommandWord): boolean {
    if (!isKept(word)) return false;
    const isNews = word.kind === 'answer' || (word.kind === 'output' && word.stopped && word.changed);
    return isNews || this.#awaited.has(word.trackerId);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#unlisten?.();
    await this.#hearing.stop();
    await this.#running;
    await this.#stops;
    await Promise.all(this.#sending);
  }
}
