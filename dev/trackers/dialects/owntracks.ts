import { phoneCommands } from '#domain/telematics/topics';
import { serialOf, type Dialect, type Ears, type Obedience, type Position } from './dialect.ts';
import { mqttLink } from './mqtt-link.ts';

/** A phone on the handlebar: it knows nothing of ignition and power, and says one place after the other. */
export function owntracks({ broker }: Ears): Dialect {
  return {
    kind: 'owntracks',
    serialOf,
    atOnce: 20,
    open(account, obey) {
      const topic = `owntracks/${account.username}/phone`;
      const began = seconds(Date.now());
      const words = {
        telemetry: (positions: readonly Position[]) =>
          positions.map((position) => ({ topic, text: JSON.stringify(location(position)), retain: true })),
        commands: { topic: phoneCommands(account.username), obey: (payload: Buffer) => (obeyed(payload, obey), null) },
        will: () => ({ topic, text: JSON.stringify({ _type: 'lwt', tst: began }), retain: true }),
      };
      return mqttLink(broker, account, words);
    },
  };
}

/** A remote command of the app: it says at once where it is. */
function obeyed(payload: Buffer, obey: Obedience): void {
  const said: unknown = JSON.parse(payload.toString('utf8'));
  if (typeof said === 'object' && said !== null && 'action' in said && said.action === 'reportLocation') obey.locate();
}

const seconds = (ms: number) => Math.floor(ms / 1_000);

/** Speed and course are absent where they are 0. */
function location({ ts, lat, lon, speedKph, heading, batteryMv }: Position) {
  return {
    _type: 'location',
    tid: 'S1',
    tst: seconds(ts),
    lat,
    lon,
    acc: 5,
    ...(speedKph > 0 ? { vel: Math.round(speedKph), cog: heading } : {}),
    batt: Math.round(Math.min(100, Math.max(1, (batteryMv - 3_300) / 8))),
    t: 'p',
  };
}
