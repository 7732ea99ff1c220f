/** What staff look at of where a vehicle is or was; `live` is a subscription to its position, `risk_events` where it was at one. */
export const lookedAt = ['position', 'positions', 'trips', 'odometer', 'live', 'theft_dossier', 'risk_events'] as const;
export type Looked = (typeof lookedAt)[number];

/** Milliseconds within which the same person's look at the same, for the same reason, is one look. */
export const ONE_LOOK = 600_000;
