import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { createLogger } from '#platform/log';
import { startBroker, type Broker } from './broker.ts';
import { Connections } from './connections.ts';

const id = uuidv7();
const native = `trackers/${id}/commands`;
const teltonika = `teltonika/${id}/commands`;
const stop = JSON.stringify({ CMD: 'setigndigout 1' });
const LIFE = 800;

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker({
    host: '127.0.0.1',
    port: 0,
    log: createLogger('test', 'silent'),
    ingest: { add: () => {}, connection: () => {}, room: async () => {}, stop: async () => {} },
    connections: new Connections(() => {}),
    authenticate: async () => ({ user: { kind: 'tracker', id }, credentialVersion: 1, expiresAt: null }),
    refused: () => {},
  });
});
afterAll(() => broker.stop());

/** The unit, whose session goes on, and what it hears. */
async function unit() {
  const heard: string[] = [];
  const options = { username: id, password: 'any', clientId: 'unit', clean: false, protocolVersion: 4 } as const;
  const client = mqtt.connect(`mqtt://127.0.0.1:${broker.port}`, { ...options, reconnectPeriod: 0 });
  client.on('message', (_topic, payload) => heard.push(payload.toString('utf8')));
  await client.subscribeAsync([native, teltonika], { qos: 1 });
  return { client, heard };
}

/** It has heard all that it hears when it hears the next thing. */
async function rest({ heard }: Awaited<ReturnType<typeof unit>>): Promise<readonly string[]> {
  await broker.publish(teltonika, 'last', { expiresAt: new Date(Date.now() + 60_000), keep: false });
  await eventually('the last word', async () => (heard.includes('last') ? true : undefined));
  return heard;
}

/** A native command, which says itself when it is over, and one of a Teltonika unit, which does not. */
async function say(name: string, life: number): Promise<void> {
  const expiresAt = new Date(Date.now() + life);
  await broker.publish(native, JSON.stringify({ id: name, expiresAt }), { expiresAt, keep: true });
  await broker.publish(teltonika, stop, { expiresAt, keep: false });
}
const names = (heard: readonly string[]) => heard.map((text) => /"id":"([^"]+)"/.exec(text)?.[1] ?? text);

describe('a unit whose session goes on', () => {
  it('hears every command while it is there', async () => {
    const there = await unit();
    await say('now', LIFE);
    expect(names(await rest(there))).toEqual(['now', stop, 'last']);
    await there.client.endAsync();
  });

  it('hears nothing when it comes back of what was over meanwhile, nor a stop that does not say when it is', async () => {
    await (await unit()).client.endAsync();
    await say('over', LIFE);
    await say('in time', 60_000);
    await sleep(LIFE);
    const back = await unit();
    expect(names(await rest(back))).toEqual(['in time', 'last']);
    await back.client.endAsync();
  });

  it('hears none of it again whose connection was half open when it was said', async () => {
    await (await unit()).client.endAsync();
    const socket = connect(broker.port, '127.0.0.1');
    const write = (packet: Packet) => socket.write(mqttPacket.generate(packet));
    const parser = mqttPacket.parser({ protocolVersion: 4 });
    const got: string[] = [];
    parser.on('packet', (packet) => got.push(packet.cmd === 'publish' ? packet.payload.toString() : packet.cmd));
    socket.on('data', (bytes) => parser.parse(bytes)).on('error', () => {});
    const login = { clientId: 'unit', clean: false, keepalive: 300, username: id, password: Buffer.from('any') };
    write({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, ...login });
    await eventually('the session', async () => (got.includes('connack') ? true : undefined));
    await say('half open', LIFE);
    // It acknowledges nothing.
    await eventually('both', async () => (got.includes(stop) && got.length === 3 ? true : undefined));
    await sleep(LIFE);
    const back = await unit();
    expect(names(await rest(back))).toEqual(['last']);
    await back.client.endAsync();
  });
});
