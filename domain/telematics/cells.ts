import Flatbush from 'flatbush';
import type { Box } from './area.ts';
import type { Place } from './fix.ts';
import { boxAround, squareAt, type Outline } from './outline.ts';

type Spot = Pick<Place, 'lat' | 'lon'>;

/** A square of the ground, as areas lie to all of it. */
export interface Cell<One> {
  /** It lies in them, wherever in it one is, and farther than the margin from their borders. */
  readonly within: readonly One[];
  /** Their borders are near: where one is has to be measured. */
  readonly near: readonly One[];
}

/** Degrees: about 111 m, some seconds of a drive. */
const SIDE = 0.001;
/** As many as a city has; beyond they are found anew. */
const KEPT = 100_000;
/** Cells that a way may touch, for its areas to be found by them. */
const MOST = 16;
/** Distances are measured on a plane, which errs by less. */
const SURE = 0.99;

/**
 * Areas by place. What is found of a square of the ground is kept, so that a vehicle on its way among a thousand areas is
 * measured against those whose border it passes.
 */
export class Cells<One extends { readonly outline: Outline }> {
  readonly #all: readonly One[];
  readonly #index: Flatbush | null;
  /** Metres from a border within which it is near. */
  readonly #margin: number;
  readonly #cells = new Map<number, Cell<One>>();

  constructor(all: readonly One[], margin: number) {
    this.#all = all;
    this.#margin = margin;
    this.#index = all.length === 0 ? null : new Flatbush(all.length);
    for (const { outline } of all) this.#index?.add(...outline.box);
    this.#index?.finish();
  }

  /** Those with a box that touches another. */
  touching(box: Box): One[] {
    return this.#index?.search(...box).flatMap((index) => this.#all[index] ?? []) ?? [];
  }

  at({ lat, lon }: Spot): Cell<One> {
    return this.#cell(Math.floor(lon / SIDE), Math.floor(lat / SIDE));
  }

  /** @returns those with a border near the straight way, each once; null where it is too long to tell. */
  nearWay(from: Spot, to: Spot): readonly One[] | null {
    const [x, y] = [Math.floor(to.lon / SIDE), Math.floor(to.lat / SIDE)];
    const [fromX, fromY] = [Math.floor(from.lon / SIDE), Math.floor(from.lat / SIDE)];
    if (x === fromX && y === fromY) return this.#cell(x, y).near;
    if ((Math.abs(x - fromX) + 1) * (Math.abs(y - fromY) + 1) > MOST) return null;
    let found: readonly One[] = [];
    for (let column = Math.min(x, fromX); column <= Math.max(x, fromX); column += 1)
      for (let row = Math.min(y, fromY); row <= Math.max(y, fromY); row += 1) {
        const { near } = this.#cell(column, row);
        if (near.length > 0) found = found.length === 0 ? near : [...new Set([...found, ...near])];
      }
    return found;
  }

  #cell(x: number, y: number): Cell<One> {
    const key = y * 1_000_000 + x;
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      if (this.#cells.size >= KEPT) this.#cells.clear();
      cell = this.#found(x, y);
      this.#cells.set(key, cell);
    }
    return cell;
  }

  #found(x: number, y: number): Cell<One> {
    const { middle, radius } = squareAt(x * SIDE, y * SIDE, SIDE);
    const [within, near]: [One[], One[]] = [[], []];
    for (const one of this.touching(boxAround(middle, middle, radius + this.#margin))) {
      const { inside, border } = one.outline.standing(middle);
      if (border * SURE <= radius + this.#margin) near.push(one);
      else if (inside) within.push(one);
    }
    return { within, near };
  }
}
