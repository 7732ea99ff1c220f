import { owntracksTopics } from '#domain/telematics/topics';
import { refusing, type TrackerReading, type TrackerAdapter, type TrackerMessage, type Unit } from './adapter.ts';
import { isJson, parseWithin, times, type Json } from './json.ts';
import { MESSAGE_BYTES, readPosition } from './position.ts';

/** Of the phone's own words those that say something of a ride; names of places and networks are nobody's business. */
const names = { ts: 'tst', speedKph: 'vel', heading: 'cog', altitude: 'alt', accuracy: 'acc', batteryPercent: 'batt' };

/**
 * OwnTracks phones, as https://owntracks.org/booklet/tech/json has it: `tst` in seconds, `vel` in km/h, each
 * absent where it is 0 or not known.
 */
export const owntracks: TrackerAdapter = {
  kind: 'owntracks',
  filters: ['owntracks/+/+', ...owntracksTopics.map((below) => `owntracks/+/+/${below}`)],
  read(message) {
    const [root, trackerId = '', device = ''] = message.topic.split('/');
    return root === 'owntracks' && trackerId !== '' && device !== '' ? [read(message, { trackerId })] : null;
  },
};

function read({ payload, receivedAt }: TrackerMessage, unit: Unit): TrackerReading {
  const refuse = refusing(unit, payload);
  const parsed = parseWithin(payload, MESSAGE_BYTES);
  if (typeof parsed === 'string') return refuse(parsed);
  const said = parsed.value;
  if (!isJson(said) || typeof said['_type'] !== 'string') return refuse('invalid: _type');
  switch (said['_type']) {
    case 'location':
    case 'transition':
      return readPosition(translated(said), { unit, receivedAt, source: JSON.stringify(said), names });
    case 'lwt':
      return { kind: 'presence', unit, online: false };
    case 'encrypted':
      return refuse('encrypted');
    default:
      return { kind: 'sign_of_life', unit };
  }
}

/** Less than nothing is what iPhones say for what they do not know; of the accuracy, that there is no fix. */
function translated({ tst, lat, lon, vel, cog, alt, acc, batt, t, topic }: Json): Json {
  const known = (value: unknown) => (value === -1 ? null : value);
  const ts = times(tst, 1_000);
  return {
    ts: typeof ts === 'number' ? Math.round(ts) : ts,
    lat,
    lon,
    ...(typeof acc === 'number' && acc < 0 ? { valid: false } : { accuracy: acc }),
    speedKph: known(vel),
    heading: known(cog),
    altitude: alt,
    batteryPercent: known(batt),
    trigger: t,
    topic,
  };
}
