import { fileURLToPath } from 'node:url';
import { inboundPath } from '#use-cases/payments/inbound/inbound-secret';
import type { PaymentProvider } from '#domain/markets';
import { createEncryption } from '#platform/encryption';
import { freePorts, readPorts, type Ports, type PortVariable } from './ports.ts';
import { postgresUrl } from './postgres.ts';
import { loadSecrets } from './secrets.ts';

/** Root of the checkout: where the processes run, and below it the data by default. */
export const ROOT = fileURLToPath(new URL('../', import.meta.url));

export type Environment = Readonly<Record<string, string>>;

/** What the embedded platform starts itself; the rest the user has named a real one for. */
interface EmbeddedParts {
  readonly postgres: boolean;
  readonly temporal: boolean;
  /** The broker lives in the telematics process. */
  readonly broker: boolean;
  readonly simulators: boolean;
  /** Schema, sample data and the /v1/dev routes: everywhere but in production. */
  readonly development: boolean;
}

export interface EmbeddedEnvironment {
  /** Complete for every process of ours. METRICS_PORT is the API's alone. */
  readonly env: Environment;
  readonly ports: Ports;
  readonly parts: EmbeddedParts;
  /** The variables of the ports that this platform listens on. */
  readonly listens: readonly PortVariable[];
}

/** Providers by the variable that names a real one: where the simulators speak its language, and the sample credentials they take. */
const simulated: Readonly<Record<string, { readonly path: string; readonly credentials: Environment }>> = {
  MTN_BASE_URL: {
    path: 'mtn',
    credentials: {
      MTN_API_USER: '6f1d4c1e-58a4-4c52-9a10-6a0d1b5f7c11',
      MTN_API_KEY: 'sample-mtn-api-key',
      MTN_SUBSCRIPTION_KEY: 'sample-mtn-subscription-key',
      MTN_DISBURSEMENT_API_USER: '0b51c9d2-5d6f-4c3e-8f3e-0d9d9f0b3a01',
      MTN_DISBURSEMENT_API_KEY: 'sample-mtn-disbursement-api-key',
      MTN_DISBURSEMENT_SUBSCRIPTION_KEY: 'sample-mtn-disbursement-subscription-key',
    },
  },
  AIRTEL_BASE_URL: {
    path: 'airtel',
    credentials: {
      AIRTEL_CLIENT_ID: 'sample-airtel-client',
      AIRTEL_CLIENT_SECRET: 'sample-airtel-secret',
      AIRTEL_HASH_KEY: 'sample-airtel-hash-key',
      AIRTEL_DISBURSEMENT_PIN: '4321',
    },
  },
  MPESA_BASE_URL: {
    path: 'mpesa',
    credentials: {
      MPESA_CONSUMER_KEY: 'sample-mpesa-consumer',
      MPESA_CONSUMER_SECRET: 'sample-mpesa-secret',
      MPESA_SHORTCODE: '174379',
      MPESA_PASSKEY: 'sample-mpesa-passkey',
      MPESA_INITIATOR: 'sample-initiator',
      MPESA_SECURITY_CREDENTIAL: 'sample-security-credential',
      MPESA_B2C_SHORTCODE: '600000',
      MPESA_B2C_INITIATOR: 'sample-b2c-initiator',
      MPESA_B2C_SECURITY_CREDENTIAL: 'sample-b2c-security-credential',
    },
  },
  SMILE_ID_BASE_URL: {
    path: 'smileid',
    credentials: { SMILE_ID_PARTNER_ID: '2024', SMILE_ID_API_KEY: 'sample-smile-id-key' },
  },
  AFRICASTALKING_BASE_URL: {
    path: 'sms',
    credentials: {
      AFRICASTALKING_USERNAME: 'sandbox',
      AFRICASTALKING_API_KEY: 'sample-africastalking-key',
      AFRICASTALKING_CALLBACK_SECRET: 'sample-africastalking-callbacks',
      AFRICASTALKING_USSD_CODE: '*384*7368#',
    },
  },
  INFOBIP_BASE_URL: {
    path: 'infobip',
    credentials: { INFOBIP_API_KEY: 'sample-infobip-key', INFOBIP_CALLBACK_SECRET: 'sample-infobip-callbacks' },
  },
};

/**
 * The environment of the embedded platform: what the user has set wins over what is made up here, and a
 * real database, server, broker or provider that the user names replaces the embedded one. With
 * NODE_ENV=production nothing is made up.
 *
 * @param dataDir keeps the secrets, made at the first start
 * @param overrides go before the process's own variables; an empty one takes a variable away
 * @throws PortError where a port's variable is wrong
 */
export async function embeddedEnvironment(
  dataDir: string,
  overrides: Readonly<Record<string, string | undefined>> = {},
): Promise<EmbeddedEnvironment> {
  const given = present({ ...process.env, ...overrides });
  const isSet = (name: string) => given[name] !== undefined;
  const ports = readPorts(given);
  if (given['NODE_ENV'] === 'production') {
    const parts = {
      postgres: false,
      temporal: false,
      broker: !isSet('MQTT_URL'),
      simulators: false,
      development: false,
    };
    return { env: { ...given, DATA_DIR: dataDir }, ports, parts, listens: portsOf(parts, given) };
  }
  const missing = Object.keys(simulated).filter((name) => !isSet(name));
  const parts: EmbeddedParts = {
    postgres: !isSet('DATABASE_URL'),
    temporal: !isSet('TEMPORAL_ADDRESS'),
    broker: !isSet('MQTT_URL'),
    simulators: missing.length > 0,
    development: true,
  };
  const made = {
    ...(await platformDefaults(dataDir, ports, given)),
    ...simulatedProviders(`http://localhost:${ports.SIMULATOR_PORT}`, missing),
    ...(parts.simulators ? await simulatedMail(given['SIMULATOR_SMTP_PORT']) : {}),
  };
  const env: Environment = { ...made, ...given, DATA_DIR: dataDir };
  const told = parts.simulators ? registeredUrls(env) : {};
  return { env: { ...told, ...env }, ports, parts, listens: portsOf(parts, given) };
}

