import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '#dev/client';
import { startRealTraccar, type RealTraccar } from '#dev/traccar/server';
import { answerFrame, commandIn, frameOf, type AvlRecord } from '#dev/trackers/dialects/codec8';
import { TeltonikaOutput, type Now } from '#dev/trackers/relays/teltonika-output';
import { connectTraccar } from '#providers/trackers/traccar-server';
import { advanceImmobilisation } from '#use-cases/telematics/advance-immobilisation';
import { startMosquitto, type Mosquitto } from './mosquitto.ts';
import { credential, list, TrackedApi } from './tracked-api.ts';

/**
 * A real Traccar server, set up as docs/telematics.md says, forwards to Mosquitto as it is shipped, and what units say to it is
 * seen over our HTTP; what we tell a unit goes by its API. The first run builds the server (`dev/traccar/build.ts`).
 */
const BRIDGE = 'br:dge/1';
/** Positions around a restart of the broker. */
const SAID = 40;
let mosquitto: Mosquitto;
let api: TrackedApi;
let traccar: RealTraccar;
beforeAll(async () => {
  mosquitto = await startMosquitto();
  traccar = await startRealTraccar(await documented());
  api = await TrackedApi.start({
    MQTT_URL: mosquitto.url,
    TRACCAR_MQTT_PASSWORD: BRIDGE,
    TRACCAR_API_URL: traccar.url,
    TRACCAR_API_TOKEN: traccar.token,
  });
}, 900_000);
afterAll(async () => {
  await traccar.stop();
  await api.close();
  await mosquitto.stop();
});

/** What docs/telematics.md tells an operator to enter, with the address that is ours. */
async function documented(): Promise<string> {
  const [entries] = /<entry key='forward.type'>[^`]*/.exec(await readFile('docs/telematics.md', 'utf8')) ?? [];
  const here = `traccar:${encodeURIComponent(BRIDGE)}@127.0.0.1:${mosquitto.port}`;
  return (entries ?? '').replaceAll('traccar:password@mosquitto:1883', here);
}

/** A vehicle with a unit behind Traccar, known to both. @param device how Traccar knows it, beside its name */
async function fitted(serial: string, device: object = {}) {
  const vehicleId = await api.newVehicle();
  const made = await api.call('POST', '/v1/trackers', { body: { vehicleId, kind: 'traccar', serial } });
  expect(made.status).toBe(201);
  const { id: trackerId } = credential.parse(made.body);
  await traccar.call('POST', '/devices', { name: 'A vehicle', uniqueId: serial, ...device });
  return { vehicleId, trackerId, serial };
}

const latest = z.looseObject({ ts: z.string(), lat: z.number(), speedKph: z.number().nullable() });
const seen = (vehicleId: string, ts: number) =>
  eventually(`the position of ${new Date(ts).toISOString()}`, async () => {
    const { status, body } = await api.call('GET', `/v1/vehicles/${vehicleId}/position`);
    const position = status === 200 ? latest.parse(body) : null;
    return position !== null && Date.parse(position.ts) === ts ? position : undefined;
  });
const risk = z.looseObject({ vehicleId: z.string(), type: z.string() });
const risksOf = async (vehicleId: string) =>
  (await api.read(list(risk), `/v1/risk-events?vehicleId=${vehicleId}`)).data.map(({ type }) => type);
/** A time that no unit says in parts of a second. */
const secondsAgo = (seconds: number) => (Math.floor(Date.now() / 1_000) - seconds) * 1_000;

async function unitAt(port: number) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let heard = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => (heard = Buffer.concat([heard, chunk])));
  const hears = (what: string, isThere: (bytes: Buffer) => boolean) =>
    eventually(what, () => Promise.resolve(isThere(heard) ? true : undefined));
  return { socket, hears, heard: () => heard };
}

describe('what a real Traccar forwards is seen as it was said', () => {
  it('of a phone with OsmAnd', async () => {
    const { vehicleId, serial } = await fitted('OSMAND-1');
    const ts = secondsAgo(5);
    const said = {
      id: serial,
      timestamp: String(ts / 1_000),
      lat: '0.3476',
      lon: '32.5825',
      speed: '20',
      bearing: '90',
    };
    const query = new URLSearchParams({ ...said, altitude: '1190', accuracy: '6', batt: '81' }).toString();
    const answer = await fetch(`http://127.0.0.1:${traccar.ports.osmand}/?${query}`);
    expect(answer.status).toBe(200);
    const position = await seen(vehicleId, ts);
    expect(position).toMatchObject({ lat: 0.3476, lon: 32.5825, heading: 90, suspect: false, ignition: null });
    // OsmAnd says knots.
    expect(position.speedKph).toBeCloseTo(37.04, 2);
  });

  it('of a GPS103 unit: degrees and minutes, knots, ignition; its alarm is one risk, and its going another', async () => {
    const { vehicleId, serial } = await fitted('359587010124900');
    const unit = await unitAt(traccar.ports.gps103);
    unit.socket.write(`##,imei:${serial},A;`);
    await unit.hears('LOAD', (bytes) => bytes.toString() === 'LOAD');
    const sentence = (what: string, ts: number) => {
      const [date = '', time = ''] = new Date(ts).toISOString().replace(/[-:]/g, '').slice(2, 15).split('T');
      // 0.3476° N, 32.5825° E, 10 knots to the east.
      return `imei:${serial},${what},${date}${time.slice(0, 4)},,F,${time}.000,A,0020.8560,N,03234.9500,E,10.00,90.0,,1,0,,,;`;
    };
    const ts = secondsAgo(20);
    unit.socket.write(sentence('tracker', ts));
    const position = await seen(vehicleId, ts);
    expect(position).toMatchObject({ lat: 0.3476, lon: 32.5825, heading: 90, ignition: true });
    expect(position.speedKph).toBeCloseTo(18.52, 2);
    unit.socket.write(sentence('ac alarm', ts + 10_000));
    await seen(vehicleId, ts + 10_000);
    unit.socket.destroy();
    await eventually('both', async () => ((await risksOf(vehicleId)).length === 2 ? true : undefined));
    expect((await risksOf(vehicleId)).toSorted()).toEqual(['offline', 'power_cut']);
  });
});

