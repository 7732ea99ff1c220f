import type { AlarmType } from './fix.ts';
import type { RiskType } from './risk.ts';

/** What lasts: speeding, jumps that follow each other, and an alarm that the tracker repeats with every fix. */
export type EpisodeType = 'speeding' | 'impossible_jump' | AlarmType;

/** What one fix says about what may last, or a message without a place. */
export interface Sample {
  readonly ts: number;
  readonly lat: number | null;
  readonly lon: number | null;
  readonly speedKph: number | null;
  /** Null where the fix does not say. */
  readonly speeding: boolean | null;
  /** Whether its place could not be reached from the one believed before. */
  readonly jumped: boolean;
  readonly alarms: readonly AlarmType[];
}

/** One raised episode, from its first to its latest fix. Its first fix names it for good. */
export interface Episode {
  readonly type: EpisodeType;
  /** Time of the fix that named it. */
  readonly named: number;
  readonly from: number;
  readonly to: number;
  readonly open: boolean;
}

/** A small plain object: the last minutes of one tracker, oldest first, and what was raised of them. */
export interface EpisodeState {
  readonly samples: readonly Sample[];
  readonly episodes: readonly Episode[];
}

export type EpisodeChange =
  | { readonly change: 'raised'; readonly type: EpisodeType; readonly first: Sample; readonly run: readonly Sample[] }
  | { readonly change: 'ended'; readonly type: EpisodeType; readonly named: number; readonly at: number };

interface Rule {
  /** Milliseconds that it must last. */
  readonly least: number;
  /** A longer silence between two fixes makes them two episodes. */
  readonly gap: number;
}

const MINUTE = 60_000;
const lasting: Rule = { least: 0, gap: Number.POSITIVE_INFINITY };
const momentary: Rule = { least: 0, gap: 30_000 };

export const episodeRules: Readonly<Record<EpisodeType, Rule>> = {
  speeding: { least: 15_000, gap: 5 * MINUTE },
  power_cut: lasting,
  tampering: lasting,
  tow: lasting,
  jamming: lasting,
  low_battery: lasting,
  harsh_braking: momentary,
  harsh_acceleration: momentary,
  crash: { least: 0, gap: 5 * MINUTE },
  impossible_jump: { least: 0, gap: 5 * MINUTE },
};

export function isEpisodeType(type: RiskType): type is EpisodeType {
  return type in episodeRules;
}

/** How far back a late fix still counts, and how long every fix is kept for it, in milliseconds. */
export const WINDOW = 15 * MINUTE;
const EXACT = 2 * MINUTE;
const SPARSE = MINUTE;

export const noEpisodes: EpisodeState = { samples: [], episodes: [] };

/**
 * Adds samples, in any order, and says which episodes began and ended. The same samples again change
 * nothing; one older than the window is ignored. No clock: time is that of the samples.
 */
export function follow(
  state: EpisodeState,
  added: readonly Sample[],
): { state: EpisodeState; changes: EpisodeChange[] } {
  const samples = merge(state.samples, added);
  const changes: EpisodeChange[] = [];
  let episodes = state.episodes;
  for (const type of typesIn(samples, episodes)) {
    const followed = followType(
      type,
      samples,
      episodes.filter((episode) => episode.type === type),
    );
    changes.push(...followed.changes);
    episodes = [...episodes.filter((episode) => episode.type !== type), ...followed.episodes];
  }
  const oldest = (samples.at(-1)?.ts ?? 0) - WINDOW;
  return {
    state: { samples: thin(samples), episodes: episodes.filter(({ open, to }) => open || to >= oldest) },
    changes,
  };
}

