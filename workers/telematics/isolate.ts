import { sqlStateOf } from '#platform/describe-error';
import type { BatchEntry } from './plan.ts';

/** Called once the message is committed, or with the reason why it never will be. */
export type Acknowledge = (refused?: Error) => void;

/** An entry on its way to its commit. */
export interface Waiting {
  readonly entry: BatchEntry;
  readonly bytes: number;
  readonly acknowledge: Acknowledge;
}

/** A batch in two, down to single readings; a message of which both parts are committed is acknowledged. Null for one thing. */
export function halves(batch: readonly Waiting[]): Waiting[][] | null {
  if (batch.length > 1) return halved(batch);
  const [only] = batch;
  if (only === undefined || only.entry.kind === 'connection' || only.entry.readings.length < 2) return null;
  const { entry, bytes, acknowledge } = only;
  let left = 2;
  const committed: Acknowledge = () => {
    left -= 1;
    if (left === 0) acknowledge();
  };
  return halved(entry.readings).map((readings) => [{ entry: { ...entry, readings }, bytes, acknowledge: committed }]);
}

function halved<T>(all: readonly T[]): T[][] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}

/** What is left of a single thing that the database refuses: first its alarms, then its words in quarantine, then nothing. */
export function refused(entry: BatchEntry, reason: string): BatchEntry | null {
  const [reading] = entry.kind === 'message' ? entry.readings : [];
  if (entry.kind === 'connection' || reading === undefined) return null;
  const { payload } = entry.message;
  const { unit } = reading;
  const left = (source: string, alarms: { readonly alarms?: readonly string[] } = {}): BatchEntry => ({
    ...entry,
    readings: [{ kind: 'rejected', unit, reason, source, ...alarms }],
  });
  switch (reading.kind) {
    case 'fix':
      return left(reading.source, reading.fix.alarms.length > 0 ? { alarms: reading.fix.alarms } : {});
    case 'rejected':
      return reading.alarms === undefined ? null : left(reading.source);
    case 'presence':
    case 'answer':
    case 'sign_of_life':
      return left(reading.source ?? payload.toString('utf8'));
  }
}

/**
 * SQLSTATE classes 22 (data exception), 23 (integrity) and 54 (nested too deep), whoever wrapped them, and values of which
 * no date can be made: trying again would not help.
 */
export function isAboutData(error: unknown): boolean {
  return error instanceof RangeError || /^(?:22|23|54)/.test(sqlStateOf(error) ?? '');
}
