import type { Market } from '../markets.ts';
import { Cells } from './cells.ts';
import { ABROAD, countries } from './countries.ts';
import type { Fence, WatchedRule } from './fence.ts';
import { NEWEST, stands, type Fix, type Place } from './fix.ts';
import { atMost, boxAround, Outline } from './outline.ts';
import type { Verdict } from './verdict.ts';

/** Metres from the border within which one fix alone is not believed: a second one has to say the same. */
const MARGIN = 20;
/** Milliseconds between two fixes beyond which the straight line between them is not taken for the way. */
const STRAIGHT = 300_000;

/** Whom a fence may be for. */
export interface Whose {
  readonly vehicleId: string;
  readonly market: Market | null;
}

/** What is looked at to judge a message by fences. */
export interface FenceMove {
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
  /** What is said of whoever is on the wrong side, far from its border. */
  readonly wrong: FenceVerdict;
}

/** Whose fences are asked about what. */
interface Asked {
  readonly whose: Whose;
  readonly moved: FenceMove;
}

/**
 * The fences that are, found by place. Most of what a vehicle says is as far from any border as what it said before: that needs
 * no polygon.
 */
export class Fences {
  readonly #cells: Readonly<Record<WatchedRule, Cells<Watched>>>;
  /** Those to stay inside of, by whom they are for. */
  readonly #inside = new Map<string, Watched[]>();
  /** What is said of all of a cell, by what it lies in: the same object again. */
  readonly #entered = new WeakMap<readonly Watched[], readonly FenceVerdict[]>();

  constructor(fences: readonly Fence[]) {
    const ofRule = (rule: WatchedRule) => fences.filter((fence) => fence.rule === rule).map(watched);
    const inside = ofRule('stay_inside');
    this.#cells = { stay_inside: new Cells(inside, MARGIN), stay_outside: new Cells(ofRule('stay_outside'), MARGIN) };
    for (const one of inside) {
      for (const whose of one.fence.vehicleIds ?? [EVERY]) {
        const known = this.#inside.get(whose);
        if (known === undefined) this.#inside.set(whose, [one]);
        else known.push(one);
      }
    }
  }

  /** What the fences of a vehicle say of one message, by their rule. Those that are not named have nothing against it. */
  judge(rule: WatchedRule, whose: Whose, moved: FenceMove): readonly FenceVerdict[] {
    const asked = { whose, moved };
    return rule === 'stay_inside' ? this.#left(asked) : this.#found(asked);
  }

  #left(asked: Asked): readonly FenceVerdict[] {
    const own = this.#keepingIn(asked.whose);
    if (own.length === 0) return [];
    const { fix, before } = asked.moved;
    const cells = this.#cells.stay_inside;
    const near = isPrecise(fix) ? cells.nearWay(before ?? fix, fix) : null;
    if (near === null) return measured(own, asked);
    const { within } = cells.at(fix);
    const away = own.filter((one) => !near.includes(one) && !within.includes(one) && counts(one, asked));
    const close = own.filter((one) => near.includes(one));
    return [...away.map(({ wrong }) => wrong), ...measured(close, asked)];
  }

  #found(asked: Asked): readonly FenceVerdict[] {
    const { fix, before } = asked.moved;
    const cells = this.#cells.stay_outside;
    const near = isPrecise(fix) ? cells.nearWay(before ?? fix, fix) : null;
    if (near === null) return measured(cells.touching(boxAround(before ?? fix, fix, doubtOf(fix))), asked);
    const { within } = cells.at(fix);
    const said = this.#enteredAll(within, asked);
    if (near.length === 0) return said;
    const close = measured(
      near.filter((one) => !within.includes(one)),
      asked,
    );
    return close.length === 0 ? said : [...said, ...close];
  }

  #enteredAll(within: readonly Watched[], asked: Asked): readonly FenceVerdict[] {
    if (!within.every((one) => counts(one, asked)))
      return within.filter((one) => counts(one, asked)).map(({ wrong }) => wrong);
    let all = this.#entered.get(within);
    if (all === undefined) this.#entered.set(within, (all = within.map(({ wrong }) => wrong)));
    return all;
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
}

const watched = (fence: Fence): Watched => ({
  fence,
  outline: new Outline(fence.polygon),
  wrong: { fence, holds: true, passed: false },
});

/** What polygons say. */
function measured(all: readonly Watched[], asked: Asked): FenceVerdict[] {
  const found: FenceVerdict[] = [];
  for (const one of all) {
    if (!counts(one, asked)) continue;
    const { holds, passed } = verdictOf(one, asked.moved);
    if (holds !== false) found.push({ fence: one.fence, holds, passed });
  }
  return found;
}

/** In `#inside`: of no vehicle alone. */
const EVERY = '';

export const noFences = new Fences([]);

const doubtOf = ({ accuracy }: Fix) => Math.max(accuracy ?? 0, MARGIN);

const counts = ({ fence }: Watched, { whose, moved }: Asked) => isFor(fence, whose) && isInForce(fence, moved);

const isPrecise = ({ accuracy }: Fix) => (accuracy ?? 0) <= MARGIN;

const isFor = ({ vehicleIds, market }: Fence, whose: Whose) =>
  (market === null || market === whose.market) && (vehicleIds === null || vehicleIds.includes(whose.vehicleId));

/** A tracker's clock may be as far behind ours as it may be ahead. */
const isInForce = ({ inForceFrom }: Fence, { fix, receivedAt }: FenceMove) =>
  receivedAt >= inForceFrom && fix.ts >= inForceFrom - NEWEST;

/**
 * A fix whose circle of accuracy lies across the border says nothing, nor does one within the margin of a vehicle that
 * stands with its ignition off. Another one within the margin is believed with its
 * neighbour only.
 */
function verdictOf({ fence, outline }: Watched, { fix, before }: FenceMove): { holds: Verdict; passed: boolean } {
  const forbidden = fence.rule === 'stay_outside';
  const near = outline.isNear(fix, doubtOf(fix));
  const { inside, border } = near ? outline.standing(fix) : { inside: false, border: Infinity };
  const straddles = border <= (fix.accuracy ?? 0);
  const wrong = inside === forbidden;
  // Parked beside the border it drifts over it all night: what was goes on until it is clear of it, or drives.
  const drifts = border <= MARGIN && stands(fix);
  if (drifts && wrong) return { holds: null, passed: false };
  if (!straddles && wrong) return { holds: border > MARGIN || 'seems', passed: false };
  // A way that is shorter than it is to the border leads over none.
  const known = before !== null && fix.ts - before.ts <= STRAIGHT && !(near && border > atMost(before, fix));
  if (known && outline.passes(before, fix, forbidden, doubtOf(fix))) return { holds: true, passed: true };
  if (straddles || drifts) return { holds: null, passed: false };
  return { holds: border > MARGIN ? false : 'seems_not', passed: false };
}
