import type { Plan, Vehicle } from './api-types.ts';
import { ApiError, eventually, MarketplaceClient } from './client.ts';
import { arrives, chapter, chooses, day, motorcycles, say, sum, tellStart, type Stage } from './demo-people.ts';
import { leaseThat, takeLease, travel, type Customer } from './journey.ts';

interface House {
  readonly admin: MarketplaceClient;
  readonly agent: MarketplaceClient;
}

/** Clara exchanges her motorcycle for a better one, rides it for a month, and gives it back when she moves away. */
export async function exchangesAndReturns(
  stage: Stage,
  house: House,
): Promise<{ customer: Customer; leaseIds: readonly string[] }> {
  chapter('Clara outgrows her motorcycle');
  const clara = await arrives(
    stage,
    'Clara Auma',
    `+25676${stage.run}100`,
    `CF${stage.run}2345678EF`.slice(0, 14).padEnd(14, 'X'),
  );
  const { vehicle, plan } = await chooses(clara, 'weekly');
  const started = await takeLease(clara, house.agent, vehicle.id, plan.id);
  tellStart(stage, clara, started);
  await travel(house.admin, started.id, 67);
  const old = await clara.client.get('/v1/leases/{id}', { path: { id: started.id } });
  say(
    `  ${day(old.asOf)}: ${old.instalmentsPaid} weeks on time, ${sum(old.paid)} paid. Her deliveries need a stronger one.`,
  );
  const newLeaseId = await swaps(house, clara, { leaseId: old.id, vehicle, plan });

  chapter('Clara moves away');
  // Its workflow begins with the event of the swap, and takes her wish once it is there.
  await eventually('the new lease to be under way', () =>
    clara.client
      .post('/v1/leases/{id}/collection', {
        path: { id: newLeaseId },
        body: { paymentMethodIds: [clara.paymentMethodId], quietHours: { from: 12, until: 14 } },
      })
      .catch((error: unknown) => {
        if (error instanceof ApiError) return undefined;
        throw error;
      }),
  );
  await travel(house.admin, newLeaseId, 30);
  const lease = await clara.client.get('/v1/leases/{id}', { path: { id: newLeaseId } });
  say(
    `  ${day(lease.asOf)}: ${lease.instalmentsPaid} instalments of the new lease paid, she owns ${lease.ownedPercent} %. She moves to Gulu.`,
  );
  await clara.client.post('/v1/leases/{id}/return', { path: { id: lease.id }, body: { reason: 'I move away' } });
  const over = await leaseThat(clara.client, lease.id, 'returned', ({ status }) => status === 'returned');
  const { data: cases } = await house.agent.get('/v1/cases', { query: { leaseId: lease.id, status: 'open' } });
  const toInspect = cases.find(({ kind }) => kind === 'vehicle_to_inspect');
  if (toInspect === undefined) throw new Error('nobody is told to inspect what Clara has given back');
  await house.agent.post('/v1/cases/{id}/close', {
    path: { id: toInspect.id },
    body: { resolution: 'taken in and inspected, as good as before' },
  });
  const back = await house.agent.patch('/v1/vehicles/{id}', {
    path: { id: lease.vehicleId },
    body: { status: 'available' },
  });
  say(
    `  She gives it back: the lease is ${over.status}, nothing more is owed; an agent inspects it, and it is ${back.status} again.`,
  );
  return { customer: clara, leaseIds: [started.id, newLeaseId] };
}

/** Quote, amendment, inspection and swap. @returns the lease that begins */
async function swaps(
  { agent }: House,
  { client, name }: Customer,
  { leaseId, vehicle, plan }: { readonly leaseId: string; readonly vehicle: Vehicle; readonly plan: Plan },
): Promise<string> {
  const { data } = await client.get('/v1/vehicles', { query: { ...motorcycles, limit: 50 } });
  const better = data.find(({ price }) => price.amount > vehicle.price.amount);
  if (better === undefined) throw new Error('there is no better motorcycle');
  const quote = await client.post('/v1/upgrades', { body: { leaseId, vehicleId: better.id, planId: plan.id } });
  say(
    `  Her quote for a ${better.make} ${better.model}: her own is taken for ${sum(quote.tradeIn)}, ${sum(quote.settlement)} settles its lease, ${sum(quote.deposit)} is the deposit of the new one; then ${quote.instalments} × ${sum(quote.instalment)}.`,
  );
  const draft = await client.post('/v1/agreements', { body: { upgradeId: quote.id } });
  const path = { id: quote.id };
  const signed = await client.post('/v1/upgrades/{id}/accept', { path, body: { name, sha256: draft.sha256 } });
  if (signed.status !== 'approved') throw new Error(`the exchange should be approved, and is ${signed.status}`);
  say('  She reads the amendment and signs it by name; her credit carries it, and the other one is held for her.');
  const { odometerKm } = await agent.get('/v1/vehicles/{id}', { path: { id: vehicle.id } });
  await agent.post('/v1/upgrades/{id}/inspect', { path, body: { odometerKm: (odometerKm ?? 0) + 4_200 } });
  const { odometerKm: fresh } = await agent.get('/v1/vehicles/{id}', { path: { id: better.id } });
  const done = await agent.post('/v1/upgrades/{id}/complete', { path, body: { odometerKm: (fresh ?? 0) + 5 } });
  if (done.newLeaseId === null) throw new Error(`the exchange is ${done.status}, and no lease has begun`);
  const left = await leaseThat(client, leaseId, 'upgraded', ({ status }) => status === 'upgraded');
  const begun = await client.get('/v1/leases/{id}', { path: { id: done.newLeaseId } });
  const document = await client.get('/v1/agreements/{id}', { path: { id: draft.id } });
  say(
    `  One transaction swaps them: the old lease is ${left.status}, the new one ${begun.status} with ${sum(begun.paid)} paid by the old vehicle. The amendment is ${document.became === 'in_effect' ? 'in effect' : document.status}, and verifies by the code ${document.signature?.code ?? 'none'}.`,
  );
  return begun.id;
}
