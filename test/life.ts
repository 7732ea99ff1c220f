import { eventually } from '#dev/client';
import { leaseThat, type Customer } from '#dev/journey';
import { localHourAt } from '#domain/calendar';
import type { LeaseState } from '#workflows/lease/state';
import { createFleet, startFleet } from './fleet.ts';
import type { History } from './histories.ts';
import { hoursLater, newCustomer } from './people.ts';
import type { TestPlatform } from './platform.ts';

export const HOUR = 3_600_000;
export const DAY = 24;

let serial = 0;
let turn: Promise<unknown> = Promise.resolve();

/** A provider is struck for one life at a time: the faults of the next one take the place of those before. */
export const alone = (life: () => Promise<History>) => () => {
  const itsTurn = turn.then(life, life);
  turn = itsTurn;
  return itsTurn;
};

/** From now to half past an hour of the lease's next day or night in the market. */
export const hoursUntil = (hour: number, market: 'UG' | 'KE') =>
  ((hour - localHourAt(Date.now(), market) + 24) % 24) + 0.5;

/** What the lives of leases do and look at, again and again. */
export function handsOn(platform: () => TestPlatform) {
  const handleOf = (leaseId: string, runId?: string) =>
    platform().temporal.workflow.getHandle(`lease-${leaseId}`, runId);
  const runIdOf = async (leaseId: string) => (await handleOf(leaseId).describe()).runId;
  const later = (leaseId: string, hours: number) => hoursLater(platform(), leaseId, hours);
  const is = ({ client }: Customer, leaseId: string, status: string) =>
    leaseThat(client, leaseId, status, (lease) => lease.status === status, 60_000);
  const paymentOf = ({ client }: Customer, leaseId: string, kind: string, wanted: string) =>
    eventually(`a ${kind} that is ${wanted}`, async () => {
      const { data } = await client.get('/v1/payments', { query: { leaseId } });
      return data.find((payment) => payment.kind === kind && payment.status === wanted);
    });
  const paysBy = async ({ client }: Customer, leaseId: string, provider: 'mtn' | 'mpesa', digits: string) => {
    const { phone } = await newCustomer(platform(), { digits, provider, verified: false });
    const { id: paymentMethodId } = await client.post('/v1/payment-methods', { body: { provider, phone } });
    await client.post('/v1/leases/{id}/payment-method', { path: { id: leaseId }, body: { paymentMethodId } });
  };

  /** A number of which nobody hears whether it paid. @returns the payment method. */
  const addSilent = async ({ client }: Customer) => {
    const { phone } = await newCustomer(platform(), { digits: '023', verified: false });
    return (await client.post('/v1/payment-methods', { body: { provider: 'mtn', phone } })).id;
  };
  const paysSome = async ({ client }: Customer, leaseId: string, paymentMethodId: string, amount: number) => {
    const payment = { amount: { amount, currency: 'UGX' }, paymentMethodId } as const;
    return (await client.post('/v1/leases/{id}/pay', { path: { id: leaseId }, body: payment })).id;
  };

  /** A running lease of which nobody applied, whose workflow begins with what a run before it left. */
  async function goingOn(left: (state: LeaseState) => Partial<LeaseState>) {
    serial += 1;
    const payer = { provider: 'mtn', market: 'UG', phone: `+256772000${300 + serial}` } as const;
    const name = `LIFE${serial}L`;
    const [lease] = await createFleet(platform().deps.db, platform().config, [payer], undefined, name);
    if (lease === undefined) throw new Error('there is no lease');
    await startFleet(platform().temporal, platform().config, [
      { ...lease, state: { ...lease.state, ...left(lease.state) } },
    ]);
    return lease.state.application.leaseId;
  }

  /** @returns the history, once it has gone past a guard. */
  const hasPassed = (leaseId: string, guard: string) =>
    eventually(`a lease past ${guard}`, async () => {
      const history = await handleOf(leaseId).fetchHistory();
      const details = history.events?.map(({ markerRecordedEventAttributes: marker }) => marker?.details) ?? [];
      const payloads = details.flatMap((detail) => Object.values(detail ?? {}).flatMap((one) => one.payloads ?? []));
      return payloads.some(({ data }) => Buffer.from(data ?? []).includes(guard)) ? history : undefined;
    });

  return { handleOf, runIdOf, later, is, paymentOf, paysBy, addSilent, paysSome, goingOn, hasPassed };
}
