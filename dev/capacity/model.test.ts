import { expect, it } from 'vitest';
import { runs, costs } from './figures.ts';
import { cpuMsOfPayment, predictMorning, sizeFor } from './model.ts';
import { simulateMorning } from './simulate.ts';

/** Ids whose ends are spread as random ones are (a multiplicative sequence modulo 2^24). */
const ids = (count: number) =>
  Array.from(
    { length: count },
    (_, i) => `00000000-0000-7000-8000-000000${((i * 10_368_889) % 0x1000000).toString(16).padStart(6, '0')}`,
  );
const cpuMs = cpuMsOfPayment() + costs.simulatorsMs.value;

it.each([
  [1_000, 20, 2],
  [10_000, 20, 4],
  [100_000, 20, 4],
  [10_000, 200, 2],
])('a morning of %i at %i a second on %i cores goes as the model says', (due, perSecond, cores) => {
  const simulated = simulateMorning({ leaseIds: ids(due), perSecond, cpuMs, cores });
  const predicted = predictMorning({ due, perSecond, cores });
  expect(simulated.lastPrompt / predicted.lastPrompt).toBeGreaterThan(0.9);
  expect(simulated.lastPrompt / predicted.lastPrompt).toBeLessThan(1.1);
});

it('ten thousand are prompted within ten minutes, and no second has more than the provider takes', () => {
  const simulated = simulateMorning({ leaseIds: ids(10_000), perSecond: 20, cpuMs, cores: 8 });
  expect(simulated.lastPrompt).toBeLessThan(600);
  expect(simulated.mostASecond).toBeLessThanOrEqual(20);
});

it.each(runs)('a run of $due of $leases went as the model says', ({ due, perSecond, cores, lastPrompt }) => {
  const predicted = predictMorning({ due, perSecond, cores });
  expect(lastPrompt / predicted.lastPrompt).toBeGreaterThan(0.8);
  expect(lastPrompt / predicted.lastPrompt).toBeLessThan(1.25);
});

it('grows in proportion, and never to less than one process', () => {
  const [small, large] = [sizeFor(1_000), sizeFor(3_000_000)];
  expect(large.paymentsADay / small.paymentsADay).toBeCloseTo(3_000);
  expect(small.replicas).toEqual({ worker: 1, api: 1, relay: 1, telematics: 1 });
  expect(large.postgresAYear / small.postgresAYear).toBeCloseTo(3_000);
});
