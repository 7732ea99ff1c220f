import { lastingRules } from './rules/index.ts';
import type { Verdict } from './verdict.ts';

/**
 * Of each risk, by its key, whether it is there; null where that is not said. One that is not named is not there. The
 * key is its type, or `type:name` of one of several things; where the type itself is null, so is each of its things.
 */
export type Saying = Readonly<Record<string, Verdict>>;

/** What one message says about what may last. */
export interface Sample {
  readonly ts: number;
  /** `ts` is when it came, since the tracker's own time is wrong: it does not tell how far the others have come. */
  readonly atReceipt?: boolean;
  readonly lat: number | null;
  readonly lon: number | null;
  readonly speedKph: number | null;
  /** The same object as that of the message before where it says the same: it is compared often. */
  readonly says: Saying;
  /** What rules noted of it, by the keys of risks. */
  readonly notes: Readonly<Record<string, unknown>> | null;
}

/** One raised episode, from its first to its latest fix. Its first fix names it for good. */
export interface Episode {
  readonly key: string;
  /** Time of the fix that named it. */
  readonly named: number;
  readonly from: number;
  readonly to: number;
  readonly open: boolean;
}

type Rule = (typeof lastingRules)[number];

/** A small plain object: the last minutes of one tracker, oldest first, and what was raised of them. */
export interface KnownEpisodes {
  readonly samples: readonly Sample[];
  readonly episodes: readonly Episode[];
}

export type EpisodeChange =
  | {
      readonly change: 'raised';
      readonly key: string;
      readonly rule: Rule;
      readonly first: Sample;
      readonly run: readonly Sample[];
    }
  | { readonly change: 'ended'; readonly key: string; readonly named: number; readonly at: number };

const MINUTE = 60_000;

/** How far back a late fix still counts, and how long every fix is kept for it, in milliseconds. */
export const WINDOW = 15 * MINUTE;
const EXACT = 2 * MINUTE;
const SPARSE = MINUTE;

export const noEpisodes: KnownEpisodes = { samples: [], episodes: [] };

/**
 * Adds samples, in any order, and says which episodes began and ended. The same samples again change
 * nothing; one that is older than the window by what was known before is ignored. However long the time is that
 * they span together, it is as if they came one after the other. No clock: time is that of the samples.
 */
export function follow(
  state: KnownEpisodes,
  added: readonly Sample[],
): { state: KnownEpisodes; changes: EpisodeChange[] } {
  const isLatest = follows(state.samples, added);
  const samples = merge(state.samples, isLatest ? added : timely(state.samples, added), isLatest);
  const changes: EpisodeChange[] = [];
  let episodes = state.episodes;
  for (const key of [...keysIn(samples, episodes)].sort()) {
    const rule = ruleOf.get(typeOf(key));
    if (rule === undefined) continue;
    const mine = episodes.filter((episode) => episode.key === key);
    // What is over stays over while the latest says nothing of it.
    if (isLatest && !mine.some(({ open }) => open) && !added.some(({ says }) => speaksFor(key, says))) continue;
    const followed = followRule(rule, key, samples, mine);
    changes.push(...followed.changes);
    episodes = [...episodes.filter((episode) => episode.key !== key), ...followed.episodes];
  }
  const age = agesIn(samples);
  return {
    state: {
      samples: thin(withinWindow(samples)),
      episodes: episodes.filter(({ open, to }) => open || age(to) <= WINDOW),
    },
    changes,
  };
}

/** How long ago something was, in milliseconds, by the newest sample of the tracker's own time; what is later, by the newest of all. */
function agesIn(samples: readonly Sample[]): (ts: number) => number {
  const own = ownIn(samples);
  const newest = samples.at(-1)?.ts ?? 0;
  return (ts) => (ts <= own ? own : newest) - ts;
}

const ownIn = (samples: readonly Sample[]): number =>
  samples.findLast(({ atReceipt }) => atReceipt !== true)?.ts ?? Number.NEGATIVE_INFINITY;

function followRule(
  rule: Rule,
  key: string,
  samples: readonly Sample[],
  before: readonly Episode[],
): { episodes: Episode[]; changes: EpisodeChange[] } {
  const { least = 0, gap = Number.POSITIVE_INFINITY } = rule;
  const episodes = [...before];
  const changes: EpisodeChange[] = [];
  const known = knownOf(key, samples);
  for (const run of runsOf(gap, known)) {
    const [first, last] = [run[0], run.at(-1)];
    if (first === undefined || last === undefined) continue;
    const goesOn = (episode: Episode) =>
      (first.ts <= episode.to && last.ts >= episode.from) ||
      (episode.open && first === known[0]?.sample && first.ts > episode.to && first.ts - episode.to <= gap);
    const index = episodes.findIndex(goesOn);
    const found = episodes[index];
    if (found !== undefined) {
      episodes[index] = { ...found, from: Math.min(found.from, first.ts), to: Math.max(found.to, last.ts) };
    } else if (last.ts - first.ts >= least) {
      episodes.push({ key, named: first.ts, from: first.ts, to: last.ts, open: true });
      changes.push({ change: 'raised', key, rule, first, run });
    }
  }
  const age = agesIn(samples);
  const ended = episodes.map((episode) => {
    const over = age(episode.to) > gap || known.some(({ sample, holds }) => sample.ts > episode.to && !holds);
    if (!episode.open || !over) return episode;
    changes.push({ change: 'ended', key, named: episode.named, at: episode.to });
    return { ...episode, open: false };
  });
  return { episodes: ended, changes };
}

const ruleOf: ReadonlyMap<string, Rule> = new Map(lastingRules.map((rule) => [rule.type, rule]));

