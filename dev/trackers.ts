import { parseArgs } from 'node:util';
import { z } from 'zod';
import { localHourAt } from '#domain/calendar';
import type { Market } from '#domain/markets';
import { login } from './journey.ts';
import { portVariables } from './ports.ts';
import { untilStopped } from './signals.ts';
import { dialectNames, dialectsOf } from './trackers/dialects/index.ts';
import type { Ears } from './trackers/dialects/dialect.ts';
import { fitVehicles, type Fitted } from './trackers/fleet.ts';
import { clonedDevice } from './trackers/habits/cloned-device.ts';
import { elsewhere } from './trackers/roads/map.ts';
import { SimulatedTracker } from './trackers/tracker.ts';
import { randomNumbers, SimulatedVehicle } from './trackers/vehicle.ts';

/**
 * Simulated vehicles for a platform that runs: `npm run trackers -- --count 100`. They drive, park, speed,
 * lose power and lose connection, until Ctrl-C or for `--seconds`. `PUBLIC_URL` or `PORT`, `MQTT_URL` or
 * `MQTT_PORT`, `TELTONIKA_PORT`, and `SEED_PASSWORD` say where the platform is, as for `npm start`.
 */
const usage = `npm run trackers -- [--count 100] [--seconds 600] [--interval 5] [--seed text] [--clock 08:00] [--dialect ${dialectNames.join('|')}]`;
const options = z.object({
  count: z.coerce.number().int().min(1).max(10_000),
  /** How long to run; without it until Ctrl-C. */
  seconds: z.coerce.number().positive().optional(),
  /** Seconds between two positions of a vehicle. */
  interval: z.coerce.number().min(0.5).max(600),
  seed: z.string(),
  /** What a wall clock shows to all of them when they begin; without it the true one of each. */
  clock: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is a time as 08:00')
    .optional(),
  dialect: z.enum(dialectNames),
});
type Options = z.infer<typeof options>;

const say = (line: string) => process.stdout.write(`${line}\n`);
const stopped = untilStopped();

