/** Ids of what somebody was told is done. */
export interface Promised {
  readonly payments: Set<string>;
  readonly leases: Set<string>;
}
