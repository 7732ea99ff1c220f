import { avlValues, imeiOf } from './avl.ts';
import { z } from 'zod';
import type { Dialect, Ears, Position } from './dialect.ts';
import { mqttLink } from './mqtt-link.ts';

const command = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue('no JSON');
      return z.NEVER;
    }
  })
  .pipe(z.object({ CMD: z.string() }));

/** A Teltonika unit that says Codec JSON over MQTT, record by record. */
export function teltonika({ broker }: Ears): Dialect {
  return {
    kind: 'teltonika',
    serialOf: imeiOf,
    atOnce: 20,
    open(account, obey) {
      const topic = `teltonika/${account.username}/data`;
      const words = {
        telemetry: (positions: readonly Position[]) =>
          positions.map((position) => ({ topic, text: JSON.stringify({ state: { reported: record(position) } }) })),
        commands: {
          topic: `teltonika/${account.username}/commands`,
          obey(payload: Buffer) {
            // What it answers itself comes back on the same topic.
            const said = command.safeParse(payload.toString('utf8'));
            return said.success ? JSON.stringify({ RSP: obey.text(said.data.CMD) }) : null;
          },
        },
      };
      return mqttLink(broker, account, words);
    },
  };
}

function record(position: Position) {
  const { ts, lat, lon, speedKph, heading, satellites } = position;
  const values = avlValues(position);
  return {
    ts,
    pr: 0,
    latlng: `${lat.toFixed(6)},${lon.toFixed(6)}`,
    alt: 1_189,
    ang: heading,
    sat: satellites,
    sp: Math.round(speedKph),
    evt: values.some(([id]) => id === UNPLUGGED) ? UNPLUGGED : 0,
    ...Object.fromEntries(values.map(([id, , value]) => [id, value])),
  };
}

const UNPLUGGED = 252;
