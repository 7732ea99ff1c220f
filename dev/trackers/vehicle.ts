import { powerCut as powerCutRule } from '#domain/telematics/rules/power-cut';
import { commute } from './habits/commute.ts';
import { deadSpot } from './habits/dead-spot.ts';
import { gpsDrift } from './habits/gps-drift.ts';
import type { Moment, Random } from './habits/habit.ts';
import { nightParking } from './habits/night-parking.ts';
import { powerCut } from './habits/power-cut.ts';
import { speeding } from './habits/speeding.ts';
import { wrongClock } from './habits/wrong-clock.ts';
import { mapAround, type RoadMap } from './roads/map.ts';
import { headingTo, kmBetween, shifted, type Point } from './roads/road.ts';

/** What a simulated vehicle is doing. */
export type Activity = 'parked' | 'driving' | 'speeding';

/** One position in the words of docs/telematics.md, without time and number. */
export interface Reading {
  readonly lat: number;
  readonly lon: number;
  readonly speedKph: number;
  readonly heading: number;
  readonly ignition: boolean;
  readonly odometerKm: number;
  readonly batteryMv: number;
  readonly externalMv: number;
  readonly satellites: number;
  readonly output1: boolean;
  readonly alarms?: readonly string[];
}

/** Seconds of a stop at least and at most. */
const STOP = [40, 240] as const;
/** Shares of the limit at which people drive, and at which they drive too fast. */
const USUAL = 0.55;
const FAST = 1.3;
/** km/h a second that nobody gains or loses more of. */
const HARDEST = 10;
/** km from where it was offered at which a vehicle has its home. */
const RANGE = 8;

/**
 * A vehicle that drives over the roads of its city from place to place, parks, and goes home for the night, as its
 * habits have it. The same random numbers and the same steps give the same life.
 */
export class SimulatedVehicle {
  readonly #random: Random;
  readonly #limitKph: number;
  readonly #map: RoadMap;
  readonly #home: Point;
  readonly #habits: ReturnType<typeof habitsOf>;
  #place: Point;
  /** What is left of the way to where it drives. */
  #way: readonly Point[] = [];
  #heading = 0;
  #speedKph = 0;
  #odometerKm: number;
  #activity: Activity = 'parked';
  /** Seconds that it stays where it is. */
  #left: number;
  #drift: readonly [north: number, east: number] = [0, 0];
  #hasPower = true;
  #inReach = true;
  #clockError = 0;
  #batteryMv = 4_100;
  #stopped = false;

  /**
   * @param random numbers in [0, 1)
   * @param offered near where it lives, in degrees
   * @param limitKph km/h
   */
  constructor(random: Random, offered: { readonly lat: number; readonly lon: number }, limitKph: number) {
    this.#random = random;
    this.#limitKph = limitKph;
    this.#map = mapAround([offered.lat, offered.lon]);
    const near = this.#map.places.filter((place) => kmBetween(place, [offered.lat, offered.lon]) < RANGE);
    this.#home = this.#anyOf(near);
    this.#place = this.#home;
    this.#odometerKm = Math.round(random() * 60_000);
    this.#left = this.#between(STOP) * random();
    this.#habits = habitsOf(random);
  }

  get activity(): Activity {
    return this.#activity;
  }
  get hasPower(): boolean {
    return this.#hasPower;
  }
  /** Whether the network reaches the tracker. */
  get inReach(): boolean {
    return this.#inReach;
  }
  /** Milliseconds by which the tracker's clock is ahead of the true time. */
  get clockError(): number {
    return this.#clockError;
  }

