import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { CircuitState } from './breaker.ts';
import { measureCircuits } from './measure-circuits.ts';

it('shows the state that each circuit is in at the moment', async () => {
  const registry = new Registry();
  let mtn: CircuitState = 'closed';
  measureCircuits(registry, [
    { name: 'mtn', circuit: () => mtn },
    { name: 'airtel', circuit: () => 'half_open' },
  ]);
  const shown = async () => {
    const text = await registry.metrics();
    return [...text.matchAll(/^provider_circuit\{provider="(\w+)",state="(\w+)"\} 1$/gm)].map((one) => one.slice(1));
  };
  expect(await shown()).toEqual([
    ['mtn', 'closed'],
    ['airtel', 'half_open'],
  ]);
  mtn = 'open';
  expect(await shown()).toEqual([
    ['mtn', 'open'],
    ['airtel', 'half_open'],
  ]);
});
