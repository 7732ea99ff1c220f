import {
  tooLate,
  follow,
  noEpisodes,
  sameSaying,
  withinWindow,
  type Episode,
  type EpisodeChange,
  type KnownEpisodes,
  type Sample,
} from './episodes.ts';
import { isFix, nothingSaid, reachable, type Believed, type Place, type SaidFix } from './fix.ts';
import { lateAlarms } from './late-alarms.ts';
import { latenessOf } from './lateness.ts';
import { computedRules, lastingRules, type RiskType } from './rules/index.ts';
import type { RuleAnswer, RuleFacts, Severity, VehicleFacts } from './rules/rule.ts';
import type { Verdict } from './verdict.ts';

/** Where the vehicle is believed to be, and a jump that waits for a second fix to agree. */
export interface Whereabouts {
  readonly believed: Believed | null;
  readonly candidate: Believed | null;
}

export interface FixJudgement {
  readonly whereabouts: Whereabouts;
  readonly suspect: boolean;
  /** Suspect, and not for coming late: the first of them is an event. */
  readonly jumped: boolean;
}

/** What is remembered of one tracker between its messages: small, plain, rebuilt from the database after a restart. */
export interface Watch {
  readonly whereabouts: Whereabouts;
  readonly episodes: KnownEpisodes;
  /** The newest believed message. */
  readonly last: SaidFix | null;
  /** What each rule keeps for itself, by its type. */
  readonly states: Readonly<Record<string, unknown>>;
}

export const unwatched: Watch = {
  whereabouts: { believed: null, candidate: null },
  episodes: noEpisodes,
  last: null,
  states: {},
};

/** A message, and when it came, in milliseconds of the epoch. */
export interface HeardMessage {
  readonly fix: SaidFix;
  readonly receivedAt: number;
  /** The tracker's own time is wrong, and the fix has that of its receipt: it counts, and nothing is late by it. */
  readonly atReceipt?: boolean;
  /** Milliseconds by which that time is ahead. */
  readonly aheadMs?: number;
  /** Milliseconds by which it is behind. */
  readonly behindMs?: number;
}

/** A risk that was seen; with the tracker, its key and `occurredAt` name it for good. */
export interface Finding {
  readonly key: string;
  readonly type: RiskType;
  readonly severity: Severity;
  /** Milliseconds of the epoch: the fix that began it. */
  readonly occurredAt: number;
  readonly position: Place | null;
  readonly details: Readonly<Record<string, unknown>>;
  /** Of an alarm that came too late to be followed: its last message. It may belong to an episode that is known. */
  readonly until?: number;
}

interface Ending {
  readonly key: string;
  /** Time of the fix that named the episode. */
  readonly named: number;
  /** Its last fix. */
  readonly at: number;
}

interface Observation<One> {
  readonly watch: Watch;
  readonly fixes: readonly { readonly heard: One; readonly fix: SaidFix; readonly suspect: boolean }[];
  readonly findings: readonly Finding[];
  readonly endings: readonly Ending[];
}

/**
 * What new messages of one tracker mean, whatever their order and however often they come. One without a
 * place moves nothing; what else it says counts.
 */
export function observe<One extends HeardMessage>(
  watch: Watch,
  heard: readonly One[],
  vehicle: VehicleFacts,
): Observation<One> {
  let { whereabouts } = watch;
  const judged: (Judged & { readonly heard: One })[] = [];
  for (const one of [...heard].sort((a, b) => a.fix.ts - b.fix.ts)) {
    const { fix, receivedAt, aheadMs, atReceipt = false } = one;
    const verdict = isFix(fix) ? judgePlace(whereabouts, fix) : { whereabouts, suspect: false, jumped: false };
    ({ whereabouts } = verdict);
    const { suspect, jumped } = verdict;
    const { believed } = whereabouts;
    judged.push({ heard: one, fix, receivedAt, atReceipt, aheadMs, suspect, jumped, believed });
  }
  const { samples, ...remembered } = askRules(watch, judged, vehicle, latenessOf(heard));
  const followed = follow(watch.episodes, samples);
  const findings: Finding[] = [];
  const endings: Ending[] = [];
  for (const change of followed.changes) {
    if (change.change === 'ended') endings.push({ key: change.key, named: change.named, at: change.at });
    else findings.push(finding(change, vehicle));
  }
  for (const { rule, first, run, until } of lateAlarms(lateIn(watch, judged, samples)))
    findings.push({ ...finding({ key: rule.type, rule, first, run }, vehicle), until });
  return { watch: { whereabouts, episodes: followed.state, ...remembered }, fixes: judged, findings, endings };
}

