import { createHash } from 'node:crypto';

/** One line of a role; `topic` may hold wildcards. */
interface Acl {
  readonly acltype: 'publishClientSend' | 'publishClientReceive' | 'subscribePattern';
  readonly topic: string;
  readonly allow: true;
}

const mayWrite = (topic: string): Acl[] => [{ acltype: 'publishClientSend', topic, allow: true }];
const mayRead = (topic: string): Acl[] => [
  { acltype: 'subscribePattern', topic, allow: true },
  { acltype: 'publishClientReceive', topic, allow: true },
];

/** Nobody may anything that no role of theirs allows. */
export const nothingByDefault = [
  { acltype: 'publishClientSend', allow: false },
  { acltype: 'publishClientReceive', allow: false },
  { acltype: 'subscribe', allow: false },
  { acltype: 'unsubscribe', allow: true },
] as const;

/**
 * Roles that are the same for everybody who has them. What they allow is what `mayPublish` and
 * `maySubscribe` of domain/telematics/topics.ts say, and that the platform reads everything.
 */
export const commonRoles: Readonly<Record<'platform' | 'staff' | 'bridge', readonly Acl[]>> = {
  platform: [
    ...mayWrite('events/+'),
    ...mayWrite('trackers/+/commands'),
    ...mayWrite('teltonika/+/commands'),
    ...mayRead('#'),
  ],
  staff: [...mayRead('events/#'), ...mayRead('trackers/#')],
  bridge: [...mayWrite('traccar/positions'), ...mayWrite('traccar/events')],
};

/** A role for each tracker: patterns with the user's name in them came only with Mosquitto 2.1. */
export const trackerRole = (id: string) => `tracker-${id}`;
export const trackerRules = (id: string): Acl[] => [
  ...mayWrite(`trackers/${id}/telemetry`),
  ...mayWrite(`trackers/${id}/status`),
  ...mayWrite(`trackers/${id}/commands/ack`),
  ...mayWrite(`owntracks/${id}/+`),
  ...mayWrite(`teltonika/${id}/data`),
  ...mayWrite(`teltonika/${id}/commands`),
  ...mayRead(`trackers/${id}/#`),
  ...mayRead(`owntracks/${id}/#`),
  ...mayRead(`teltonika/${id}/#`),
];

/** Changes whenever the rules do. */
export function versionOf(rules: readonly Acl[]): string {
  return createHash('sha256').update(JSON.stringify(rules)).digest('hex').slice(0, 12);
}
