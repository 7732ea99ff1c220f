import type { Market } from '../markets.ts';
import type { Area } from './area.ts';

/** Of `protected` nobody is told: no vehicle is stopped there, such as at a hospital or on a motorway. */
export const fenceRules = ['stay_inside', 'stay_outside', 'protected'] as const;
export type FenceRule = (typeof fenceRules)[number];
/** Those that a vehicle can be on the wrong side of. */
export type WatchedRule = Exclude<FenceRule, 'protected'>;

/** An area that vehicles are to stay in, or out of, or are not to be stopped in. */
export interface Fence {
  readonly id: string;
  readonly name: string;
  readonly polygon: Area;
  readonly rule: FenceRule;
  /** The only vehicles that it is for; null: for all of the market. */
  readonly vehicleIds: readonly string[] | null;
  /** Null: for every market. */
  readonly market: Market | null;
  /** Counts what it was: with another area, rule or vehicles it is another fence to those who watch. */
  readonly revision: number;
  /** Milliseconds of the epoch: what is received before is not judged by it. */
  readonly inForceFrom: number;
}

/** Milliseconds from a change of a fence to its being in force, by when every process knows it. */
export const FORCE_DELAY = 1_000;
