import { lastingRules, type RiskType } from './rules/index.ts';
import type { Verdict } from './rules/rule.ts';

/** Of each risk, by its type, whether it is there; null where that is not said. One that is not named is not there. */
export type Saying = Readonly<Record<string, Verdict>>;

/** What one message says about what may last. */
export interface Sample {
  readonly ts: number;
  readonly lat: number | null;
  readonly lon: number | null;
  readonly speedKph: number | null;
  /** The same object as that of the message before where it says the same: it is compared often. */
  readonly says: Saying;
  /** What rules noted of it, by their types. */
  readonly notes: Readonly<Record<string, unknown>> | null;
}

/** One raised episode, from its first to its latest fix. Its first fix names it for good. */
export interface Episode {
  readonly type: RiskType;
  /** Time of the fix that named it. */
  readonly named: number;
  readonly from: number;
  readonly to: number;
  readonly open: boolean;
}

type Rule = (typeof lastingRules)[number];

/** A small plain object: the last minutes of one tracker, oldest first, and what was raised of them. */
export interface EpisodeState {
  readonly samples: readonly Sample[];
  readonly episodes: readonly Episode[];
}

export type EpisodeChange =
  | {
      readonly change: 'raised';
      readonly type: RiskType;
      readonly rule: Rule;
      readonly first: Sample;
      readonly run: readonly Sample[];
    }
  | { readonly change: 'ended'; readonly type: RiskType; readonly named: number; readonly at: number };

const MINUTE = 60_000;

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
  const types = typesIn(samples, episodes);
  for (const rule of lastingRules) {
    if (!types.has(rule.type)) continue;
    const followed = followRule(
      rule,
      samples,
      episodes.filter(({ type }) => type === rule.type),
    );
    changes.push(...followed.changes);
    episodes = [...episodes.filter(({ type }) => type !== rule.type), ...followed.episodes];
  }
  const oldest = (samples.at(-1)?.ts ?? 0) - WINDOW;
  return {
    state: { samples: thin(samples), episodes: episodes.filter(({ open, to }) => open || to >= oldest) },
    changes,
  };
}

function followRule(
  rule: Rule,
  samples: readonly Sample[],
  before: readonly Episode[],
): { episodes: Episode[]; changes: EpisodeChange[] } {
  const { type, least = 0, gap = Number.POSITIVE_INFINITY } = rule;
  const episodes = [...before];
  const changes: EpisodeChange[] = [];
  const holds = asked(type);
  const known = samples.filter((sample) => holds(sample) !== null);
  for (const run of runsOf(holds, gap, known)) {
    const [first, last] = [run[0], run.at(-1)];
    if (first === undefined || last === undefined) continue;
    const goesOn = (episode: Episode) =>
      (first.ts <= episode.to && last.ts >= episode.from) ||
      (episode.open && first === known[0] && first.ts > episode.to && first.ts - episode.to <= gap);
    const index = episodes.findIndex(goesOn);
    const found = episodes[index];
    if (found !== undefined) {
      episodes[index] = { ...found, from: Math.min(found.from, first.ts), to: Math.max(found.to, last.ts) };
    } else if (last.ts - first.ts >= least) {
      episodes.push({ type, named: first.ts, from: first.ts, to: last.ts, open: true });
      changes.push({ change: 'raised', type, rule, first, run });
    }
  }
  const newest = samples.at(-1)?.ts ?? 0;
  const ended = episodes.map((episode) => {
    const over = newest - episode.to > gap || known.some((sample) => sample.ts > episode.to && holds(sample) === false);
    if (!episode.open || !over) return episode;
    changes.push({ change: 'ended', type, named: episode.named, at: episode.to });
    return { ...episode, open: false };
  });
  return { episodes: ended, changes };
}

function verdictOn(type: RiskType, says: Saying): Verdict {
  const verdict = says[type];
  return verdict === undefined ? false : verdict;
}

/** Answers of samples in turn whether it is there. */
function asked(type: RiskType): (sample: Sample) => Verdict {
  let said: Saying | null = null;
  let verdict: Verdict = false;
  return ({ says }) => {
    if (says !== said) verdict = verdictOn(type, says);
    said = says;
    return verdict;
  };
}

/** Unbroken stretches of samples for which it holds. */
function runsOf(holds: ReturnType<typeof asked>, gap: number, known: readonly Sample[]): Sample[][] {
  const runs: Sample[][] = [];
  let current: Sample[] = [];
  for (const sample of known) {
    const last = current.at(-1);
    const broken = last !== undefined && (holds(sample) === false || sample.ts - last.ts > gap);
    if (broken) {
      runs.push(current);
      current = [];
    }
    if (holds(sample) === true) current.push(sample);
  }
  return current.length > 0 ? [...runs, current] : runs;
}

function typesIn(samples: readonly Sample[], episodes: readonly Episode[]): Set<string> {
  const types = new Set<string>(episodes.map(({ type }) => type));
  let said: Saying | null = null;
  for (const { says } of samples) {
    if (says === said) continue;
    said = says;
    for (const type in says) if (says[type] === true) types.add(type);
  }
  return types;
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
  const says: Record<string, Verdict> = {};
  for (const { type } of lastingRules) {
    const [one, other] = [verdictOn(type, a.says), verdictOn(type, b.says)];
    if (one === true || other === true) says[type] = true;
    else if (one === null && other === null) says[type] = null;
  }
  return { ...faster, says, notes: { ...a.notes, ...b.notes } };
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
      !sameSaying(before.says, sample.says) ||
      !sameSaying(sample.says, after.says);
    if (needed) kept.push(sample);
  }
  return kept;
}

export function sameSaying(a: Saying, b: Saying): boolean {
  if (a === b) return true;
  for (const type in a) if (a[type] !== b[type]) return false;
  for (const type in b) if (a[type] !== b[type]) return false;
  return true;
}
