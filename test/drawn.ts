import fc from 'fast-check';

const LARGEST = 2 ** 31 - 1;

/** Whole numbers from 0 below `below`, by the run's seed: what fails once fails again with it. */
export function drawer(): (below: number) => number {
  const drawn = fc.sample(fc.noBias(fc.nat(LARGEST)), 4_096);
  let next = 0;
  return (below) => (drawn[next++ % drawn.length] ?? 0) % below;
}
