import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ofProcesses } from './variables/processes.ts';
import { ofProviders } from './variables/providers.ts';
import { ofRules } from './variables/rules.ts';

/**
 * The one place that reads the environment. Nothing here has a default that would be unsafe in
 * production; `dev/environment.ts` supplies the embedded platform's values as variables.
 */
export const variables = z.object({ ...ofProcesses, ...ofProviders, ...ofRules });

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
  const lax = (['RELAY_PROOF', 'SHARED_DOCUMENTS', 'IMMOBILISE_HOURS'] as const).find(
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
