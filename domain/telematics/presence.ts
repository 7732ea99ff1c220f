/** Milliseconds without a word after which a tracker counts as lost. */
export const SILENCE = 600_000;

/** How a tracker was lost: its last will, the end of its last connection, or silence. */
export type OfflineCause = 'last_will' | 'connection_lost' | 'silence';
