import Flatbush from 'flatbush';
import type { Market } from '../markets.ts';
import { borders } from './borders.ts';
import type { Fence, WatchedRule } from './fence.ts';
import { NEWEST, type Fix, type Place } from './fix.ts';
import { boxAround, Outline } from './outline.ts';
import type { Verdict } from './rules/rule.ts';

/** Metres from the border within which one fix alone is not believed: a second one has to say the same. */
const MARGIN = 20;
/** Milliseconds between two fixes beyond which the straight line between them is not taken for the way. */
const STRAIGHT = 300_000;

/** Metres beyond a border from which a vehicle is abroad: the borders are coarse, and so are border towns. */
const ABROAD = 5_000;
const countries: Readonly<Record<Market, Outline>> = {
  UG: new Outline(borders.UG),
  KE: new Outline(borders.KE),
  RW: new Outline(borders.RW),
};

/** Whom a fence may be for. */
export interface Whose {
  readonly vehicleId: string;
  readonly market: Market | null;
}

/** What is looked at to judge a message by fences. */
export interface Moved {
  readonly fix: Fix;
  /** Where it was before, as far as that is known to be the fix before. */
  readonly before: Place | null;
  /** Milliseconds of the epoch. */
  readonly receivedAt: number;
}

export interface FenceVerdict {
  readonly fence: Fence;
  /** Whether the vehicle is where the fence forbids. */
  readonly holds: Verdict;
  /** It is not there now, but between two fixes it was. */
  readonly passed: boolean;
}

interface Watched {
  readonly fence: Fence;
  readonly outline: Outline;
}

/**
 * The fences that are, found by place. Most zones that are forbidden are far away from a vehicle, so those are found
 * by an index; those that it is to stay in are few.
 */
export class Fences {
  readonly #outside: readonly Watched[];
  readonly #byPlace: Flatbush | null;
  readonly #inside = new Map<string, Watched[]>();

  constructor(fences: readonly Fence[]) {
    const watched = fences.map((fence) => ({ fence, outline: new Outline(fence.polygon) }));
    this.#outside = watched.filter(({ fence }) => fence.rule === 'stay_outside');
    this.#byPlace = this.#outside.length === 0 ? null : new Flatbush(this.#outside.length);
    for (const { outline } of this.#outside) this.#byPlace?.add(...outline.box);
    this.#byPlace?.finish();
    for (const one of watched) {
      if (one.fence.rule !== 'stay_inside') continue;
      for (const whose of one.fence.vehicleIds ?? [EVERY]) {
        const known = this.#inside.get(whose);
        if (known === undefined) this.#inside.set(whose, [one]);
        else known.push(one);
      }
    }
  }

  /** What the fences of a vehicle say of one message, by their rule. Those that are not named have nothing against it. */
  judge(rule: WatchedRule, whose: Whose, moved: Moved): FenceVerdict[] {
    const found: FenceVerdict[] = [];
    for (const one of rule === 'stay_inside' ? this.#keepingIn(whose) : this.#nearWay(moved)) {
      if (!isFor(one.fence, whose) || !isInForce(one.fence, moved)) continue;
      const { holds, passed } = verdictOf(one, moved);
      if (holds !== false) found.push({ fence: one.fence, holds, passed });
    }
    return found;
  }

  /** Whether a place is outside of a market; null near its border, or where the market is not known. */
  isAbroad(market: Market | null, fix: Fix): Verdict {
    if (market === null) return null;
    const country = countries[market];
    if (country.contains(fix)) return false;
    return country.standing(fix).border > ABROAD + (fix.accuracy ?? 0) ? true : null;
  }

  #keepingIn({ vehicleId }: Whose): readonly Watched[] {
    const [own, all] = [this.#inside.get(vehicleId), this.#inside.get(EVERY)];
    return own === undefined || all === undefined ? (own ?? all ?? []) : [...own, ...all];
  }

  #nearWay({ fix, before }: Moved): readonly Watched[] {
    if (this.#byPlace === null) return [];
    const box = boxAround(before === null ? [fix] : [before, fix], doubtOf(fix));
    return this.#byPlace.search(...box).flatMap((index) => this.#outside[index] ?? []);
  }
}

/** In `#inside`: of no vehicle alone. */
const EVERY = '';

export const noFences = new Fences([]);

const doubtOf = ({ accuracy }: Fix) => Math.max(accuracy ?? 0, MARGIN);

const isFor = ({ vehicleIds, market }: Fence, whose: Whose) =>
  (market === null || market === whose.market) && (vehicleIds === null || vehicleIds.includes(whose.vehicleId));

/** A tracker's clock may be as far behind ours as it may be ahead. */
const isInForce = ({ inForceFrom }: Fence, { fix, receivedAt }: Moved) =>
  receivedAt >= inForceFrom && fix.ts >= inForceFrom - NEWEST;

/**
 * A fix whose circle of accuracy lies across the border says nothing. One within the margin is believed with its
 * neighbour only.
 */
function verdictOf({ fence, outline }: Watched, { fix, before }: Moved): { holds: Verdict; passed: boolean } {
  const forbidden = fence.rule === 'stay_outside';
  const near = outline.isNear(fix, doubtOf(fix));
  const { inside, border } = near ? outline.standing(fix) : { inside: false, border: Infinity };
  const straddles = border <= (fix.accuracy ?? 0);
  const wrong = inside === forbidden;
  if (!straddles && wrong) return { holds: border > MARGIN || 'seems', passed: false };
  const known = before !== null && fix.ts - before.ts <= STRAIGHT;
  if (known && outline.passes(before, fix, forbidden, doubtOf(fix))) return { holds: true, passed: true };
  if (straddles) return { holds: null, passed: false };
  return { holds: border > MARGIN ? false : 'seems_not', passed: false };
}
