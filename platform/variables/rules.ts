import { z } from 'zod';
import { secret, url } from './kinds.ts';

/** Of how the platform behaves: paces, limits, what is watched, and how long things are kept. */
export const ofRules = {
  /** Seconds between two looks at a pending charge. */
  COLLECT_POLL_SECONDS: z.coerce.number().min(0.2).max(600).default(20),
  /** Looks at a pending charge before it is `unknown`. */
  COLLECT_POLLS: z.coerce.number().int().min(2).max(1000).default(30),
  /** Prompts a second that a provider takes of us in a market. Those that leases ask for by themselves keep to nine tenths of it, over all workers. */
  PROMPTS_PER_SECOND: z.coerce.number().min(0.1).max(100_000).default(20),
  /** Events of its history after which a new lease goes on in a new run; beyond twice as many it takes no commands until then. */
  LEASE_RUN_EVENTS: z.coerce.number().int().min(100).max(20_000).default(4_000),
  /** Most cash that an agent may hold in Uganda, in minor units. */
  AGENT_FLOAT_LIMIT_UGX: z.coerce.number().int().positive().default(5_000_000),
  /** Most cash that an agent may hold in Kenya, in minor units. */
  AGENT_FLOAT_LIMIT_KES: z.coerce.number().int().positive().default(15_000_000),
  /** Most cash that an agent may hold in Rwanda, in minor units. */
  AGENT_FLOAT_LIMIT_RWF: z.coerce.number().int().positive().default(1_500_000),
  /** Seconds that the automated identity check may take before an agent looks. */
  IDENTITY_CHECK_SECONDS: z.coerce.number().int().min(1).max(604_800).default(3_600),
  /** Whether a tracker may stop a vehicle before its relay was seen to stop and start it; `trusted` is for development alone. */
  RELAY_PROOF: z.enum(['required', 'trusted']).default('required'),
  /** What comes of papers that another customer has handed in: a person looks at them, or, in development alone, as with any others. */
  SHARED_DOCUMENTS: z.enum(['review', 'trusted']).default('review'),
  /** In which hours vehicles are stopped: those of the market's rule, or, in development alone, at any. */
  IMMOBILISE_HOURS: z.enum(['lawful', 'any']).default('lawful'),
  /** Seconds after which a vehicle that has been paid for and is not seen to move is sent a code to type in. */
  RESTART_CODE_SECONDS: z.coerce.number().int().min(1).max(3_600).default(60),
  /** Where traces go by OTLP over HTTP (JSON), such as http://collector:4318; without it nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
  /** Headers of that, `name=value` by commas, as OpenTelemetry writes them. */
  OTEL_EXPORTER_OTLP_HEADERS: secret.optional(),
  /** The share of traces that are exported, from 0 to 1, by the id of the trace. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(0.1),

  /** Directories, separated by commas, on whose disks a worker of the kind `upkeep` watches the room; `/` is that of its own container. */
  DISKS: z
    .string()
    .default('/')
    .transform((value) => value.split(',').filter((disk) => disk !== '')),
  /** Servers whose certificates it watches, `host:port` separated by commas, such as the broker's `mosquitto:8883`. */
  CERTIFICATES: z
    .string()
    .regex(/^([\w.-]+:\d+(,[\w.-]+:\d+)*)?$/)
    .default('')
    .transform((value) => value.split(',').filter((server) => server !== '')),

  /** Days that events can be read again by GET /v1/events. */
  EVENTS_RETENTION_DAYS: z.coerce.number().int().min(7).max(3_650).default(90),
  /** Days that positions of vehicles, and messages in quarantine, are kept. */
  POSITIONS_RETENTION_DAYS: z.coerce.number().int().min(14).max(3_650).default(90),
};
