import { powerCut } from '#domain/telematics/rules/power-cut';

/** What a simulated vehicle is doing; how long it goes on is drawn when it begins. */
export type Activity = 'parked' | 'driving' | 'speeding';

/** One position in the contract's words, without time and number. */
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

/** Seconds that each state lasts at least and at most. */
const durations = {
  parked: [40, 240],
  driving: [90, 420],
  speeding: [20, 60],
  powerCut: [30, 120],
  connectionLost: [15, 90],
} as const;
/** Seconds between two such troubles of one vehicle, on average. */
const POWER_CUT_EVERY = 1_200;
const CONNECTION_LOST_EVERY = 600;
/** Share of drives that turn into speeding for a while. */
const SPEEDS = 0.35;
/** km from home at which a driver turns round. */
const RANGE = 8;
const KM_PER_DEGREE = 111.2;

/**
 * A vehicle that drives round its home, parks, goes too fast now and then, loses its power and its
 * connection. The same random numbers and the same steps give the same life.
 */
export class SimulatedVehicle {
  readonly #random: () => number;
  readonly #home: { readonly lat: number; readonly lon: number };
  readonly #limitKph: number;
  #lat: number;
  #lon: number;
  #heading: number;
  #speedKph = 0;
  #odometerKm: number;
  #activity: Activity;
  #left: number;
  #powerCutLeft = 0;
  #connectionLostLeft = 0;
  #batteryMv = 4_100;
  #stopped = false;

  /**
   * @param random numbers in [0, 1)
   * @param home where it stands in the beginning, in degrees
   */
  constructor(random: () => number, home: { readonly lat: number; readonly lon: number }, limitKph: number) {
    this.#random = random;
    this.#home = home;
    this.#limitKph = limitKph;
    this.#lat = home.lat;
    this.#lon = home.lon;
    this.#heading = random() * 360;
    this.#odometerKm = Math.round(random() * 60_000);
    this.#activity = random() < 0.4 ? 'parked' : 'driving';
    this.#left = this.#between('parked') * random();
  }

  get activity(): Activity {
    return this.#activity;
  }
  get hasPower(): boolean {
    return this.#powerCutLeft === 0;
  }
  /** Whether the network reaches the tracker. */
  get inReach(): boolean {
    return this.#connectionLostLeft === 0;
  }

  /** Lives on for some seconds and says where that led. */
  step(seconds: number): Reading {
    this.#troubles(seconds);
    this.#left -= seconds;
    if (this.#left <= 0) this.#next();
    this.#move(seconds);
    return this.reading();
  }

  reading(): Reading {
    return {
      lat: round(this.#lat, 6),
      lon: round(this.#lon, 6),
      speedKph: round(this.#speedKph, 1),
      heading: round(this.#heading, 0) % 360,
      ignition: this.#activity !== 'parked',
      odometerKm: round(this.#odometerKm, 2),
      batteryMv: Math.round(this.#batteryMv),
      externalMv: this.hasPower ? 12_600 : 0,
      satellites: 11,
      output1: this.#stopped,
      ...(this.hasPower ? {} : { alarms: [powerCut.words[0]] }),
    };
  }

  /** The relay that stops the engine acts on a parked vehicle only. @returns whether it did. */
  switchEngine(stopped: boolean): boolean {
    if (stopped && this.#activity !== 'parked') return false;
    this.#stopped = stopped;
    return true;
  }

  #troubles(seconds: number): void {
    this.#powerCutLeft = Math.max(0, this.#powerCutLeft - seconds);
    this.#connectionLostLeft = Math.max(0, this.#connectionLostLeft - seconds);
    this.#batteryMv = this.hasPower ? 4_100 : Math.max(3_300, this.#batteryMv - seconds * 4);
    if (this.hasPower && this.#random() < seconds / POWER_CUT_EVERY) this.#powerCutLeft = this.#between('powerCut');
    if (this.inReach && this.#random() < seconds / CONNECTION_LOST_EVERY)
      this.#connectionLostLeft = this.#between('connectionLost');
  }

  #next(): void {
    const speeds = this.#activity === 'driving' && this.#random() < SPEEDS;
    if (speeds) this.#activity = 'speeding';
    else if (this.#activity === 'speeding' || (this.#activity === 'parked' && !this.#stopped))
      this.#activity = 'driving';
    else this.#activity = 'parked';
    this.#left = this.#between(this.#activity);
  }

  #move(seconds: number): void {
    const wanted = { parked: 0, driving: this.#limitKph * 0.55, speeding: this.#limitKph * 1.3 }[this.#activity];
    // Nobody gains or loses more than 10 km/h a second.
    const change = Math.max(-10 * seconds, Math.min(10 * seconds, wanted - this.#speedKph));
    this.#speedKph = Math.max(0, this.#speedKph + change + (wanted === 0 ? 0 : (this.#random() - 0.5) * 4));
    const [north, east] = [this.#lat - this.#home.lat, this.#lon - this.#home.lon];
    const away = Math.hypot(north, east) * KM_PER_DEGREE > RANGE;
    const towards = away ? (Math.atan2(-east, -north) * 180) / Math.PI : this.#heading + (this.#random() - 0.5) * 40;
    this.#heading = (towards + 360) % 360;
    const km = (this.#speedKph * seconds) / 3_600;
    const radians = (this.#heading * Math.PI) / 180;
    this.#lat += (Math.cos(radians) * km) / KM_PER_DEGREE;
    this.#lon += (Math.sin(radians) * km) / (KM_PER_DEGREE * Math.cos((this.#lat * Math.PI) / 180));
    this.#odometerKm += km;
  }

  #between(state: keyof typeof durations): number {
    const [least, most] = durations[state];
    return least + this.#random() * (most - least);
  }
}

/** Numbers in [0, 1) that a seed and a name decide (mulberry32 over an FNV-1a hash). */
export function randomNumbers(seed: string): () => number {
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
