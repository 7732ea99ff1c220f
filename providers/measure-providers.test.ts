import { expect, it } from 'vitest';
import { Metrics } from '#platform/metrics/metrics';
import type { CircuitState } from './breaker.ts';
import { ProviderHttp } from './http.ts';
import { measureProviders } from './measure-providers.ts';

it('shows the state that each circuit is in at the moment', async () => {
  const metrics = new Metrics('test');
  let mtn: CircuitState = 'closed';
  measureProviders(metrics, [
    { name: 'mtn', circuit: () => mtn },
    { name: 'airtel', circuit: () => 'half_open' },
  ]);
  const shown = async () => {
    const text = await metrics.text();
    return [...text.matchAll(/^provider_circuit\{provider="(\w+)",state="(\w+)"[^}]*\} 1$/gm)].map((one) =>
      one.slice(1),
    );
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

it('counts how requests to a provider went, those that could not be sent too', async () => {
  const metrics = new Metrics('test');
  measureProviders(metrics, []);
  const http = new ProviderHttp({ name: 'nobody', base: 'http://127.0.0.1:1' });
  await expect(http.send('/charges', { method: 'GET' })).rejects.toThrow('no connection');
  expect(await metrics.text()).toContain(
    'provider_request_duration_seconds_count{component="test",provider="nobody",outcome="not_sent"} 1',
  );
});
