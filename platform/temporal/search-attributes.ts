import { defineSearchAttributeKey } from '@temporalio/common';

/** What operators find the platform's workflows by. They are indexed in the clear, so none holds personal data. Plain data: workflows import it. */
export const searchAttributes = {
  status: defineSearchAttributeKey('LeaseStatus', 'KEYWORD'),
  daysPastDue: defineSearchAttributeKey('DaysPastDue', 'INT'),
  nextDueAt: defineSearchAttributeKey('NextDueAt', 'DATETIME'),
  market: defineSearchAttributeKey('Market', 'KEYWORD'),
  customer: defineSearchAttributeKey('CustomerId', 'KEYWORD'),
  vehicle: defineSearchAttributeKey('VehicleId', 'KEYWORD'),
  immobilisation: defineSearchAttributeKey('ImmobilisationState', 'KEYWORD'),
} as const;

/** Set by Temporal on what a schedule starts: when it was due, however late it began or whoever made up for it. */
export const scheduledStart = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');