  /**
   * Lives on for some seconds and says where that led.
   *
   * @param hour hours since midnight where the vehicle is, with their fraction
   */
  step(seconds: number, hour: number): Reading {
    const moment = { seconds, hour, place: this.#place, parked: this.#activity === 'parked' };
    const { commute, gpsDrift, powerCut, deadSpot, wrongClock } = this.#habits;
    const { stop, pace } = commute(moment);
    this.#left -= seconds / stop;
    this.#decide(moment);
    this.#move(seconds, pace);
    this.#drift = gpsDrift({ ...moment, parked: this.#activity === 'parked' });
    this.#hasPower = !powerCut(moment);
    this.#inReach = !deadSpot(moment);
    this.#clockError = wrongClock(moment);
    this.#batteryMv = this.#hasPower ? 4_100 : Math.max(3_300, this.#batteryMv - seconds * 4);
    return this.reading();
  }

  reading(): Reading {
    const [lat, lon] = shifted(this.#place, ...this.#drift);
    return {
      lat: round(lat, 6),
      lon: round(lon, 6),
      speedKph: round(this.#speedKph, 1),
      heading: round(this.#heading, 0) % 360,
      ignition: this.#activity !== 'parked',
      odometerKm: round(this.#odometerKm, 2),
      batteryMv: Math.round(this.#batteryMv),
      externalMv: this.hasPower ? 12_600 : 0,
      satellites: 11,
      output1: this.#stopped,
      ...(this.hasPower ? {} : { alarms: [powerCutRule.words[0]] }),
    };
  }

  /** The relay that stops the engine acts on a parked vehicle only. @returns whether it did. */
  switchEngine(stopped: boolean): boolean {
    if (stopped && this.#activity !== 'parked') return false;
    this.#stopped = stopped;
    return true;
  }

  /** Whether to set out and how to drive on. */
  #decide(moment: Moment): void {
    const { nightParking, speeding } = this.#habits;
    const [isNight, hurries] = [nightParking(moment), speeding(moment)];
    if (this.#activity !== 'parked') this.#activity = hurries ? 'speeding' : 'driving';
    else if (!this.#stopped && this.#left <= 0) this.#setOut(isNight ? this.#home : this.#anyOf(this.#map.places));
  }

  #setOut(destination: Point): void {
    const [, ...way] = this.#map.way(this.#map.nearest(this.#place), destination);
    this.#way = way;
    if (way.length > 0) this.#activity = 'driving';
  }

  #move(seconds: number, pace: number): void {
    const { parked, driving, speeding } = { parked: 0, driving: USUAL * pace, speeding: FAST };
    const wanted = this.#limitKph * { parked, driving, speeding }[this.#activity];
    const change = Math.max(-HARDEST * seconds, Math.min(HARDEST * seconds, wanted - this.#speedKph));
    this.#speedKph = Math.max(0, this.#speedKph + change + (wanted === 0 ? 0 : (this.#random() - 0.5) * 4));
    this.#drive((this.#speedKph * seconds) / 3_600);
    if (this.#activity !== 'parked' && this.#way.length === 0) this.#park();
  }

  #drive(km: number): void {
    const [next, ...rest] = this.#way;
    if (next === undefined || km <= 0) return;
    const distance = kmBetween(this.#place, next);
    this.#heading = headingTo(this.#place, next);
    this.#odometerKm += Math.min(km, distance);
    if (km < distance) {
      const [lat, lon] = this.#place;
      const share = km / distance;
      this.#place = [lat + (next[0] - lat) * share, lon + (next[1] - lon) * share];
    } else {
      this.#place = next;
      this.#way = rest;
      this.#drive(km - distance);
    }
  }

  #park(): void {
    this.#activity = 'parked';
    this.#speedKph = 0;
    this.#left = this.#between(STOP);
  }

  #between([least, most]: readonly [number, number]): number {
    return least + this.#random() * (most - least);
  }

  #anyOf(places: readonly Point[]): Point {
    return places[Math.floor(this.#random() * places.length)] ?? this.#map.nearest([0, 0]);
  }
}

const habitsOf = (random: Random) => ({
  nightParking: nightParking(random),
  commute: commute(random),
  speeding: speeding(random),
  powerCut: powerCut(random),
  deadSpot: deadSpot(),
  gpsDrift: gpsDrift(random),
  wrongClock: wrongClock(random),
});

/** Numbers in [0, 1) that a seed and a name decide (mulberry32 over an FNV-1a hash). */
export function randomNumbers(seed: string): Random {
  let state = 2_166_136_261;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16_777_619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
