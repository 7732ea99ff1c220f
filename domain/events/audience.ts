import type { Role } from '../identity/roles.ts';
import { catalogue, eventTypes, type EventType } from './catalogue.ts';

/** As much of an event as says who hears it. */
export interface Heard {
  readonly type: EventType;
  readonly subject: string;
  /** The customer of its lease when it happened; null where it is of none. */
  readonly customerId: string | null;
}

/** Whether a person hears an event: staff what is for staff, a customer what is for customers and of himself or his leases. */
export function hears(person: { readonly userId: string; readonly role: Role }, event: Heard): boolean {
  const { about, heardBy } = catalogue[event.type];
  const audience: readonly string[] = heardBy;
  if (person.role !== 'customer') return audience.includes('staff');
  const isOwn = event.customerId === person.userId || (about === 'user' && event.subject === person.userId);
  return isOwn && audience.includes('customer');
}

const isHeardByAll = (type: EventType) => {
  const audience: readonly string[] = catalogue[type].heardBy;
  return audience.includes('everybody');
};

/** The types of events that say no more than everybody may read. */
export const publicEvents: readonly EventType[] = eventTypes.filter(isHeardByAll);
