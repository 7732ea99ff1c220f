import type { LeaseStatus } from './status.ts';

const owing: ReadonlySet<LeaseStatus | null> = new Set<LeaseStatus>(['in_arrears', 'immobilised', 'stolen']);

/** True while a customer may want to keep the vehicle from us: what is done to its tracker then is graver. */
export const isOwing = (status: LeaseStatus | null): boolean => owing.has(status);

/** Risks by which somebody keeps a tracker from telling where the vehicle is. */
const tampering: ReadonlySet<string> = new Set(['tampering', 'power_cut', 'jamming']);
export const isTampering = (type: string): boolean => tampering.has(type);