/** A Teltonika unit behind Traccar, with its relay. */
async function teltonikaUnit(serial: string) {
  const output = new TeltonikaOutput();
  const now: Now = { ignition: false, speedKph: 0 };
  const told: string[] = [];
  const unit = await unitAt(traccar.ports.teltonika);
  const { socket } = unit;
  socket.write(Buffer.concat([Buffer.from([0, serial.length]), Buffer.from(serial)]));
  await unit.hears('to be let in', (bytes) => bytes.equals(Buffer.from([1])));
  obeys(socket, (text) => {
    told.push(text);
    return output.command(text, now);
  });
  return {
    told,
    output,
    socket,
    says: (ts: number, values: NonNullable<AvlRecord['values']> = []) =>
      socket.write(
        frameOf([
          {
            ts,
            lat: 0.3476,
            lon: 32.5825,
            speed: 0,
            values: [
              [239, 1, 0],
              [240, 1, 0],
              [179, 1, Number(output.on)],
              [66, 2, 12_610],
              [16, 4, 48_211_932],
              ...values,
            ],
          },
        ]),
      ),
  };
}

function obeys(socket: Socket, obey: (text: string) => string): void {
  socket.on('data', (chunk: Buffer) => {
    const command = commandIn(chunk);
    if (command !== null) socket.write(answerFrame(obey(command.text)));
  });
}

describe('a Teltonika unit behind a real Traccar', () => {
  const server = () =>
    connectTraccar({ TRACCAR_API_URL: traccar.url, TRACCAR_API_TOKEN: traccar.token }) ?? expect.fail('no server');
  const proof = z.looseObject({ relayProvenAt: z.string().nullable() });

  it.each(['FMB920', null])('raises what it alarms, whatever Traccar knows of its model (%s)', async (model) => {
    const { vehicleId, serial } = await fitted(model === null ? '352093081234571' : '352093081234570', { model });
    const unit = await teltonikaUnit(serial);
    const ts = secondsAgo(10);
    unit.says(ts, [[252, 1, 1]]);
    await seen(vehicleId, ts);
    await eventually('the risk', async () => ((await risksOf(vehicleId)).includes('power_cut') ? true : undefined));
    unit.socket.destroy();
  });

  it('is stopped and started by its API, and each is believed by its output alone', async () => {
    const { vehicleId, trackerId, serial } = await fitted('352093081234572', { model: 'FMB920' });
    const unit = await teltonikaUnit(serial);
    const ts = secondsAgo(2);
    unit.says(ts);
    await seen(vehicleId, ts);
    expect((await api.call('POST', `/v1/trackers/${trackerId}/relay-test`)).status).toBe(202);
    await eventually('the relay to be proven', async () => {
      await advanceImmobilisation(api.world.deps, vehicleId);
      unit.says(Date.now());
      const [tracker] = (await api.read(list(proof), `/v1/trackers?vehicleId=${vehicleId}`)).data;
      return tracker?.relayProvenAt ?? undefined;
    });
    expect(unit.told).toEqual(['setigndigout 1', 'setigndigout 0', 'setdigout 0']);
    unit.socket.destroy();
  });

  it('is told nothing while it is away, and Traccar keeps nothing for it', async () => {
    const { serial } = await fitted('352093081234573', { model: 'FMB920' });
    const first = await teltonikaUnit(serial);
    first.says(secondsAgo(9));
    first.socket.destroy();
    await eventually('Traccar to know that it is away', async () => {
      try {
        await server().send(serial, 'setigndigout 1');
        return undefined;
      } catch (error) {
        return error;
      }
    });
    const again = await teltonikaUnit(serial);
    again.says(secondsAgo(1));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(again.told).toEqual([]);
    again.socket.destroy();
  });
});

it('what comes while the broker restarts is there afterwards', async () => {
  const { vehicleId, serial } = await fitted('OSMAND-2');
  const first = secondsAgo(300);
  const restarted = mosquitto.restart();
  for (let i = 0; i < SAID; i += 1) {
    const said = { id: serial, timestamp: String(first / 1_000 + i), lat: '0.3476', lon: '32.5825', speed: '0' };
    await fetch(`http://127.0.0.1:${traccar.ports.osmand}/?${new URLSearchParams(said).toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await restarted;
  await seen(vehicleId, first + (SAID - 1) * 1_000);
  const from = new Date(first - 1_000).toISOString();
  await eventually('all of them', async () => {
    const { data } = await api.read(list(latest), `/v1/vehicles/${vehicleId}/positions?from=${from}&limit=100`);
    return data.length === SAID ? true : undefined;
  });
});

it('nothing of all that was put into quarantine', async () => {
  const put = z.looseObject({ reason: z.string(), payload: z.unknown() });
  expect((await api.read(list(put), '/v1/telemetry/quarantine')).data).toEqual([]);
});
