import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { positions, riskEvents } from '#db/schema/index';
import { eventually } from '#dev/client';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';

let world: TelematicsWorld;
beforeAll(async () => (world = await createTelematicsWorld()));
afterAll(() => world.close());

/** A hundred and twenty are acknowledged at once, the rest over four seconds. */
const MESSAGES = 128;
/** Seconds. The broker ends who is silent for half as long again. */
const KEEPALIVE = 1;

/** A unit that has everything under way at once, and pings in time; its connection by bytes. */
async function unit(messages = MESSAGES) {
  const tracker = await world.newTracker();
  const { hostname, port } = new URL(world.url);
  const socket = connect(Number(port), hostname);
  const parser = mqttPacket.parser({ protocolVersion: 4 });
  const heard = { connected: false, ended: false, pongs: 0, acknowledged: [] as number[] };
  parser.on('packet', (packet) => {
    if (packet.cmd === 'connack') heard.connected = true;
    if (packet.cmd === 'pingresp') heard.pongs += 1;
    if (packet.cmd === 'puback') heard.acknowledged.push(packet.messageId ?? 0);
  });
  socket.on('data', (bytes) => parser.parse(bytes)).on('error', () => {});
  socket.on('close', () => (heard.ended = true));
  const say = (packet: Packet) => void (heard.ended || socket.write(mqttPacket.generate(packet)));
  const { username, password } = tracker;
  const login = { clientId: 'unit', clean: true, keepalive: KEEPALIVE, username, password: Buffer.from(password) };
  say({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, ...login });
  await eventually('the connection', async () => (heard.connected ? true : undefined));
  const began = Date.now() - messages * 1_000;
  const send = (seq: number, dup = false) => {
    const payload = JSON.stringify({ ts: began + seq * 1_000, seq, lat: 0.3476, lon: 32.5825 });
    say({ cmd: 'publish', topic: tracker.topics.telemetry, payload, qos: 1, dup, retain: false, messageId: seq });
  };
  for (let seq = 1; seq <= messages; seq += 1) send(seq);
  const pinging = setInterval(() => say({ cmd: 'pingreq' }), 600);
  const close = () => {
    clearInterval(pinging);
    socket.destroy();
  };
  return { tracker, heard, send, close };
}
const all = Array.from({ length: MESSAGES }, (_, index) => index + 1);

it('a unit whose acknowledgements wait is heard meanwhile, and keeps its connection', async () => {
  const { tracker, heard, close } = await unit();
  await eventually('all acknowledgements', async () =>
    heard.ended || heard.acknowledged.length >= MESSAGES ? true : undefined,
  );
  const lost = await world.database.db.select().from(riskEvents).where(eq(riskEvents.trackerId, tracker.id));
  expect({ ...heard, pongs: heard.pongs > 3, lost }).toEqual({
    connected: true,
    ended: false,
    pongs: true,
    acknowledged: all,
    lost: [],
  });
  close();
});

it('what it sends again meanwhile is answered once, and makes nothing later', async () => {
  const { tracker, heard, send, close } = await unit();
  const began = Date.now();
  while (!heard.ended && heard.acknowledged.length < MESSAGES && Date.now() - began < 20_000) {
    await sleep(500);
    for (const seq of all.slice(heard.acknowledged.length)) send(seq, true);
  }
  expect(heard.acknowledged).toEqual(all);
  expect(Date.now() - began).toBeLessThan(10_000);
  expect(await world.database.db.$count(positions, eq(positions.trackerId, tracker.id))).toBe(MESSAGES);
  close();
});

it('keeps its connection too where it would take ten minutes to answer all of it', async () => {
  const { heard, close } = await unit(1_300);
  await eventually('the first acknowledgements', async () => (heard.acknowledged.length >= 120 ? true : undefined));
  const before = heard.pongs;
  await sleep(3_500);
  expect({ ...heard, pongs: heard.pongs - before > 3, acknowledged: [] }).toEqual({
    connected: true,
    ended: false,
    pongs: true,
    acknowledged: [],
  });
  close();
});
