import { z } from 'zod';

/**
 * The one place that reads the environment. Nothing here has a default that would be unsafe in
 * production; `dev/environment.ts` supplies the embedded platform's values as variables.
 */
const port = z.coerce.number().int().min(0).max(65_535);
const url = z.url();
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const secret = z.string().min(1);

const variables = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Development only: the /v1/dev routes, sample accounts, staff passwords on MQTT. */
  EMBEDDED: flag.default(false),

  DATABASE_URL: url,
  DATABASE_POOL: z.coerce.number().int().min(1).max(200).default(10),

  TEMPORAL_ADDRESS: z.string().min(1).default('localhost:7233'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  TEMPORAL_API_KEY: z.string().optional(),
  TEMPORAL_TLS_CA: z.string().optional(),
  TEMPORAL_TLS_CERT: z.string().optional(),
  TEMPORAL_TLS_KEY: z.string().optional(),
  /** Prefix of every task queue, so that several platforms (or tests) share a server. */
  TASK_QUEUE_PREFIX: z.string().regex(/^[a-z0-9-]*$/).default(''),
  /** A bundle made by `npm run build`; without it the worker bundles the workflows from source. */
  WORKFLOW_BUNDLE: z.string().optional(),

  /** mqtt(s)://user:password@host of Mosquitto or EMQX; without it the telematics process is the broker. */
  MQTT_URL: z.string().regex(/^(mqtts?|wss?):\/\//, 'must begin with mqtt:// or mqtts://').optional(),
  MQTT_PORT: port.default(1883),
  MQTT_HOST: z.string().default('0.0.0.0'),
  /** Password of the platform's own MQTT user (`platform`), for the relay. */
  MQTT_PLATFORM_PASSWORD: secret,

  HOST: z.string().default('0.0.0.0'),
  PORT: port.default(3000),
  PUBLIC_URL: url.default('http://localhost:3000'),
  METRICS_PORT: port.optional(),
  CODEC_PORT: port.default(8088),
  TEMPORAL_UI_URL: url.default('http://localhost:8233'),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((value) => value.split(',').filter((origin) => origin !== '')),
  RATE_LIMIT_USER: z.coerce.number().int().min(1).default(100),
  RATE_LIMIT_ADDRESS: z.coerce.number().int().min(1).default(300),
  /** Number of reverse proxies in front whose X-Forwarded-For is believed. */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).default(0),

  /** A JSON Web Key Set with private ES256 keys; the first signs, all verify. */
  JWT_KEYS: secret,
  /** `id:base64,…,index:base64`, 32 bytes each: the first encrypts, all decrypt, `index` keys the hashes. */
  ENCRYPTION_KEYS: secret,

  MTN_BASE_URL: url.optional(),
  MTN_API_USER: secret.optional(),
  MTN_API_KEY: secret.optional(),
  MTN_SUBSCRIPTION_KEY: secret.optional(),
  MTN_TARGET_ENVIRONMENT: z.string().default('mtnuganda'),
  AIRTEL_BASE_URL: url.optional(),
  AIRTEL_CLIENT_ID: secret.optional(),
  AIRTEL_CLIENT_SECRET: secret.optional(),
  AIRTEL_HASH_KEY: secret.optional(),
  MPESA_BASE_URL: url.optional(),
  MPESA_CONSUMER_KEY: secret.optional(),
  MPESA_CONSUMER_SECRET: secret.optional(),
  MPESA_SHORTCODE: z.string().regex(/^\d{5,7}$/).optional(),
  MPESA_PASSKEY: secret.optional(),
  MPESA_INITIATOR: secret.optional(),
  MPESA_SECURITY_CREDENTIAL: secret.optional(),
  SMILE_ID_BASE_URL: url.optional(),
  SMILE_ID_PARTNER_ID: secret.optional(),
  SMILE_ID_API_KEY: secret.optional(),
  AFRICASTALKING_BASE_URL: url.optional(),
  AFRICASTALKING_USERNAME: secret.optional(),
  AFRICASTALKING_API_KEY: secret.optional(),
  AFRICASTALKING_SENDER: z.string().optional(),

  /** Seconds between two looks at a pending charge, and how many looks before it is `unknown`. */
  COLLECT_POLL_SECONDS: z.coerce.number().min(0.2).max(600).default(20),
  COLLECT_POLLS: z.coerce.number().int().min(2).max(1000).default(30),
  /** Hours between two questions about a charge whose outcome is unknown. */
  UNKNOWN_POLL_HOURS: z.coerce.number().min(0.01).max(24).default(6),
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
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = variables.safeParse(present);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    throw new ConfigurationError(`The configuration is wrong:\n${problems.join('\n')}`);
  }
  const config = parsed.data;
  if (config.EMBEDDED && config.NODE_ENV === 'production') {
    throw new ConfigurationError('The configuration is wrong:\n  EMBEDDED: must not be true with NODE_ENV=production');
  }
  return config;
}
