/** What a tracker speaks; each has an adapter in providers/trackers/. */
export const trackerKinds = ['native', 'owntracks', 'teltonika', 'traccar'] as const;
export type TrackerKind = (typeof trackerKinds)[number];

/** Whether a unit has an output that a command switches: a phone has none. */
export const takesCommands = (kind: TrackerKind): boolean => kind !== 'owntracks';

/** Seconds between two times that the tracker of a stolen vehicle is asked where it is, while it is there. */
export const LOCATES_EVERY = 60;
/** Seconds between two of them after so many of a day came to nothing, or so many were asked in a week. */
export const LOCATES_RARELY = { every: 600, inVain: 60, asked: 1_000 } as const;

/**
 * Whether a unit may obey a command after its time: only a native one knows when that is over. What is told to any other has
 * to be taken back.
 */
export const mayObeyLate = (kind: TrackerKind): boolean => kind !== 'native';

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

export const isTrackerId = (text: string) => UUID.test(text);
