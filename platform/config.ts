import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { workerKinds, type WorkerKind } from '#domain/task-queues';

/**
 * The one place that reads the environment. Nothing here has a default that would be unsafe in
 * production; `dev/environment.ts` supplies the embedded platform's values as variables.
 */
const port = z.coerce.number().int().min(0).max(65_535);
const url = z.url();
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const secret = z.string().min(1);
const ussdCode = z
  .string()
  .regex(/^\*[\d*]{2,20}#$/)
  .optional();

export const variables = z.object({
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

  /** MTN MoMo; without it the provider is switched off. */
  MTN_BASE_URL: url.optional(),
  /** API user (UUID) of the collections product. */
  MTN_API_USER: secret.optional(),
  /** API key of that user. */
  MTN_API_KEY: secret.optional(),
  /** Ocp-Apim-Subscription-Key of the collections product. */
  MTN_SUBSCRIPTION_KEY: secret.optional(),
  /** API user (UUID) of the disbursements product; without it MTN gives nothing back. */
  MTN_DISBURSEMENT_API_USER: secret.optional(),
  /** API key of that user. */
  MTN_DISBURSEMENT_API_KEY: secret.optional(),
  /** Ocp-Apim-Subscription-Key of the disbursements product. */
  MTN_DISBURSEMENT_SUBSCRIPTION_KEY: secret.optional(),
  /** X-Target-Environment: `sandbox` or the country. */
  MTN_TARGET_ENVIRONMENT: z.string().default('mtnuganda'),
  /** Airtel Money; without it the provider is switched off. */
  AIRTEL_BASE_URL: url.optional(),
  /** OAuth client of the application. */
  AIRTEL_CLIENT_ID: secret.optional(),
  /** Secret of that client. */
  AIRTEL_CLIENT_SECRET: secret.optional(),
  /** Key of the signature that callbacks carry. */
  AIRTEL_HASH_KEY: secret.optional(),
  /** PIN of the wallet that parts of charges are given back from; without it only the whole of one is. */
  AIRTEL_DISBURSEMENT_PIN: secret.optional(),
  /** RSA key that the PIN is encrypted with, base64 of DER or PEM; without it Airtel is asked for its key. */
  AIRTEL_DISBURSEMENT_PUBLIC_KEY: secret.optional(),
  /** M-Pesa (Daraja); without it the provider is switched off. */
  MPESA_BASE_URL: url.optional(),
  /** OAuth consumer of the application. */
  MPESA_CONSUMER_KEY: secret.optional(),
  /** Secret of that consumer. */
  MPESA_CONSUMER_SECRET: secret.optional(),
  /** Pay-bill number. */
  MPESA_SHORTCODE: z
    .string()
    .regex(/^\d{5,7}$/)
    .optional(),
  /** Passkey of the prompt (STK push). */
  MPESA_PASSKEY: secret.optional(),
  /** Name of the operator that asks for reversals and statements. */
  MPESA_INITIATOR: secret.optional(),
  /** The initiator's password, encrypted with the provider's certificate. */
  MPESA_SECURITY_CREDENTIAL: secret.optional(),
  /** Whether webhooks may be sent to addresses that are not public: for development, and receivers of one's own network. */
  WEBHOOK_ALLOW_PRIVATE: flag.default(false),
  /** Smile ID; without it every identity check goes to an agent. */
  SMILE_ID_BASE_URL: url.optional(),
  /** Partner id. */
  SMILE_ID_PARTNER_ID: secret.optional(),
  /** Key of the signature of requests and callbacks. */
  SMILE_ID_API_KEY: secret.optional(),
  /** Africa's Talking; without it texts go by Infobip, and with neither nothing starts that sends them. */
  AFRICASTALKING_BASE_URL: url.optional(),
  /** Name of the application. */
  AFRICASTALKING_USERNAME: secret.optional(),
  /** API key of the application. */
  AFRICASTALKING_API_KEY: secret.optional(),
  /** Sender id, or the short code that customers answer to, in a market that has none of its own. */
  AFRICASTALKING_SENDER: z.string().optional(),
  /** The same in Uganda. */
  AFRICASTALKING_SENDER_UG: z.string().optional(),
  /** The same in Kenya. */
  AFRICASTALKING_SENDER_KE: z.string().optional(),
  /** The same in Rwanda. */
  AFRICASTALKING_SENDER_RW: z.string().optional(),
  /**
   * Last part of the addresses that it calls, `/v1/callbacks/ussd/`, `/v1/callbacks/sms/` and `/v1/callbacks/sms-reports/`; without it nobody
   * answers there, no warning by it counts as delivered, and nobody is stopped after one.
   */
  AFRICASTALKING_CALLBACK_SECRET: z.string().min(16).max(200).optional(),
  /** Base address of the account at Infobip, which has the texts that Africa's Talking does not take; without it nobody has. */
  INFOBIP_BASE_URL: url.optional(),
  /** API key of that account. */
  INFOBIP_API_KEY: secret.optional(),
  /** Sender id, in a market that has none of its own. */
  INFOBIP_SENDER: z.string().optional(),
  /** The same in Uganda. */
  INFOBIP_SENDER_UG: z.string().optional(),
  /** The same in Kenya. */
  INFOBIP_SENDER_KE: z.string().optional(),
  /** The same in Rwanda. */
  INFOBIP_SENDER_RW: z.string().optional(),
  /**
   * Last part of the address that its delivery reports go to, `/v1/callbacks/infobip-reports/`; without it there are none, no warning by it
   * counts as delivered, and nobody is stopped after one.
   */
  INFOBIP_CALLBACK_SECRET: z.string().min(16).max(200).optional(),
  /** smtp(s)://user:password@host:port; without it no e-mail is sent. */
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must begin with smtp:// or smtps://')
    .optional(),
  /** Whom e-mail is from. */
  MAIL_FROM: z.string().min(3).default('Rent to own <no-reply@localhost>'),
  /** Public key of web push (VAPID), base64url; without the keys nobody is pushed to. */
  VAPID_PUBLIC_KEY: secret.optional(),
  /** Private key of web push, base64url. */
  VAPID_PRIVATE_KEY: secret.optional(),
  /** Whom a push service asks about us: mailto: or https:. */
  VAPID_SUBJECT: z
    .string()
    .regex(/^(mailto:|https:\/\/)/, 'must begin with mailto: or https://')
    .optional(),
  /** What customers dial, as texts tell them, in a market that has no code of its own. */
  AFRICASTALKING_USSD_CODE: ussdCode,
  /** The same in Uganda. */
  AFRICASTALKING_USSD_CODE_UG: ussdCode,
  /** The same in Kenya. */
  AFRICASTALKING_USSD_CODE_KE: ussdCode,
  /** The same in Rwanda. */
  AFRICASTALKING_USSD_CODE_RW: ussdCode,
  /** Milliseconds that a phone on USSD waits for what it asked; then it goes on, and its result is texted. */
  USSD_PATIENCE_MS: z.coerce.number().int().min(100).max(10_000).default(1_500),

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
});

export type Config = Readonly<z.infer<typeof variables>>;

/** The configuration is wrong; the message names each variable and what it wants. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * Reads and validates the environment. An empty variable counts as absent.
 *
 * @throws ConfigurationError naming every variable that is missing or wrong.
 */
export function loadConfig(environment: Record<string, string | undefined> = process.env): Config {
  const config = read(variables, environment);
  if (config.EMBEDDED && config.NODE_ENV === 'production') {
    throw new ConfigurationError('The configuration is wrong:\n  EMBEDDED: must not be true with NODE_ENV=production');
  }
  const lax = (['RELAY_PROOF', 'IMMOBILISE_HOURS'] as const).find(
    (name) => config.NODE_ENV === 'production' && (config[name] === 'trusted' || config[name] === 'any'),
  );
  if (lax !== undefined)
    throw new ConfigurationError(
      `The configuration is wrong:\n  ${lax}: must not be ${config[lax]} with NODE_ENV=production`,
    );
  return { ...config, DATABASE_URL: withPassword(config.DATABASE_URL, config.DATABASE_PASSWORD) };
}

const ofStores = variables
  .pick({
    NODE_ENV: true,
    LOG_LEVEL: true,
    DATABASE_URL: true,
    DATABASE_PASSWORD: true,
    TEMPORAL_ADDRESS: true,
    TEMPORAL_NAMESPACE: true,
    TEMPORAL_API_KEY: true,
    TEMPORAL_TLS_CA: true,
    TEMPORAL_TLS_CERT: true,
    TEMPORAL_TLS_KEY: true,
  })
  .extend({ ENCRYPTION_KEYS: variables.shape.ENCRYPTION_KEYS.optional() });

/** What a script needs that talks to the database and to Temporal alone. */
export type StoresConfig = Readonly<z.infer<typeof ofStores>>;

/**
 * The part of the configuration that says where the database and Temporal are.
 *
 * @throws ConfigurationError naming every variable of it that is missing or wrong.
 */
export function loadStoresConfig(environment: Record<string, string | undefined> = process.env): StoresConfig {
  const config = read(ofStores, environment);
  return { ...config, DATABASE_URL: withPassword(config.DATABASE_URL, config.DATABASE_PASSWORD) };
}

function read<Shape extends z.ZodObject>(
  shape: Shape,
  environment: Record<string, string | undefined>,
): z.infer<Shape> {
  const { SECRETS_DIR: directory } = environment;
  const given = {
    ...(directory === undefined || directory === '' ? {} : secretsIn(directory)),
    ...present(environment),
  };
  const parsed = shape.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new ConfigurationError(`The configuration is wrong:\n${problems.join('\n')}`);
}

const present = (values: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''));

/** @throws ConfigurationError where the directory cannot be read. */
function secretsIn(directory: string): Record<string, string | undefined> {
  try {
    const names = readdirSync(directory).filter((name) => Object.hasOwn(variables.shape, name));
    return present(
      Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'utf8').trimEnd()])),
    );
  } catch (cause) {
    throw new ConfigurationError(`The configuration is wrong:\n  SECRETS_DIR: ${String(cause)}`, { cause });
  }
}

function withPassword(address: string, password: string | undefined): string {
  const url = new URL(address);
  if (password === undefined || url.password !== '') return address;
  url.password = encodeURIComponent(password);
  return url.href;
}
