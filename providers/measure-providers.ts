import type { Metrics } from '#platform/metrics/metrics';
import type { CircuitState } from './breaker.ts';
import { providerRequests, type ProviderRequestTold } from './http.ts';

const states: readonly CircuitState[] = ['closed', 'half_open', 'open'];

export interface Measured {
  readonly name: string;
  circuit(): CircuitState;
}

/**
 * Shows how requests of this process to providers went, and the state of each circuit breaker whenever somebody asks:
 * 1 for the state that it is in, 0 for the others.
 */
export function measureProviders(metrics: Metrics, providers: readonly Measured[]): void {
  metrics.look('provider_circuit', async () =>
    providers.flatMap((provider) =>
      states.map((state) => ({ provider: provider.name, state, value: provider.circuit() === state ? 1 : 0 })),
    ),
  );
  const duration = metrics.histogram('provider_request_duration_seconds');
  // Published by ProviderHttp alone, as its type says.
  providerRequests.subscribe((told) => {
    const { provider, outcome, seconds } = told as ProviderRequestTold;
    duration.observe({ provider, outcome }, seconds);
  });
}