try {
  await run(readOptions());
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
// Whatever still waits for an answer has nobody left to tell.
process.exit();

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '100' },
      seconds: { type: 'string' },
      interval: { type: 'string', default: '5' },
      seed: { type: 'string', default: 'trackers' },
      clock: { type: 'string' },
      dialect: { type: 'string', default: 'native' },
    },
  });
  const read = options.safeParse(values);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`);
  throw new Error(`${problems.join('\n')}\n${usage}`);
}

async function run({ count, seconds, interval, seed, clock, dialect }: Options): Promise<void> {
  const { api, ears, password } = place();
  const dialectOf = dialectsOf(dialect, ears);
  const agent = await login({ api, simulators: '' }, 'agent@example.com', password);
  const fitted = await fitVehicles(agent, count, dialectOf);
  say(
    `${fitted.length} vehicles of ${api} have simulated trackers, which publish to ${ears.broker} every ${interval} s.`,
  );
  const example = fitted[0]?.vehicleId ?? '';
  say(`Staff see where they are: GET ${api}/v1/vehicles/${example}/position`);
  const fleet = fitted.flatMap((one, index) => unitsOf(one, `${seed}:${index}`));
  const trackers = fleet.map(({ tracker }) => tracker);
  const timers = start(fleet, interval, clocks(clock));
  const progress = setInterval(() => show(trackers), process.stdout.isTTY ? 1_000 : 5_000);
  const enough = new Promise<void>((resolve) => {
    if (seconds !== undefined) timers.push(setTimeout(resolve, seconds * 1_000));
  });
  await Promise.race([stopped.happened, enough]);
  clearInterval(progress);
  for (const timer of timers) clearTimeout(timer);
  await Promise.all(trackers.map((tracker) => tracker.stop()));
  show(trackers);
  if (process.stdout.isTTY) say('');
  say('All of them have said that they are offline.');
}

interface Unit {
  readonly market: Market;
  readonly tracker: SimulatedTracker;
}

/** The tracker of a vehicle, and its copy in another city where somebody has made one. */
function unitsOf({ market, dialect, account, offered, limitKph }: Fitted, seed: string): Unit[] {
  const unit = (name: string, from: Fitted['offered'], isCopy: boolean) => {
    const vehicle = new SimulatedVehicle(randomNumbers(name), from, limitKph);
    return { market, tracker: new SimulatedTracker(dialect, { ...account, isCopy }, vehicle) };
  };
  const own = unit(seed, offered, false);
  return clonedDevice(randomNumbers(`${seed}:cloned`)) ? [own, unit(`${seed}:copy`, elsewhere(offered), true)] : [own];
}

/** The hour where a vehicle is, with its fraction: the true one, or of a clock that shows `clock` now. */
function clocks(clock: string | undefined): (market: Market) => number {
  const HOUR = 3_600_000;
  if (clock === undefined) return (market) => localHourAt(Date.now(), market) + (Date.now() % HOUR) / HOUR;
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  const began = Date.now();
  return () => (hours + minutes / 60 + (Date.now() - began) / HOUR) % 24;
}

/** Each at its own moment, so that they do not all speak at once. */
function start(fleet: readonly Unit[], interval: number, hourIn: (market: Market) => number): NodeJS.Timeout[] {
  const timers: NodeJS.Timeout[] = [];
  for (const [index, { tracker, market }] of fleet.entries()) {
    const live = () => tracker.tick(interval, hourIn(market));
    const first = setTimeout(
      () => {
        live();
        timers.push(setInterval(live, interval * 1_000));
      },
      (index / fleet.length) * interval * 1_000,
    );
    timers.push(first);
  }
  return timers;
}

function show(trackers: readonly SimulatedTracker[]): void {
  const number = (test: (tracker: SimulatedTracker) => boolean) => trackers.filter(test).length;
  const sum = (value: (tracker: SimulatedTracker) => number) =>
    trackers.reduce((total, tracker) => total + value(tracker), 0).toLocaleString('en');
  const doing = (activity: string) => number(({ vehicle }) => vehicle.activity === activity);
  const problem = trackers.find((tracker) => tracker.problem !== null && tracker.vehicle.inReach)?.problem;
  const line = [
    `${number(({ connected }) => connected)} of ${trackers.length} connected`,
    `${doing('driving')} driving`,
    `${doing('speeding')} speeding`,
    `${doing('parked')} parked`,
    `${number(({ vehicle }) => !vehicle.hasPower)} without power`,
    `${number(({ vehicle }) => !vehicle.inReach)} out of reach`,
    `${sum(({ acknowledged }) => acknowledged)} positions acknowledged`,
    `${sum(({ kept }) => kept)} kept`,
    ...(problem === undefined || problem === null ? [] : [`one says: ${problem}`]),
  ].join(', ');
  if (process.stdout.isTTY) process.stdout.write(`\r${line}\u001B[K`);
  else say(line);
}

function place(): { readonly api: string; readonly ears: Ears; readonly password: string } {
  const set = (name: string) => process.env[name] || undefined;
  const port = (name: keyof typeof portVariables) => set(name) ?? String(portVariables[name].default);
  const given = new URL(set('MQTT_URL') ?? `mqtt://localhost:${port('MQTT_PORT')}`);
  const password = set('SEED_PASSWORD') ?? 'rent-to-own';
  const teltonikaPort = set('TELTONIKA_PORT');
  return {
    api: (set('PUBLIC_URL') ?? `http://localhost:${port('PORT')}`).replace(/\/$/, ''),
    ears: {
      broker: `${given.protocol}//${given.host}`,
      teltonikaPort: teltonikaPort === undefined ? null : Number(teltonikaPort),
      bridge: {
        username: set('TRACCAR_MQTT_USERNAME') ?? 'traccar',
        password: set('TRACCAR_MQTT_PASSWORD') ?? password,
      },
    },
    password,
  };
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}; does the platform run?` : error.message;
}
