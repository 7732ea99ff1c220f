import type { z } from 'zod';
import { ConfigurationError, type Config } from '#platform/config';

/**
 * A provider's variables: all of those that `schema` asks for, or null when none of them is set.
 *
 * @throws ConfigurationError naming each that is missing where others are there.
 */
export function configured<Schema extends z.ZodObject>(config: Config, schema: Schema): z.output<Schema> | null {
  const given = new Map(Object.entries(config));
  const asked = Object.keys(schema.shape);
  if (asked.every((name) => given.get(name) === undefined)) return null;
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  const there = asked.filter((name) => given.get(name) !== undefined);
  const problems = parsed.error.issues.map(
    ({ path }) => `  ${path.join('.')}: is needed together with ${there.join(', ')}`,
  );
  throw new ConfigurationError(`The configuration is wrong:\n${problems.join('\n')}`);
}
