import {
  follow,
  noEpisodes,
  type EpisodeChange,
  type EpisodeState,
  type EpisodeType,
  type Sample,
} from './episodes.ts';
import { isFix, type Place, type Said } from './fix.ts';
import { judge, type Judgement, type Whereabouts } from './jump.ts';
import type { RiskType, Severity } from './risk.ts';

/** What is remembered of one tracker between its messages: small, plain, rebuilt from the database after a restart. */
export interface Watch {
  readonly whereabouts: Whereabouts;
  readonly episodes: EpisodeState;
}

export const unwatched: Watch = { whereabouts: { believed: null, candidate: null }, episodes: noEpisodes };

/** A risk that was seen; with the tracker, its type and `occurredAt` name it for good. */
export interface Finding {
  readonly type: RiskType;
  readonly severity: Severity;
  /** Milliseconds of the epoch: the fix that began it. */
  readonly occurredAt: number;
  readonly position: Place | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Ending {
  readonly type: EpisodeType;
  /** Time of the fix that named the episode. */
  readonly named: number;
  /** Its last fix. */
  readonly at: number;
}

export interface Observation {
  readonly watch: Watch;
  readonly fixes: readonly { readonly fix: Said; readonly suspect: boolean }[];
  readonly findings: readonly Finding[];
  readonly endings: readonly Ending[];
}

const severities: Readonly<Record<EpisodeType, Severity>> = {
  speeding: 'medium',
  harsh_braking: 'low',
  harsh_acceleration: 'low',
  low_battery: 'low',
  impossible_jump: 'medium',
  power_cut: 'high',
  tampering: 'high',
  tow: 'high',
  jamming: 'high',
  crash: 'critical',
};

/** Speeding begins above the limit and a twentieth: that much a speedometer may err. */
const TOLERATED = 1.05;
/** From half as much again over the limit it is graver. */
const GRAVE = 1.5;

/**
 * What new messages of one tracker mean, whatever their order and however often they come. One without a
 * place moves nothing; its alarms count.
 *
 * @param limitKph speed limit of the vehicle
 */
export function observe(watch: Watch, fixes: readonly Said[], limitKph: number): Observation {
  const judged: { fix: Said; suspect: boolean; sample: Sample }[] = [];
  const jumpedFrom = new Map<number, Place | null>();
  let { whereabouts } = watch;
  for (const fix of [...fixes].sort((a, b) => a.ts - b.ts)) {
    if (!isFix(fix)) {
      judged.push({ fix, suspect: false, sample: sampleOf(fix, unmoved, limitKph) });
      continue;
    }
    const verdict = judge(whereabouts, fix);
    whereabouts = verdict.whereabouts;
    if (verdict.jumped) jumpedFrom.set(fix.ts, whereabouts.believed);
    judged.push({ fix, suspect: verdict.suspect, sample: sampleOf(fix, verdict, limitKph) });
  }
  const followed = follow(
    watch.episodes,
    judged.map(({ sample }) => sample),
  );
  const findings: Finding[] = [];
  const endings: Ending[] = [];
  for (const change of followed.changes) {
    if (change.change === 'ended') endings.push({ type: change.type, named: change.named, at: change.at });
    else findings.push(finding(change, limitKph, jumpedFrom));
  }
  return { watch: { whereabouts, episodes: followed.state }, fixes: judged, findings, endings };
}

const unmoved = { suspect: false, jumped: false };

/** A fix at a place that cannot be, or at none, says nothing about speed either. */
export function sampleOf(
  fix: Pick<Said, 'ts' | 'lat' | 'lon' | 'speedKph' | 'alarms'>,
  { suspect, jumped }: Pick<Judgement, 'suspect' | 'jumped'>,
  limitKph: number,
): Sample {
  const { ts, lat, lon, speedKph, alarms } = fix;
  const speeding = speedKph === null || lat === null || suspect ? null : speedKph > limitKph * TOLERATED;
  return { ts, lat, lon, speedKph, speeding, jumped, alarms };
}

type Raised = Extract<EpisodeChange, { change: 'raised' }>;

/** @param jumpedFrom where the vehicle was believed to be, by the time of the fix that could not be reached from there */
function finding(
  { type, first, run }: Raised,
  limitKph: number,
  jumpedFrom: ReadonlyMap<number, Place | null>,
): Finding {
  const { ts, lat, lon } = first;
  const position = lat === null || lon === null ? null : { ts, lat, lon };
  const common = { type, occurredAt: ts, position, severity: severities[type] };
  if (type === 'impossible_jump') return { ...common, details: { from: jumpedFrom.get(ts) ?? null } };
  if (type !== 'speeding') return { ...common, details: {} };
  const speedKph = Math.max(...run.map((sample) => sample.speedKph ?? 0));
  return {
    ...common,
    severity: speedKph > limitKph * GRAVE ? 'high' : severities.speeding,
    details: { speedKph, limitKph },
  };
}