async function platformDefaults(
  dataDir: string,
  ports: Ports,
  given: Readonly<Record<string, string | undefined>>,
): Promise<Environment> {
  const secrets = await loadSecrets(dataDir);
  const seedPassword = given['SEED_PASSWORD'] ?? 'rent-to-own';
  return {
    NODE_ENV: 'development',
    EMBEDDED: 'true',
    DATABASE_URL: postgresUrl(ports.POSTGRES_PORT, secrets.postgresPassword),
    TEMPORAL_ADDRESS: `127.0.0.1:${ports.TEMPORAL_PORT}`,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_UI_URL: `http://localhost:${ports.TEMPORAL_UI_PORT}`,
    PUBLIC_URL: `http://localhost:${ports.PORT}`,
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
    VAPID_PUBLIC_KEY: secrets.vapid.publicKey,
    VAPID_PRIVATE_KEY: secrets.vapid.privateKey,
    VAPID_SUBJECT: 'mailto:admin@example.com',
    JWT_KEYS: secrets.jwtKeys,
    ENCRYPTION_KEYS: secrets.encryptionKeys,
    MQTT_PLATFORM_PASSWORD: secrets.mqttPlatformPassword,
    SEED_PASSWORD: seedPassword,
    TRACCAR_MQTT_USERNAME: 'traccar',
    TRACCAR_MQTT_PASSWORD: seedPassword,
    // Everybody who tries it comes from one address.
    TEXTS_ADDRESS_HOUR: '2000',
    TEXTS_HOUR: '20000',
    // A minute by the wall until a charge without an answer is `unknown`.
    COLLECT_POLL_SECONDS: '2',
    COLLECT_POLLS: '30',
    // Simulators take what they get, and a travelling lease waits for nobody.
    PROMPTS_PER_SECOND: '10000',
    IDENTITY_CHECK_SECONDS: '20',
    // Receivers to try out listen on this machine.
    WEBHOOK_ALLOW_PRIVATE: 'true',
    // Nobody fits a relay here, and the sample marketplace is tried at any hour.
    RELAY_PROOF: 'trusted',
    // Who tries it out has one number for all customers.
    SHARED_DOCUMENTS: 'trusted',
    IMMOBILISE_HOURS: 'any',
  };
}

/** The variables of providers that are simulated at an address. */
export function simulatedProviders(address: string, names: readonly string[] = Object.keys(simulated)): Environment {
  return Object.fromEntries(
    Object.entries(simulated)
      .filter(([name]) => names.includes(name))
      .flatMap(([name, { path, credentials }]) => [[name, `${address}/${path}`], ...Object.entries(credentials)]),
  );
}

/** The simulators' mail server, on the port that it is given, else on one that is free now. */
async function simulatedMail(given: string | undefined): Promise<Environment> {
  const port = given === undefined || given === '' ? (await freePorts(1))[0] : given;
  return { SIMULATOR_SMTP_PORT: String(port), SMTP_URL: `smtp://localhost:${port}` };
}

/** Where the simulators tell of what nobody named an address for, as a merchant registers it with the real ones. */
function registeredUrls(env: Environment): Environment {
  const publicUrl = env['PUBLIC_URL'] ?? '';
  const encryption = createEncryption(env['ENCRYPTION_KEYS'] ?? '');
  const of = (provider: PaymentProvider) => new URL(inboundPath(encryption, provider), publicUrl).href;
  return {
    SIMULATOR_INBOUND_URL_MTN: of('mtn'),
    SIMULATOR_INBOUND_URL_AIRTEL: of('airtel'),
    SIMULATOR_INBOUND_URL_MPESA: of('mpesa'),
    SIMULATOR_CALLBACK_URL_AIRTEL: of('airtel'),
    ...phoneUrls(publicUrl, env['AFRICASTALKING_CALLBACK_SECRET']),
  };
}

/** Where Africa's Talking posts what phones dial and text. */
export function phoneUrls(publicUrl: string, secret: string | undefined): Environment {
  if (secret === undefined) return {};
  const of = (path: string) => new URL(`/v1/callbacks/${path}`, publicUrl).href;
  return {
    SIMULATOR_USSD_URL: of(`ussd/${secret}`),
    SIMULATOR_SMS_URL: of(`sms/${secret}`),
    SIMULATOR_SMS_REPORT_URL: of(`sms-reports/${secret}`),
  };
}

function portsOf(parts: EmbeddedParts, given: Readonly<Record<string, string | undefined>>): PortVariable[] {
  return [
    'PORT',
    'CODEC_PORT',
    // In production there are metrics only where they are asked for.
    ...(parts.development || given['METRICS_PORT'] !== undefined ? (['METRICS_PORT'] as const) : []),
    ...(parts.postgres ? (['POSTGRES_PORT'] as const) : []),
    ...(parts.temporal ? (['TEMPORAL_PORT', 'TEMPORAL_UI_PORT'] as const) : []),
    ...(parts.broker ? (['MQTT_PORT'] as const) : []),
    ...(parts.simulators ? (['SIMULATOR_PORT'] as const) : []),
  ];
}

function present(variables: Readonly<Record<string, string | undefined>>): Environment {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
}
