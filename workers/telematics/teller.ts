import type { Client } from '@temporalio/client';
import type postgres from 'postgres';
import { tellLeases } from '#use-cases/telematics/tell-leases';
import type { Logger } from '#platform/log';

/** Milliseconds between two looks for events whose lease was not told. */
const SWEEP = 5_000;

/** Tells leases of risk events as soon as they are committed, and again until Temporal takes it. */
export class Teller {
  readonly #sql: postgres.Sql;
  readonly #connect: () => Promise<Client>;
  readonly #log: Logger;
  #temporal: Client | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  readonly #timer: NodeJS.Timeout;

  /** @param connect a client of the Temporal server, which need not be there yet */
  constructor(sql: postgres.Sql, connect: () => Promise<Client>, log: Logger) {
    this.#sql = sql;
    this.#connect = connect;
    this.#log = log;
    this.#timer = setInterval(() => this.wake(), SWEEP);
    this.wake();
  }

  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#running ??= this.#run().finally(() => (this.#running = null));
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        this.#temporal ??= await this.#connect();
        const { told, error } = await tellLeases(this.#sql, this.#temporal);
        if (error !== null) throw new Error('a lease could not be told', { cause: error });
        if (told > 0) this.#again = true;
      } catch (error) {
        this.#log.warn({ err: error }, 'leases are not told yet; the next sweep tries again');
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
    await this.#temporal?.connection.close();
  }
}
