import { upsertSearchAttributes } from '@temporalio/workflow';
import { daysPastDueAt } from '#domain/leases/agenda';
import { searchAttributes } from '#platform/temporal/search-attributes';
import type { LeaseState } from './state.ts';

/** Writes what operators search leases by. */
export function writeSearchAttributes({ standing, terms }: LeaseState): void {
  const due = standing.nextDue;
  upsertSearchAttributes([
    { key: searchAttributes.status, value: standing.status },
    { key: searchAttributes.daysPastDue, value: daysPastDueAt(standing, Date.now(), terms.market) },
    ...(due === null ? [] : [{ key: searchAttributes.nextDueAt, value: new Date(`${due.on}T00:00:00Z`) }]),
  ]);
}
