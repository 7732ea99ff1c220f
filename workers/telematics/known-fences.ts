import type postgres from 'postgres';
import { fencesVersion, loadFences } from '#db/queries/geofences';
import { FORCE_DELAY } from '#domain/telematics/fence';
import { Fences, noFences } from '#domain/telematics/fences';
import type { Logger } from '#platform/log';

/**
 * The fences that this process judges by. The API tells of each change; where that is missed, a look every second finds
 * it in time.
 */
export class KnownFences {
  now: Fences = noFences;
  readonly #sql: postgres.Sql;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #version: string | null = null;
  #reading: Promise<void> | null = null;

  private constructor(sql: postgres.Sql, log: Logger) {
    this.#sql = sql;
    this.#log = log;
    this.#timer = setInterval(() => void this.#lookQuietly(), FORCE_DELAY);
  }

  /** Reads them, and goes on reading them. */
  static async follow(sql: postgres.Sql, log: Logger): Promise<KnownFences> {
    const known = new KnownFences(sql, log);
    await known.#look();
    await sql.listen('telematics_geofences', () => void known.#lookQuietly());
    return known;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reading?.catch(() => {});
  }

  /** One reading at a time; what was told meanwhile is in the next one, a second later at most. */
  async #look(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    await this.#reading;
  }

  async #read(): Promise<void> {
    const version = await fencesVersion(this.#sql);
    if (version === this.#version) return;
    this.now = new Fences(await loadFences(this.#sql));
    this.#version = version;
  }

  /** While the database is away, those that are known go on. */
  async #lookQuietly(): Promise<void> {
    try {
      await this.#look();
    } catch (error) {
      this.#log.warn({ err: error }, 'geofences are not read anew');
    }
  }
}
