import type { Severity } from './risk.ts';

/** Milliseconds without a word after which a tracker counts as lost. */
export const SILENCE = 600_000;

/** How a tracker was lost: its last will, the end of its last connection, or silence. */
export const offlineCauses = ['last_will', 'connection_lost', 'silence'] as const;
export type OfflineCause = (typeof offlineCauses)[number];

/** Going dark right after the power was cut is what a thief does. */
export function offlineSeverity(powerIsCut: boolean): Severity {
  return powerIsCut ? 'critical' : 'medium';
}
