import { parseArgs } from 'node:util';
import { z } from 'zod';
import { login } from './journey.ts';
import { portVariables } from './ports.ts';
import { untilStopped } from './signals.ts';
import { fitVehicles } from './trackers/fleet.ts';
import { SimulatedTracker } from './trackers/tracker.ts';
import { randomNumbers, SimulatedVehicle } from './trackers/vehicle.ts';

/**
 * Simulated vehicles for a platform that runs: `npm run trackers -- --count 100`. They drive, park, speed,
 * lose power and lose connection, until Ctrl-C or for `--seconds`. `PUBLIC_URL` or `PORT`, `MQTT_URL` or
 * `MQTT_PORT`, and `SEED_PASSWORD` say where the platform is, as for `npm start`.
 */
const usage = 'npm run trackers -- [--count 100] [--seconds 600] [--interval 5] [--seed text]';
const options = z.object({
  count: z.coerce.number().int().min(1).max(10_000),
  /** How long to run; without it until Ctrl-C. */
  seconds: z.coerce.number().positive().optional(),
  /** Seconds between two positions of a vehicle. */
  interval: z.coerce.number().min(0.5).max(600),
  seed: z.string(),
});

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

function readOptions(): z.infer<typeof options> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '100' },
      seconds: { type: 'string' },
      interval: { type: 'string', default: '5' },
      seed: { type: 'string', default: 'trackers' },
    },
  });
  const read = options.safeParse(values);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`);
  throw new Error(`${problems.join('\n')}\n${usage}`);
}

async function run({ count, seconds, interval, seed }: z.infer<typeof options>): Promise<void> {
  const { api, broker, password } = place();
  const agent = await login({ api, simulators: '' }, 'agent@example.com', password);
  const fitted = await fitVehicles(agent, count);
  say(`${fitted.length} vehicles of ${api} have simulated trackers, which publish to ${broker} every ${interval} s.`);
  const example = fitted[0]?.vehicleId ?? '';
  say(`Staff see where they are: GET ${api}/v1/vehicles/${example}/position`);
  const trackers = fitted.map(
    ({ account, home, limitKph }, index) =>
      new SimulatedTracker(broker, account, new SimulatedVehicle(randomNumbers(`${seed}:${index}`), home, limitKph)),
  );
  const timers = start(trackers, interval);
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

/** Each at its own moment, so that they do not all speak at once. */
function start(trackers: readonly SimulatedTracker[], interval: number): NodeJS.Timeout[] {
  const timers: NodeJS.Timeout[] = [];
  for (const [index, tracker] of trackers.entries()) {
    const live = () => tracker.tick(interval);
    const first = setTimeout(
      () => {
        live();
        timers.push(setInterval(live, interval * 1_000));
      },
      (index / trackers.length) * interval * 1_000,
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
    ...(problem === undefined || problem === null ? [] : [problem]),
  ].join(', ');
  if (process.stdout.isTTY) process.stdout.write(`\r${line}\u001B[K`);
  else say(line);
}

function place(): { readonly api: string; readonly broker: string; readonly password: string } {
  const set = (name: string) => process.env[name] || undefined;
  const port = (name: keyof typeof portVariables) => set(name) ?? String(portVariables[name].default);
  const given = new URL(set('MQTT_URL') ?? `mqtt://localhost:${port('MQTT_PORT')}`);
  return {
    api: (set('PUBLIC_URL') ?? `http://localhost:${port('PORT')}`).replace(/\/$/, ''),
    broker: `${given.protocol}//${given.host}`,
    password: set('SEED_PASSWORD') ?? 'rent-to-own',
  };
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}; does the platform run?` : error.message;
}
