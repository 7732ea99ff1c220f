import { Gauge, type Registry } from 'prom-client';
import type { CircuitState } from './breaker.ts';

const states: readonly CircuitState[] = ['closed', 'half_open', 'open'];

export interface Measured {
  readonly name: string;
  circuit(): CircuitState;
}

/**
 * Shows the state of each provider's circuit breaker in this process as `provider_circuit{provider,state}`:
 * 1 for the state it is in, 0 for the others, read whenever somebody asks for the figures.
 */
export function measureCircuits(registry: Registry, providers: readonly Measured[]): void {
  const gauge = new Gauge({
    name: 'provider_circuit',
    help: 'State of the circuit breaker towards a provider: 1 for the state it is in',
    labelNames: ['provider', 'state'],
    registers: [],
    collect() {
      for (const provider of providers)
        for (const state of states) this.set({ provider: provider.name, state }, provider.circuit() === state ? 1 : 0);
    },
  });
  registry.registerMetric(gauge);
}
