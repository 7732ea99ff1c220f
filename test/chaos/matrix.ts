/** Processes that faults strike; `broker` is Mosquitto, `providers` are the simulators. */
const parts = ['postgres', 'temporal', 'broker', 'providers', 'api', 'worker', 'telematics', 'relay'] as const;
export type PartName = (typeof parts)[number];

/** Who opens a connection, and to whom: each pair goes through a proxy of its own. `clients` are people, `trackers` vehicles. */
export const links = [
  'clients-api',
  'providers-api',
  'api-postgres',
  'worker-postgres',
  'telematics-postgres',
  'relay-postgres',
  'api-temporal',
  'worker-temporal',
  'api-providers',
  'worker-providers',
  'telematics-broker',
  'relay-broker',
  'trackers-broker',
] as const;
export type Link = (typeof links)[number];

/** What the providers do to everybody, by their own controls. */
export const storms = {
  'refusing a third': { errorRate: 0.35, rateLimited: 0.1 },
  down: { down: true },
  // Longer than anybody waits for a provider.
  'answering too late': { latencyMs: 16_000 },
  'repeating, losing and shuffling': { duplicateCallbacks: 0.5, loseCallbacks: 0.3, shuffleCallbacks: true },
  'forging signatures': { tamperedSignatures: 1, duplicateCallbacks: 0.5 },
} as const;
export type Storm = keyof typeof storms;

type FaultName =
  | 'kill'
  | 'pause'
  | 'cut'
  | 'silence'
  | 'latency'
  | 'slow disk'
  | 'full disk'
  | 'clock'
  | 'failover'
  | 'storm';
type Target = PartName | Link | Storm;

interface Row {
  readonly fault: FaultName;
  readonly what: string;
  /** How long it lasts; a kill is over when the part has started again. */
  readonly seconds: number;
  readonly on: readonly Target[];
}

/**
 * Every fault, and what it strikes. What must hold after each is in `holds.ts`; what a fault may take all the same is in
 * `allowances`.
 */
const matrix: readonly Row[] = [
  { fault: 'kill', what: 'SIGKILL', seconds: 4, on: parts },
  // Longer than a command's answer (10 s), a workflow's task (10 s) and a provider's answer (15 s) may take.
  { fault: 'pause', what: 'SIGSTOP', seconds: 20, on: parts },
  { fault: 'cut', what: 'connections reset and refused', seconds: 10, on: links },
  { fault: 'silence', what: 'what is said is swallowed', seconds: 20, on: links },
  { fault: 'latency', what: '400 ± 200 ms each way', seconds: 10, on: links },
  { fault: 'slow disk', what: 'each write waits 100 ms for the disk', seconds: 12, on: ['postgres', 'temporal'] },
  { fault: 'full disk', what: 'no byte is left', seconds: 10, on: ['postgres', 'temporal', 'broker'] },
  { fault: 'clock', what: 'an hour ahead, then back', seconds: 8, on: ['api', 'worker', 'telematics', 'relay'] },
  { fault: 'failover', what: 'stopped in order, away, and there again', seconds: 8, on: ['postgres'] },
  { fault: 'storm', what: 'the providers misbehave', seconds: 15, on: Object.keys(storms) as Storm[] },
];

export interface Cell {
  readonly fault: FaultName;
  readonly what: string;
  readonly on: Target;
  readonly seconds: number;
}

/** One of each fault first, then the next of each, so that a short run sees all of them. */
export function cells(): Cell[] {
  const longest = Math.max(...matrix.map(({ on }) => on.length));
  return Array.from({ length: longest }, (_, turn) => turn).flatMap((turn) =>
    matrix.flatMap(({ fault, what, seconds, on }) => {
      const target = on[turn];
      return target === undefined ? [] : [{ fault, what, seconds, on: target }];
    }),
  );
}

/** What is nobody's fault in a cell. */
export function allowances({ fault, on }: Cell): { readonly silentApi: boolean; readonly lostPositions: boolean } {
  return {
    // Nobody answers for a process that is away, or behind a wire that is cut.
    silentApi: on === 'api' || on === 'clients-api',
    // Mosquitto acknowledges before it has saved: docs/telematics.md.
    lostPositions: on === 'broker' && (fault === 'kill' || fault === 'full disk'),
  };
}
