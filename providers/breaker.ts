import { BrokenCircuitError, circuitBreaker, CircuitState as State, ConsecutiveBreaker, handleAll } from 'cockatiel';

/** `open`: nothing is sent. `half_open`: it was open long enough, and one request may try whether the provider is back. */
export type CircuitState = 'closed' | 'open' | 'half_open';

export interface BreakerLimits {
  /** Faults in a row that open it. */
  readonly failures: number;
  /** Milliseconds until one request may try again. */
  readonly halfOpenAfter: number;
}

/** Stops asking a provider that only fails, so that its trouble does not become ours. */
export interface Breaker<Answer> {
  readonly state: CircuitState;
  /** @throws CircuitOpen without having called `ask`; otherwise what `ask` throws. */
  run(ask: () => Promise<Answer>): Promise<Answer>;
}

/** The request was not sent. */
export class CircuitOpen extends Error {
  override readonly name = 'CircuitOpen';
}

/**
 * Every error counts as a fault, and every answer of which `isFault` says so; any other answer, a refusal
 * included, begins the count anew.
 */
export function createBreaker<Answer>(
  { failures, halfOpenAfter }: BreakerLimits,
  isFault: (answer: Answer) => boolean,
): Breaker<Answer> {
  const policy = circuitBreaker(
    // The library does not carry the type of `run`'s argument here.
    handleAll.orWhenResult((answer) => isFault(answer as Answer)),
    { halfOpenAfter, breaker: new ConsecutiveBreaker(failures) },
  );
  // The library notices that the time is up only when it is asked to run something.
  let openedAt = 0;
  policy.onBreak(() => {
    openedAt = Date.now();
  });
  return {
    get state() {
      const state = stateOf(policy.state);
      return state === 'open' && Date.now() - openedAt >= halfOpenAfter ? 'half_open' : state;
    },
    async run(ask) {
      try {
        return await policy.execute(ask);
      } catch (error) {
        if (error instanceof BrokenCircuitError) throw new CircuitOpen('the circuit is open', { cause: error });
        throw error;
      }
    },
  };
}

function stateOf(state: State): CircuitState {
  switch (state) {
    case State.Closed:
      return 'closed';
    case State.HalfOpen:
      return 'half_open';
    case State.Open:
    case State.Isolated:
      return 'open';
  }
}