function followType(
  type: EpisodeType,
  samples: readonly Sample[],
  before: readonly Episode[],
): { episodes: Episode[]; changes: EpisodeChange[] } {
  const rule = episodeRules[type];
  const episodes = [...before];
  const changes: EpisodeChange[] = [];
  const known = samples.filter((sample) => holds(type, sample) !== null);
  for (const run of runsOf(type, known)) {
    const [first, last] = [run[0], run.at(-1)];
    if (first === undefined || last === undefined) continue;
    const goesOn = (episode: Episode) =>
      (first.ts <= episode.to && last.ts >= episode.from) ||
      (episode.open && first === known[0] && first.ts > episode.to && first.ts - episode.to <= rule.gap);
    const index = episodes.findIndex(goesOn);
    const found = episodes[index];
    if (found !== undefined) {
      episodes[index] = { ...found, from: Math.min(found.from, first.ts), to: Math.max(found.to, last.ts) };
    } else if (last.ts - first.ts >= rule.least) {
      episodes.push({ type, named: first.ts, from: first.ts, to: last.ts, open: true });
      changes.push({ change: 'raised', type, first, run });
    }
  }
  const newest = samples.at(-1)?.ts ?? 0;
  const ended = episodes.map((episode) => {
    const over =
      newest - episode.to > rule.gap || known.some((sample) => sample.ts > episode.to && holds(type, sample) === false);
    if (!episode.open || !over) return episode;
    changes.push({ change: 'ended', type, named: episode.named, at: episode.to });
    return { ...episode, open: false };
  });
  return { episodes: ended, changes };
}

function holds(type: EpisodeType, sample: Sample): boolean | null {
  if (type === 'speeding') return sample.speeding;
  // A fix between two jumps to and fro does not say that they are over: only quiet does.
  if (type === 'impossible_jump') return sample.jumped ? true : null;
  return sample.alarms.includes(type);
}

/** Unbroken stretches of samples for which it holds. */
function runsOf(type: EpisodeType, known: readonly Sample[]): Sample[][] {
  const runs: Sample[][] = [];
  let current: Sample[] = [];
  for (const sample of known) {
    const last = current.at(-1);
    const broken =
      last !== undefined && (holds(type, sample) === false || sample.ts - last.ts > episodeRules[type].gap);
    if (broken) {
      runs.push(current);
      current = [];
    }
    if (holds(type, sample) === true) current.push(sample);
  }
  return current.length > 0 ? [...runs, current] : runs;
}

function typesIn(samples: readonly Sample[], episodes: readonly Episode[]): EpisodeType[] {
  const types = new Set<EpisodeType>(episodes.map(({ type }) => type));
  for (const sample of samples) {
    if (sample.speeding === true) types.add('speeding');
    if (sample.jumped) types.add('impossible_jump');
    for (const alarm of sample.alarms) types.add(alarm);
  }
  return [...types].sort();
}

/** In the order of time; several samples of one moment become one, for which holds what held for any. */
function merge(before: readonly Sample[], added: readonly Sample[]): Sample[] {
  const newest = Math.max(before.at(-1)?.ts ?? 0, ...added.map(({ ts }) => ts));
  const byTime = new Map(before.map((sample) => [sample.ts, sample]));
  for (const sample of added) {
    const same = byTime.get(sample.ts);
    byTime.set(sample.ts, same === undefined ? sample : united(same, sample));
  }
  return [...byTime.values()].filter(({ ts }) => ts >= newest - WINDOW).sort((a, b) => a.ts - b.ts);
}

function united(a: Sample, b: Sample): Sample {
  const faster = (b.speedKph ?? -1) > (a.speedKph ?? -1) ? b : a;
  const alarms = [...new Set([...a.alarms, ...b.alarms])].sort();
  const speeding = a.speeding === null ? b.speeding : a.speeding || b.speeding === true;
  return { ...faster, speeding, jumped: a.jumped || b.jumped, alarms };
}

/** Forgets, past the first minutes, samples between two that say the same: they decide nothing any more. */
function thin(samples: readonly Sample[]): Sample[] {
  const exactFrom = (samples.at(-1)?.ts ?? 0) - EXACT;
  const kept: Sample[] = [];
  for (const [index, sample] of samples.entries()) {
    const [before, after] = [kept.at(-1), samples[index + 1]];
    const needed =
      before === undefined ||
      after === undefined ||
      sample.ts >= exactFrom ||
      after.ts - before.ts > SPARSE ||
      !sameSaying(before, sample) ||
      !sameSaying(sample, after);
    if (needed) kept.push(sample);
  }
  return kept;
}

function sameSaying(a: Sample, b: Sample): boolean {
  return (
    a.speeding === b.speeding &&
    a.jumped === b.jumped &&
    a.alarms.length === b.alarms.length &&
    a.alarms.every((alarm, index) => alarm === b.alarms[index])
  );
}
