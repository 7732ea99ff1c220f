/** What a tracker speaks; each has an adapter in providers/trackers/. */
export const trackerKinds = ['native', 'owntracks', 'teltonika', 'traccar'] as const;
export type TrackerKind = (typeof trackerKinds)[number];

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

export const isTrackerId = (text: string) => UUID.test(text);
