import type { Dialect, Ears } from './dialect.ts';
import { native } from './native.ts';
import { owntracks } from './owntracks.ts';
import { teltonika } from './teltonika.ts';
import { teltonikaTcp } from './teltonika-tcp.ts';
import { traccar } from './traccar.ts';

/** By the names of `--dialect`. */
const dialects = { native, owntracks, teltonika, 'teltonika-tcp': teltonikaTcp, traccar };
type DialectName = keyof typeof dialects;

export const dialectNames = [
  'native',
  'owntracks',
  'teltonika',
  'teltonika-tcp',
  'traccar',
  'mixed',
] as const satisfies readonly (DialectName | 'mixed')[];

/**
 * What the first, second, … vehicle speaks; `mixed` are all in turn, without those that nobody hears.
 *
 * @throws Error telling what to set where nobody would hear it
 */
export function dialectsOf(name: (typeof dialectNames)[number], ears: Ears): (index: number) => Dialect {
  if (name === 'teltonika-tcp' && ears.teltonikaPort === null)
    throw new Error('--dialect teltonika-tcp needs TELTONIKA_PORT, here and where the platform was started');
  const names = dialectNames.filter((one) => one !== 'mixed');
  const heard = names.filter((one) => one !== 'teltonika-tcp' || ears.teltonikaPort !== null);
  const spoken = (name === 'mixed' ? heard : [name]).map((one) => dialects[one](ears));
  return (index) => spoken[index % spoken.length] ?? native(ears);
}
