import type { TrackerKind } from './tracker.ts';

/** Who is connected to the broker. */
export type MqttUser =
  | { readonly kind: 'tracker'; readonly id: string }
  | { readonly kind: 'staff'; readonly id: string }
  | { readonly kind: 'platform' }
  | { readonly kind: 'bridge' };

/**
 * The topics of one tracker. Everything below `trackers/{id}/` is its to read; the commands are the
 * platform's alone to write.
 */
export const trackerTopics = (id: string) =>
  ({
    telemetry: `trackers/${id}/telemetry`,
    status: `trackers/${id}/status`,
    commands: `trackers/${id}/commands`,
    ack: `trackers/${id}/commands/ack`,
  }) as const;

/** What a unit is set up with; null where its dialect has no such topic. */
export interface OwnTopics {
  readonly telemetry: string;
  readonly status: string | null;
  readonly commands: string | null;
  readonly ack: string | null;
}

/**
 * The topics of a unit by its dialect. A phone says in its own that it is gone, under any name of a device; a Teltonika
 * unit answers on the topic of its commands; what Traccar knows comes by the bridge.
 */
export function topicsOf(kind: TrackerKind, id: string): OwnTopics {
  const none = { status: null, commands: null, ack: null };
  switch (kind) {
    case 'native':
      return trackerTopics(id);
    case 'owntracks':
      return { ...none, telemetry: `owntracks/${id}/phone` };
    case 'teltonika': {
      const commands = `teltonika/${id}/commands`;
      return { ...none, telemetry: `teltonika/${id}/data`, commands, ack: commands };
    }
    case 'traccar':
      return { ...none, telemetry: 'traccar/positions' };
  }
}

/** Where an OwnTracks phone hears of remote commands, if its owner lets it. */
export const phoneCommands = (id: string): string => `owntracks/${id}/phone/cmd`;

/** What an OwnTracks phone writes below its own topic `owntracks/{id}/{device}`; it disconnects where it may not. */
export const owntracksTopics = [
  'beacon',
  'dump',
  'event',
  'info',
  'request',
  'status',
  'step',
  'waypoint',
  'waypoints',
] as const;

/** Whether a user may write to a topic. Commands and events are never retained: who comes later must not obey old ones. */
export function mayPublish(user: MqttUser, topic: string, retain: boolean): boolean {
  const levels = topic.split('/');
  const [root, second, third, fourth] = levels;
  switch (user.kind) {
    case 'tracker': {
      if (second !== user.id) return false;
      const { telemetry, status, ack } = trackerTopics(user.id);
      if (root === 'trackers') return topic === telemetry || topic === status || topic === ack;
      if (root === 'owntracks') {
        const below = levels.length === 4 && owntracksTopics.some((one) => one === fourth);
        return third !== '' && (levels.length === 3 || below);
      }
      return root === 'teltonika' && levels.length === 3 && (third === 'data' || third === 'commands');
    }
    case 'platform':
      if (retain) return false;
      return (
        (root === 'events' && levels.length === 2 && second !== '') ||
        ((root === 'trackers' || root === 'teltonika') && levels.length === 3 && third === 'commands') ||
        (root === 'owntracks' && levels.length === 4 && fourth === 'cmd')
      );
    case 'bridge':
      return topic === 'traccar/positions' || topic === 'traccar/events';
    case 'staff':
      return false;
    default:
      return user satisfies never;
  }
}

/** Whether a user may read by a filter. Shared subscriptions and `$SYS` are nobody's. */
export function maySubscribe(user: MqttUser, filter: string): boolean {
  if (filter.startsWith('$')) return false;
  const [root, second] = filter.split('/');
  switch (user.kind) {
    case 'tracker':
      return (root === 'trackers' || root === 'owntracks' || root === 'teltonika') && second === user.id;
    case 'staff':
    case 'platform':
      return root === 'events' || root === 'trackers';
    case 'bridge':
      return false;
    default:
      return user satisfies never;
  }
}
