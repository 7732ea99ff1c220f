import { appendFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type postgres from 'postgres';
import { inject } from 'vitest';
import { eventSchema, type EventType } from '#domain/events/catalogue';

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
const validators = new Map<EventType, ValidateFunction>();

/** @returns what is wrong with the data of an event of that type; null where nothing is. */
export function eventFault(type: EventType, data: unknown): string | null {
  const validate = validators.get(type) ?? ajv.compile(eventSchema(type));
  validators.set(type, validate);
  return validate(data) ? null : `${type}: ${ajv.errorsText(validate.errors, { dataVar: 'data' })}`;
}

/**
 * Holds every event that a database has against the schema of its type.
 *
 * @returns what ends a test file: it throws what was not as the catalogue says.
 */
export async function readEvents(sql: postgres.Sql): Promise<() => void> {
  const events = await sql<{ type: EventType; data: unknown }[]>`select type, data from events.outbox`;
  appendFileSync(inject('publishedEvents'), `${[...new Set(events.map(({ type }) => type))].join(' ')}\n`);
  const faults = new Set(events.map(({ type, data }) => eventFault(type, data)).filter((fault) => fault !== null));
  return () => {
    if (faults.size > 0) throw new Error(`events are not as the catalogue says:\n${[...faults].join('\n')}`);
  };
}
