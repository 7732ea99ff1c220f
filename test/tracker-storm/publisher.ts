import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import { z } from 'zod';
import { orderOf, payloadOf, type Storm, type Voice } from './messages.ts';

/*
 * All trackers of a storm in a process of their own, to be killed: each says what is not acknowledged yet, again
 * and again until it is, and what was acknowledged is told to whoever started this.
 */
const shape = z.object({
  url: z.string(),
  storm: z.object({ messages: z.number(), from: z.number() }),
  trackers: z.array(z.object({ number: z.number(), id: z.string(), password: z.string(), left: z.array(z.number()) })),
});
type Order = z.infer<typeof shape>;

/** Messages of one tracker that wait for their acknowledgement at once. */
const IN_FLIGHT = 16;
/** Milliseconds between two reports. */
const REPORT = 100;

/** Tracker and message in turn. */
let acknowledged: number[] = [];

process.once('message', (given) => {
  const { url, storm, trackers } = shape.parse(given);
  setInterval(report, REPORT);
  void Promise.all(trackers.map((tracker) => speak(url, storm, tracker))).then(() => {
    report();
    process.send?.('done');
  });
});

function report(): void {
  if (acknowledged.length > 0) process.send?.(acknowledged);
  acknowledged = [];
}

async function speak(url: string, storm: Storm, tracker: Order['trackers'][number]): Promise<void> {
  const left = new Set(tracker.left);
  while (left.size > 0) {
    // Not all at once.
    await sleep((tracker.number * 37) % 500);
    await connection(url, storm, tracker, left);
  }
}

/** Speaks until all is acknowledged or the connection ends. */
async function connection(url: string, storm: Storm, voice: Voice & { password: string }, left: Set<number>) {
  const { number, id, password } = voice;
  const client = mqtt.connect(url, {
    clientId: id,
    username: id,
    password,
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: 20_000,
  });
  client.on('error', () => {});
  const ended = new Promise<false>((resolve) => client.once('close', () => resolve(false)));
  const open = new Promise<true>((resolve) => client.once('connect', () => resolve(true)));
  if (!(await Promise.race([open, ended]))) return;
  const turns = orderOf(number, [...left]).values();
  const topic = `trackers/${id}/telemetry`;
  const sender = async () => {
    for (const index of turns) {
      const taken = client.publishAsync(topic, payloadOf(voice, index, storm), { qos: 1 }).then(
        () => true as const,
        () => false as const,
      );
      if (!(await Promise.race([taken, ended]))) return;
      if (left.delete(index)) acknowledged.push(number, index);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
  client.end(true);
  await ended;
}
