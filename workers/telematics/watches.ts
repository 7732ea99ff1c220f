import type postgres from 'postgres';
import { loadWatched, type KnownEpisode, type KnownTracker, type RecentFix } from '#db/queries/tracking';
import { alarmTypes } from '#domain/telematics/alarms';
import type { Fences } from '#domain/telematics/fences';
import { keyOfEpisode } from '#domain/telematics/risk';
import { WINDOW, type Episode } from '#domain/telematics/episodes';
import { resume, unwatched, type Watch } from '#domain/telematics/watch';
import { vehicleOf } from './registry.ts';

/** Trackers whose last minutes are remembered at most; others are read again when they speak. */
const REMEMBERED = 20_000;

/** What is remembered of each tracker between its messages. After a restart it is rebuilt from the database. */
export class Watches {
  readonly #sql: postgres.Sql;
  readonly #byTracker = new Map<string, Watch>();

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  /** Reads what is not remembered. */
  async ensure(trackers: readonly KnownTracker[], fences?: Fences): Promise<void> {
    const missing = trackers.filter(({ id }) => !this.#byTracker.has(id));
    if (missing.length === 0) return;
    const { placeOf, fixes, episodes } = await loadWatched(this.#sql, missing, WINDOW);
    const fixesOf = byTracker(fixes);
    const episodesOf = byTracker(episodes);
    for (const tracker of missing) {
      const place = placeOf.get(tracker.vehicleId);
      const believed = place === undefined ? null : { ts: place.ts.getTime(), lat: place.lat, lon: place.lon };
      this.#byTracker.set(
        tracker.id,
        resume(
          believed,
          (fixesOf.get(tracker.id) ?? []).map(heardOf),
          (episodesOf.get(tracker.id) ?? []).map(episodeOf),
          vehicleOf(tracker, fences),
        ),
      );
    }
  }

  of(trackerId: string): Watch {
    return this.#byTracker.get(trackerId) ?? unwatched;
  }

  /** Remembers, after the commit. The one that was silent longest is forgotten first. */
  remember(watches: ReadonlyMap<string, Watch>): void {
    for (const [id, watch] of watches) {
      this.#byTracker.delete(id);
      this.#byTracker.set(id, watch);
    }
    for (const [id] of this.#byTracker) {
      if (this.#byTracker.size <= REMEMBERED) break;
      this.#byTracker.delete(id);
    }
  }
}

function byTracker<T extends { readonly trackerId: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.trackerId);
    if (group === undefined) groups.set(row.trackerId, [row]);
    else group.push(row);
  }
  return groups;
}

function heardOf({ ts, lat, lon, receivedAt, suspect, extra, ...rest }: RecentFix) {
  const said = extra ?? {};
  const place = lat === null || lon === null ? { lat: null, lon: null } : { lat, lon };
  const alarms = Array.isArray(said['alarms']) ? alarmTypes(said['alarms'].map(String)) : [];
  const output1 = typeof said['output1'] === 'boolean' ? said['output1'] : null;
  const fix = { ...rest, ...place, ts: ts.getTime(), output1, alarms, extra: said };
  return { fix, receivedAt: receivedAt.getTime(), suspect };
}

function episodeOf({ episode, occurredAt, endedAt }: KnownEpisode): Episode {
  const from = occurredAt.getTime();
  return { key: keyOfEpisode(episode), named: from, from, to: endedAt?.getTime() ?? from, open: endedAt === null };
}
