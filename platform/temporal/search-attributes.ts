/**
 * Search attributes of the platform's workflows: name → type as Temporal's commands spell it. They are
 * indexed in the clear, so none of them holds personal data. Plain data: workflows import it.
 */
export const searchAttributes = {
  LeaseStatus: 'Keyword',
  DaysPastDue: 'Int',
  NextDueAt: 'Datetime',
  Market: 'Keyword',
  CustomerId: 'Keyword',
  VehicleId: 'Keyword',
} as const satisfies Readonly<Record<string, SearchAttributeType>>;

export type SearchAttributeType = 'Keyword' | 'Int' | 'Datetime' | 'Bool' | 'Double' | 'Text' | 'KeywordList';
