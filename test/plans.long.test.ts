import fc from 'fast-check';
import { it } from 'vitest';
import { anyCase } from './any-plan.ts';
import { expectSame } from './plans-compared.ts';

it('ten thousand random plans cost by Python what they cost by us', { timeout: 3_600_000 }, () => {
  const seed = Number(process.env['TEST_SEED']);
  for (let i = 0; i < 50; i += 1) {
    expectSame(fc.sample(anyCase, { numRuns: 200, seed: seed + i }));
  }
});
