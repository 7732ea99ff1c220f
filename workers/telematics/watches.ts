import type postgres from 'postgres';
import { loadWatched, type KnownEpisode, type KnownTracker, type RecentFix } from '#db/queries/telematics';
import { follow, isEpisodeType, WINDOW, type Episode } from '#domain/telematics/episodes';
import { alarmTypes, type Place } from '#domain/telematics/fix';
import { sampleOf, unwatched, type Watch } from '#domain/telematics/watch';
import { limitOf } from './registry.ts';

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
  async ensure(trackers: readonly KnownTracker[]): Promise<void> {
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
        rebuild(believed, fixesOf.get(tracker.id) ?? [], episodesOf.get(tracker.id) ?? [], limitOf(tracker)),
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

function rebuild(
  believed: Place | null,
  fixes: readonly RecentFix[],
  episodes: readonly KnownEpisode[],
  limitKph: number,
): Watch {
  const samples = fixes.map(({ ts, lat, lon, speedKph, suspect, extra }) => {
    const alarms = Array.isArray(extra?.['alarms']) ? alarmTypes(extra['alarms'].map(String)) : [];
    const place = lat === null || lon === null ? { lat: null, lon: null } : { lat, lon };
    return sampleOf({ ts: ts.getTime(), ...place, speedKph, alarms }, { suspect, jumped: suspect }, limitKph);
  });
  const last = fixes.findLast(({ suspect, ts }) => suspect && ts.getTime() > (believed?.ts ?? 0));
  const candidate =
    last === undefined || last.lat === null || last.lon === null
      ? null
      : { ts: last.ts.getTime(), lat: last.lat, lon: last.lon };
  const known = episodes.flatMap(({ type, occurredAt, endedAt }): Episode[] => {
    const from = occurredAt.getTime();
    return isEpisodeType(type)
      ? [{ type, named: from, from, to: endedAt?.getTime() ?? from, open: endedAt === null }]
      : [];
  });
  const { state } = follow({ samples: [], episodes: stretched(known, samples) }, samples);
  return { whereabouts: { believed, candidate }, episodes: state };
}

/** An episode that goes on has lasted up to the window, or it would have been ended. */
function stretched(episodes: readonly Episode[], samples: readonly { readonly ts: number }[]): Episode[] {
  const first = samples[0]?.ts ?? 0;
  return episodes.map((episode) => (episode.open ? { ...episode, to: Math.max(episode.to, first) } : episode));
}
