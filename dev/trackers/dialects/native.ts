import { serialOf, type Dialect, type Ears } from './dialect.ts';
import { mqttLink } from './mqtt-link.ts';

/** Our own, of docs/telematics.md: JSON, a backlog as an array, a last will. */
export function native({ broker }: Ears): Dialect {
  return {
    kind: 'native',
    serialOf,
    atOnce: 400,
    open(account, obey) {
      const { telemetry, status, commands } = account.topics;
      const said = (online: boolean) => () => ({
        topic: status,
        text: JSON.stringify({ online, ts: Date.now() }),
        retain: true,
      });
      const words = {
        telemetry: (positions: readonly unknown[]) => [
          { topic: telemetry, text: JSON.stringify(positions.length === 1 ? positions[0] : positions) },
        ],
        hello: said(true),
        goodbye: said(false),
        will: said(false),
        commands: { topic: commands, obey: (payload: Buffer) => (obey.signed(payload), null) },
      };
      return mqttLink(broker, account, words);
    },
  };
}
