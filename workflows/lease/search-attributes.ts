import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import { daysPastDueAt } from '#domain/leases/agenda';
import type { LeaseState } from './state.ts';

const attributes = {
  status: defineSearchAttributeKey('LeaseStatus', SearchAttributeType.KEYWORD),
  daysPastDue: defineSearchAttributeKey('DaysPastDue', SearchAttributeType.INT),
  nextDueAt: defineSearchAttributeKey('NextDueAt', SearchAttributeType.DATETIME),
};

/** Writes what operators search leases by. */
export function writeSearchAttributes({ standing, terms }: LeaseState): void {
  const due = standing.nextDue;
  upsertSearchAttributes([
    { key: attributes.status, value: standing.status },
    { key: attributes.daysPastDue, value: daysPastDueAt(standing, Date.now(), terms.market) },
    ...(due === null ? [] : [{ key: attributes.nextDueAt, value: new Date(`${due.on}T00:00:00Z`) }]),
  ]);
}
