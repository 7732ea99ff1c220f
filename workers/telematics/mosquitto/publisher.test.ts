import { createServer, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type IClientOptions } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { listen } from '#platform/listen';
import { createLogger } from '#platform/log';
import { MOSQUITTO_PLATFORM_PASSWORD, startMosquitto, type Mosquitto } from '#test/mosquitto';
import { startPublisher } from '../publisher.ts';

let mosquitto: Mosquitto;
beforeAll(async () => (mosquitto = await startMosquitto()));
afterAll(() => mosquitto.stop());

const log = createLogger('test', 'silent');
const patience = 500;
const topic = 'teltonika/1/commands';
const stop = JSON.stringify({ CMD: 'setigndigout 1' });
const until = (milliseconds: number) => ({ expiresAt: new Date(Date.now() + milliseconds), keep: false });

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A unit, by the only account that there is, and what it hears. */
async function unit(options: IClientOptions = {}) {
  const client = mqtt.connect(mosquitto.url, { protocolVersion: 4, reconnectPeriod: 0, ...options });
  open.push(() => client.endAsync(true));
  const heard: string[] = [];
  client.on('message', (_topic, payload) => heard.push(payload.toString('utf8')));
  await client.subscribeAsync(topic, { qos: 1 });
  return { client, heard };
}

/** A network between the platform and Mosquitto that swallows everything while it is cut. */
async function network() {
  const ends = new Set<Socket>();
  const way = { cut: false, port: 0, connections: 0, break: () => ends.forEach((end) => end.destroy()) };
  const server = createServer((near) => {
    const far = connect(mosquitto.port, '127.0.0.1');
    way.connections += 1;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
      from.on('data', (bytes) => void (way.cut || to.write(bytes)));
      from.on('error', () => {}).on('close', () => to.destroy());
    }
  });
  way.port = await listen(server, 0, '127.0.0.1');
  open.push(() => {
    way.break();
    server.close();
  });
  return way;
}

function publisher(port = mosquitto.port) {
  const url = `mqtt://platform:${MOSQUITTO_PLATFORM_PASSWORD}@127.0.0.1:${port}`;
  const started = startPublisher({ url, log, patience });
  open.push(() => started.stop());
  const says = (text: string, life = 60_000) => started.publish(topic, text, until(life));
  const said = () =>
    eventually('it to be said', () =>
      says('ready').then(
        () => true,
        () => undefined,
      ),
    );
  return { says, said };
}

describe('a command', () => {
  it.each(['is found dead by its silence', 'breaks'] as const)(
    'that was lost with a connection that %s is not said again by the next one',
    async (end) => {
      const { heard } = await unit();
      const way = await network();
      const { says, said } = publisher(way.port);
      await said();
      way.cut = true;
      const lost = expect(says(stop)).rejects.toThrow();
      if (end === 'breaks') way.break();
      await lost;
      way.cut = false;
      await said();
      await eventually('the next command', async () => (heard.length === 2 ? true : undefined));
      expect(way.connections).toBe(2);
      expect(heard).toEqual(['ready', 'ready']);
    },
  );

  it('is not kept by the broker for a unit that comes back when it is over', async () => {
    const away = { clientId: 'away', clean: false } as const;
    const { client } = await unit(away);
    await client.endAsync();
    const { says, said } = publisher();
    await said();
    await says(stop, patience + 1_500);
    await says('mobilise');
    await sleep(2_500);
    const { heard } = await unit(away);
    await eventually('what is not over', async () => (heard.includes('mobilise') ? true : undefined));
    expect(heard).not.toContain(stop);
  });

  it('is not said when it is nearly over, nor while the broker is away', async () => {
    const { says, said } = publisher();
    await expect(says(stop)).rejects.toThrow('the broker is away');
    await said();
    await expect(says(stop, patience + 900)).rejects.toThrow('it is over');
  });
});
