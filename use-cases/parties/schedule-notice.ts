import type { Database } from '#db/client';
import { listGuarantees } from '#db/queries/guarantees';
import { findLease } from '#db/queries/leases';
import { catalogue } from '#domain/events/catalogue';
import { money } from '#domain/money';
import type { PartyEvent, PartyNotice } from './party-notice.ts';

/**
 * Whom a changed schedule concerns: its customer, where he pays more each time than he has signed and may have that undone, and
 * whoever answers for it, where it asks for more each time or for longer, or does no more.
 */
export async function whomScheduleConcerns(db: Database, { data }: PartyEvent): Promise<PartyNotice[]> {
  const told = catalogue['lease.schedule_changed'].payload.parse(data);
  const { leaseId, customerId, kind, scheduleVersion, before, after, objectUntil: until } = told;
  const lease = await findLease(db, leaseId);
  if (lease === undefined) return [];
  const { reference } = lease;
  const key = (whose: string) => `schedule:${leaseId}:${scheduleVersion}:${whose}`;
  const { instalment } = after;
  const raised = { template: 'instalment_raised', before: before.instalment, instalment, reference } as const;
  const customer = until === null ? [] : [{ key: key('customer'), userId: customerId, message: { ...raised, until } }];
  const isWorse = instalment.amount > before.instalment.amount || after.lastDueOn > before.lastDueOn;
  if (!isWorse && kind !== 'undone') return customer;
  const answering = await listGuarantees(db, { leaseId, status: 'consented' }, { limit: 10 });
  const guarantors = answering
    .filter((one) => one.customerId === customerId)
    .map(({ id, guarantorId: userId, cap }): PartyNotice => {
      const sum = money(cap, instalment.currency);
      const message = {
        template: 'guaranteed_schedule',
        instalment,
        until: after.lastDueOn,
        cap: sum,
        reference,
      } as const;
      return { key: key(id), userId, message };
    });
  return [...customer, ...guarantors];
}