/** What came too late to be followed, where any of it has an alarm. @param samples of what was judged, in its order */
function lateIn(watch: Watch, judged: readonly Judged[], samples: readonly Sample[]) {
  if (judged.every(({ fix }) => fix.alarms.length === 0)) return [];
  const isLate = tooLate(watch.episodes.samples);
  return judged.flatMap(({ fix: { alarms }, atReceipt }, index) => {
    const sample = samples[index];
    return sample === undefined || atReceipt === true || !isLate(sample) ? [] : [{ sample, alarms }];
  });
}

/**
 * Judges the next fix of a vehicle. A fix that cannot be reached from the believed place is suspect; the
 * next one that agrees with it makes it believed. A fix older than the believed place moves nothing.
 */
export function judgePlace(whereabouts: Whereabouts, fix: Believed): FixJudgement {
  const { believed, candidate } = whereabouts;
  const place = placeOf(fix);
  if (believed === null) return { whereabouts: { believed: place, candidate: null }, suspect: false, jumped: false };
  const possible = reachable(believed, fix);
  if (fix.ts <= believed.ts) return { whereabouts, suspect: !possible, jumped: false };
  if (possible) return { whereabouts: { believed: place, candidate: null }, suspect: false, jumped: false };
  if (candidate !== null && fix.ts <= candidate.ts) return { whereabouts, suspect: true, jumped: true };
  if (candidate !== null && reachable(candidate, fix)) {
    return { whereabouts: { believed: place, candidate: null }, suspect: false, jumped: false };
  }
  return { whereabouts: { believed, candidate: place }, suspect: true, jumped: true };
}

/** Its accuracy too, where it says one. */
const placeOf = ({ ts, lat, lon, accuracy }: Believed): Believed =>
  accuracy == null ? { ts, lat, lon } : { ts, lat, lon, accuracy };

/**
 * What is remembered after a restart: every rule is asked again about the messages of the last minutes.
 *
 * @param latest where the vehicle is believed to be
 * @param heard in the order of time, each as it was judged when it came
 * @param episodes those that go on, or ended in these minutes
 */
export function resume(
  latest: Place | null,
  heard: readonly (HeardMessage & { readonly suspect: boolean })[],
  episodes: readonly Episode[],
  vehicle: VehicleFacts,
): Watch {
  const said = heard.find(({ fix, suspect }) => isFix(fix) && !suspect && fix.ts === latest?.ts)?.fix;
  const believed = said !== undefined && isFix(said) ? placeOf(said) : latest;
  const judged = heard.map((one) => ({ ...one, jumped: one.suspect, believed }));
  const { samples: all, ...remembered } = askRules(unwatched, judged, vehicle);
  const samples = withinWindow(all);
  const { state } = follow({ samples: [], episodes: stretched(episodes, samples) }, samples);
  const jump = judged.findLast(({ fix, suspect }) => suspect && isFix(fix) && fix.ts > (believed?.ts ?? 0))?.fix;
  const candidate = jump !== undefined && isFix(jump) ? placeOf(jump) : null;
  return { whereabouts: { believed, candidate }, episodes: state, ...remembered };
}

/** An episode that goes on has lasted up to the window, or it would have been ended. */
function stretched(episodes: readonly Episode[], samples: readonly Sample[]): Episode[] {
  const first = samples[0]?.ts ?? 0;
  return episodes.map((episode) => (episode.open ? { ...episode, to: Math.max(episode.to, first) } : episode));
}

type Judged = Omit<HeardMessage, 'aheadMs'> &
  Pick<RuleFacts, 'suspect' | 'jumped' | 'believed'> & { readonly aheadMs?: number | undefined };

