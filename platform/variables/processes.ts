import { z } from 'zod';
import { workerKinds, type WorkerKind } from '#domain/task-queues';
import { flag, port, secret, url } from './kinds.ts';

/** Of the processes: where they listen, what they talk to, and their keys. */
export const ofProcesses = {
  /** `production` starts nothing embedded and opens no /v1/dev route. */
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  /** The least severe line that is logged. */
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Development only: the /v1/dev routes, sample accounts, staff passwords on MQTT. */
  EMBEDDED: flag.default(false),

  /** Directory of files that are named like these variables and hold their values, for secrets; a variable that is set goes before its file. */
  SECRETS_DIR: z.string().min(1).optional(),

  /** Postgres 18: postgres://user:password@host:port/database. */
  DATABASE_URL: url,
  /** Password of DATABASE_URL where that has none. */
  DATABASE_PASSWORD: secret.optional(),
  /** Connections of each of the two pools of a process, which opens twice as many at most; a reader of events holds one while what it tells needs another. */
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(10),

  /** host:port of the Temporal frontend. */
  TEMPORAL_ADDRESS: z.string().min(1).default('localhost:7233'),
  /** Namespace that the workflows live in. */
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  /** API key of Temporal Cloud; turns TLS on. */
  TEMPORAL_API_KEY: z.string().optional(),
  /** Path of the server's root certificate (PEM). */
  TEMPORAL_TLS_CA: z.string().optional(),
  /** Path of the client certificate (PEM), together with TEMPORAL_TLS_KEY. */
  TEMPORAL_TLS_CERT: z.string().optional(),
  /** Path of the key of the client certificate (PEM). */
  TEMPORAL_TLS_KEY: z.string().optional(),
  /** Prefix of every task queue, so that several platforms (or tests) share a server. */
  TASK_QUEUE_PREFIX: z
    .string()
    .regex(/^[a-z0-9-]*$/)
    .default(''),
  /** What a worker process runs, by commas, so that each scales alone: `workflows`, and capabilities; all without it. */
  WORKERS: z
    .string()
    .default(workerKinds.join(','))
    .transform((list, context): WorkerKind[] => {
      const kinds = z
        .array(z.enum(workerKinds))
        .min(1)
        .safeParse(list.split(',').map((name) => name.trim()));
      if (kinds.success) return kinds.data;
      context.addIssue({ code: 'custom', message: `must be some of ${workerKinds.join(', ')}, by commas` });
      return z.NEVER;
    }),
  /** Name of the worker deployment at Temporal, together with WORKER_BUILD; without them workers have no version. */
  WORKER_DEPLOYMENT: z.string().min(1).max(100).optional(),
  /** Version of this worker in it, such as the tag of its image; it gets work once it is current or ramped. */
  WORKER_BUILD: z.string().min(1).max(100).optional(),
  /** A bundle made by `npm run build`; without it the worker bundles the workflows from source. */
  WORKFLOW_BUNDLE: z.string().optional(),

  /** mqtt(s)://host of Mosquitto or EMQX, as the user `platform` or with user:password@; without it the telematics process is the broker. */
  MQTT_URL: z
    .string()
    .regex(/^(mqtts?|wss?):\/\//, 'must begin with mqtt:// or mqtts://')
    .optional(),
  /**
   * MQTT client id of the telematics process at a real broker, where its session is kept; one process uses it at a time. Without it
   * one that nobody can guess is made of ENCRYPTION_KEYS: whoever knows it may take the session.
   */
  MQTT_CLIENT_ID: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .optional(),
  /** Who makes the accounts of a real broker: we, by Mosquitto's `dynamic-security` plugin, or somebody else. */
  MQTT_ACCOUNTS: z.enum(['dynamic-security', 'elsewhere']).default('dynamic-security'),
  /** Port of the embedded broker; unused with MQTT_URL. */
  MQTT_PORT: port.default(1883),
  /** Address that the embedded broker, and the port for Teltonika units, listen on. */
  MQTT_HOST: z.string().default('0.0.0.0'),
  /** Port for Teltonika units that speak Codec 8 or 8 Extended over TCP; without it there is none. */
  TELTONIKA_PORT: port.optional(),
  /** Password of the platform's own MQTT user (`platform`). */
  MQTT_PLATFORM_PASSWORD: secret,
  /** MQTT user of the Traccar bridge. */
  TRACCAR_MQTT_USERNAME: z.string().min(1).default('traccar'),
  /** Password of that user; without it there is no bridge. */
  TRACCAR_MQTT_PASSWORD: secret.optional(),
  /** Address of the Traccar server, to send commands by its HTTP API; without it none are sent to its devices. */
  TRACCAR_API_URL: z.url().optional(),
  /** Token of an account there that may command devices. */
  TRACCAR_API_TOKEN: secret.optional(),

  /** Address that the API listens on. */
  HOST: z.string().default('0.0.0.0'),
  /** Port of the API. */
  PORT: port.default(3000),
  /** Where the world reaches the API; providers call back to it. */
  PUBLIC_URL: url.default('http://localhost:3000'),
  /** Port of the Prometheus metrics, and of /health/live and /health/ready of every process; without it there are none. */
  METRICS_PORT: port.optional(),
  /** Port of the codec server, which shows staff the payloads in the Temporal UI. */
  CODEC_PORT: port.default(8088),
  /** Where staff reach the Temporal UI; the only origin that the codec server answers. */
  TEMPORAL_UI_URL: url.default('http://localhost:8233'),
  /** Address of a Temporal UI that nobody else reaches: the codec server shows it to admins who have logged in there. */
  TEMPORAL_UI_UPSTREAM: url.optional(),
  /** Origins, separated by commas, whose pages may call the API. */
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((value) => value.split(',').filter((origin) => origin !== '')),
  /** Requests a second that one user may make. */
  RATE_LIMIT_USER: z.coerce.number().int().min(1).default(100),
  /** Requests a second that one address may make. */
  RATE_LIMIT_ADDRESS: z.coerce.number().int().min(1).default(300),
  /** Login codes, also of registrations, that one address may ask for in an hour. Whole towns of phones may share one address of their network. */
  TEXTS_ADDRESS_HOUR: z.coerce.number().int().min(1).default(20),
  /** Login codes that are sent in an hour in all; beyond it nobody gets one, and a case is opened. */
  TEXTS_HOUR: z.coerce.number().int().min(1).default(2_000),
  /** redis(s)://host: the rate limits and the kept answers of search, of several API processes; without it each has its own. */
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')
    .optional(),
  /** Number of reverse proxies in front whose X-Forwarded-For is believed. */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).default(0),

  /** A JSON Web Key Set with private ES256 keys; the first signs, all verify. */
  JWT_KEYS: secret,
  /** `id:base64,…,index:base64`, 32 bytes each: the first encrypts, all decrypt, `index` keys the hashes. */
  ENCRYPTION_KEYS: secret,
};
