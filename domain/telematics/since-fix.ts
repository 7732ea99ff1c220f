interface Latest {
  readonly ts: Date;
  readonly stateTs: Date | null;
  /** km/h */
  readonly speedKph: number | null;
  readonly heading: number | null;
}

/**
 * What is told of a vehicle whose tracker has said how its ignition is since the last fix, as in a basement: its speed and heading are
 * of another moment than that and not known, and when that was is said beside.
 */
export function sinceFix({ ts, stateTs, speedKph, heading }: Latest): {
  readonly speedKph: number | null;
  readonly heading: number | null;
  readonly ignitionAt?: Date;
} {
  const isLater = stateTs !== null && stateTs > ts;
  return isLater ? { speedKph: null, heading: null, ignitionAt: stateTs } : { speedKph, heading };
}
