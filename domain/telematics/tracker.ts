/** What a tracker speaks; each has an adapter in providers/trackers/. */
export const trackerKinds = ['native', 'owntracks', 'teltonika', 'traccar'] as const;
export type TrackerKind = (typeof trackerKinds)[number];
