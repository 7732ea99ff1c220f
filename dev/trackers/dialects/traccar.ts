import type { MqttClient } from 'mqtt';
import { serialOf, type Dialect, type Ears, type Position, type TrackerAccount } from './dialect.ts';
import { connected, published } from './mqtt-link.ts';

const KPH_PER_KNOT = 1.852;

/** Units behind a Traccar server, which forwards for all of them over one connection: knots, volts and metres. */
export function traccar({ broker, bridge }: Ears): Dialect {
  let connecting: Promise<MqttClient> | null = null;
  const server = () => (connecting ??= connect());
  async function connect(): Promise<MqttClient> {
    try {
      const client = await connected(broker, bridge);
      client.on('error', () => {});
      client.once('close', () => (connecting = null));
      return client;
    } catch (error) {
      connecting = null;
      throw error;
    }
  }
  return {
    kind: 'traccar',
    serialOf,
    atOnce: 20,
    async open({ serial }) {
      const client = await server();
      let here = true;
      const say = (type: 'deviceOnline' | 'deviceOffline') =>
        published(client, { topic: 'traccar/events', text: JSON.stringify(eventOf(serial, type)) });
      void say('deviceOnline');
      return {
        get connected() {
          return here && client.connected;
        },
        mqtt: null,
        async send(positions) {
          for (const position of positions) {
            const text = JSON.stringify(forwarded(serial, position));
            if (!(await published(client, { topic: 'traccar/positions', text }))) return false;
          }
          return true;
        },
        cut() {
          if (here) void say('deviceOffline');
          here = false;
        },
        async close() {
          if (here) await say('deviceOffline');
          here = false;
        },
      };
    },
  };
}

const iso = (ms: number) => new Date(ms).toISOString().replace('Z', '+00:00');
const deviceOf = (uniqueId: TrackerAccount['serial']) => ({ id: 1, uniqueId, name: 'Simulated', attributes: {} });

function forwarded(serial: string, position: Position) {
  const { ts, lat, lon, speedKph, heading, ignition, externalMv, batteryMv, satellites, odometerKm, output1, alarms } =
    position;
  return {
    position: {
      id: 0,
      deviceId: 1,
      protocol: 'teltonika',
      serverTime: iso(Date.now()),
      deviceTime: iso(ts),
      fixTime: iso(ts),
      valid: true,
      outdated: false,
      latitude: lat,
      longitude: lon,
      altitude: 1_189,
      speed: speedKph / KPH_PER_KNOT,
      course: heading,
      accuracy: 0,
      attributes: {
        ignition,
        motion: speedKph > 0,
        power: externalMv / 1_000,
        battery: batteryMv / 1_000,
        sat: satellites,
        odometer: Math.round(odometerKm * 1_000),
        out1: output1,
        ...(alarms === undefined ? {} : { alarm: alarms.join(',') }),
      },
    },
    device: deviceOf(serial),
  };
}

function eventOf(serial: string, type: string) {
  return {
    event: { id: 0, deviceId: 1, type, eventTime: iso(Date.now()), positionId: 0, attributes: {} },
    position: null,
    device: deviceOf(serial),
  };
}