function typeOf(key: string): string {
  const end = key.indexOf(':');
  return end === -1 ? key : key.slice(0, end);
}

function verdictOn(key: string, says: Saying): Verdict {
  const verdict = says[key];
  if (verdict !== undefined) return verdict;
  return says[typeOf(key)] === null ? null : false;
}

interface Known {
  readonly sample: Sample;
  readonly holds: boolean;
}

/** Samples that say whether it is there. What only seems so counts where a neighbour within the window says the same. */
function knownOf(key: string, samples: readonly Sample[]): Known[] {
  let said: Saying | null = null;
  let verdict: Verdict = false;
  const saying: (Known & { readonly sure: boolean })[] = [];
  for (const sample of samples) {
    if (sample.says !== said) verdict = verdictOn(key, sample.says);
    said = sample.says;
    if (verdict === null) continue;
    saying.push({ sample, holds: verdict === true || verdict === 'seems', sure: typeof verdict === 'boolean' });
  }
  const agree = (a: Known | undefined, b: Known | undefined) =>
    a !== undefined && b !== undefined && a.holds === b.holds && b.sample.ts - a.sample.ts <= WINDOW;
  return saying.filter((one, index) => one.sure || agree(saying[index - 1], one) || agree(one, saying[index + 1]));
}

/** Unbroken stretches of samples for which it holds. */
function runsOf(gap: number, known: readonly Known[]): Sample[][] {
  const runs: Sample[][] = [];
  let current: Sample[] = [];
  for (const { sample, holds } of known) {
    const last = current.at(-1);
    if (last !== undefined && (!holds || sample.ts - last.ts > gap)) {
      runs.push(current);
      current = [];
    }
    if (holds) current.push(sample);
  }
  return current.length > 0 ? [...runs, current] : runs;
}

function keysIn(samples: readonly Sample[], episodes: readonly Episode[]): Set<string> {
  const keys = new Set<string>(episodes.map(({ key }) => key));
  let said: Saying | null = null;
  for (const { says } of samples) {
    if (says === said) continue;
    said = says;
    for (const key in says) if (says[key] === true || says[key] === 'seems') keys.add(key);
  }
  return keys;
}

/** Whether all that is added is later than all that was there, each than the one before. */
function follows(before: readonly Sample[], added: readonly Sample[]): boolean {
  let last = before.at(-1)?.ts ?? Number.NEGATIVE_INFINITY;
  return added.every(({ ts }) => {
    const isLater = ts > last;
    last = ts;
    return isLater;
  });
}

function speaksFor(key: string, says: Saying): boolean {
  const verdict = verdictOn(key, says);
  return verdict === true || verdict === 'seems';
}

/** In the order of time; several samples of one moment become one, for which holds what held for any. */
function merge(before: readonly Sample[], added: readonly Sample[], isLatest: boolean): Sample[] {
  if (isLatest) return [...before, ...added];
  const byTime = new Map(before.map((sample) => [sample.ts, sample]));
  for (const sample of added) {
    const same = byTime.get(sample.ts);
    byTime.set(sample.ts, same === undefined ? sample : united(same, sample));
  }
  return [...byTime.values()].sort((a, b) => a.ts - b.ts);
}

/** Those that do not come too late to count, by what was known before them. */
function timely(before: readonly Sample[], added: readonly Sample[]): readonly Sample[] {
  const isLate = tooLate(before);
  return added.filter((sample) => !isLate(sample));
}

/** Whether a sample is older than the window by what was known before it: it begins and ends nothing by itself. */
export function tooLate(before: readonly Sample[]): (sample: Pick<Sample, 'ts'>) => boolean {
  const own = ownIn(before);
  return ({ ts }) => own - ts > WINDOW;
}

export function withinWindow(all: readonly Sample[]): Sample[] {
  const age = agesIn(all);
  return all.filter(({ ts }) => age(ts) <= WINDOW);
}

function united(a: Sample, b: Sample): Sample {
  const faster = (b.speedKph ?? -1) > (a.speedKph ?? -1) ? b : a;
  const says: Record<string, Verdict> = {};
  for (const key of new Set([...Object.keys(a.says), ...Object.keys(b.says)]))
    says[key] = gravest(verdictOn(key, a.says), verdictOn(key, b.says));
  const atReceipt = a.atReceipt === true && b.atReceipt === true;
  return { ...faster, atReceipt, says, notes: { ...a.notes, ...b.notes } };
}

/** Of two verdicts on one moment. What is not said counts only where the other does not say it either. */
function gravest(one: Verdict, other: Verdict): Verdict {
  const order: readonly Verdict[] = [true, 'seems', false, 'seems_not'];
  return order.find((verdict) => verdict === one || verdict === other) ?? null;
}

/** Forgets, past the first minutes, samples between two that say the same: they decide nothing any more. */
function thin(samples: readonly Sample[]): Sample[] {
  const age = agesIn(samples);
  const kept: Sample[] = [];
  for (const [index, sample] of samples.entries()) {
    const [before, after] = [kept.at(-1), samples[index + 1]];
    const needed =
      before === undefined ||
      after === undefined ||
      age(sample.ts) <= EXACT ||
      after.ts - before.ts > SPARSE ||
      !sameSaying(before.says, sample.says) ||
      !sameSaying(sample.says, after.says);
    if (needed) kept.push(sample);
  }
  return kept;
}

export function sameSaying(a: Saying, b: Saying): boolean {
  if (a === b) return true;
  for (const key in a) if (a[key] !== b[key]) return false;
  for (const key in b) if (a[key] !== b[key]) return false;
  return true;
}