/** Asks every rule about every message, in the order of time. */
function askRules(
  watch: Watch,
  judged: readonly Judged[],
  vehicle: VehicleFacts,
  lateness: ReturnType<typeof latenessOf> = [],
): { readonly samples: Sample[]; readonly last: SaidFix | null; readonly states: Watch['states'] } {
  const states = { ...watch.states };
  let { last } = watch;
  let before = watch.episodes.samples.at(-1)?.says ?? {};
  const samples: Sample[] = [];
  for (const one of judged) {
    const { fix, suspect, atReceipt = false } = one;
    const late = atReceipt || (last !== null && fix.ts <= last.ts);
    const { says, notes } = answersTo(factsOf(one, late, late ? null : last, vehicle), states);
    if (!sameSaying(before, says)) before = says;
    const { ts, lat, lon, speedKph } = fix;
    samples.push({ ts, atReceipt, lat, lon, speedKph, says: before, notes });
    if (!suspect && !late) last = fix;
  }
  for (const late of lateness) samples.push(...askOfClock(late, states, vehicle));
  return { samples, last, states };
}

function factsOf(judged: Judged, late: boolean, before: SaidFix | null, vehicle: VehicleFacts): RuleFacts {
  const { fix, receivedAt, aheadMs = null, suspect, jumped, believed } = judged;
  const { externalMv } = fix.extra;
  const power = typeof externalMv === 'number' ? externalMv : null;
  return {
    fix,
    before,
    late,
    receivedAt,
    aheadMs,
    behindMs: null,
    externalMv: power,
    suspect,
    jumped,
    believed,
    vehicle,
  };
}

/** @param states of the rules, which this changes */
function answersTo(facts: RuleFacts, states: Record<string, unknown>): Pick<Sample, 'says' | 'notes'> {
  const says: Record<string, Verdict> = {};
  let notes: Record<string, unknown> | null = null;
  for (const type of facts.fix.alarms) says[type] = true;
  for (const rule of computedRules) {
    const { type } = rule;
    const answer = answered(rule.look(facts, states[type]));
    if (answer.holds !== false && says[type] !== true) says[type] = answer.holds;
    if (answer.state !== undefined) states[type] = answer.state;
    if (answer.note !== undefined) (notes ??= {})[type] = answer.note;
    for (const [name, { holds, note }] of Object.entries(answer.each ?? {})) {
      says[`${type}:${name}`] = holds;
      if (note !== undefined) (notes ??= {})[`${type}:${name}`] = note;
    }
  }
  return { says, notes };
}

const clockRules = computedRules.filter(({ ofClock }) => ofClock === true);
/** What says nothing of any risk. */
const silence: Readonly<Record<string, Verdict>> = Object.fromEntries(lastingRules.map(({ type }) => [type, null]));

/**
 * What messages that come late say of the tracker's clock, at their receipt: nothing else is of then.
 *
 * @param states of the rules, which this changes
 */
function askOfClock(
  { receivedAt, behindMs }: ReturnType<typeof latenessOf>[number],
  states: Record<string, unknown>,
  vehicle: VehicleFacts,
): Sample[] {
  const fix = { ...nothingSaid, ts: receivedAt };
  const judged = { fix, receivedAt, suspect: false, jumped: false, believed: null };
  const facts = { ...factsOf(judged, true, null, vehicle), behindMs };
  return clockRules.flatMap((rule): Sample[] => {
    const { holds, state, note } = answered(rule.look(facts, states[rule.type]));
    if (state !== undefined) states[rule.type] = state;
    if (holds === null) return [];
    const says = { ...silence, [rule.type]: holds };
    return [
      { ts: receivedAt, atReceipt: true, lat: null, lon: null, speedKph: null, says, notes: { [rule.type]: note } },
    ];
  });
}

const answered = (said: Verdict | RuleAnswer<unknown, unknown>): RuleAnswer<unknown, unknown> =>
  typeof said === 'object' && said !== null ? said : { holds: said };

type Raised = Omit<Extract<EpisodeChange, { change: 'raised' }>, 'change'>;

function finding({ key, rule, first, run }: Raised, vehicle: VehicleFacts): Finding {
  const { ts, lat, lon } = first;
  const position = lat === null || lon === null ? null : { ts, lat, lon };
  const { type } = rule;
  const held = run.map(({ notes, ...sample }) => ({ ...sample, note: notes?.[key] }));
  const facts = ts < (vehicle.leaseSince ?? 0) ? { ...vehicle, leaseStatus: null } : vehicle;
  const { severity = rule.severity, details } = rule.tell?.(held, facts) ?? { details: {} };
  return { key, type, severity, occurredAt: ts, position, details };
}
