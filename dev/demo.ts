import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Lease } from './api-types.ts';
import { eventually, MarketplaceClient } from './client.ts';
import { leaseThat, login, reallyCharged, takeLease, travel, type Customer } from './journey.ts';
import { exchangesAndReturns } from './demo-exchange.ts';
import { startPlatform } from './platform.ts';
import { SimulatorClient } from './simulator-client.ts';
import { Unit } from './trackers/unit.ts';
import { freePorts, portVariables } from './ports.ts';
import {
  type Stage,
  say,
  chapter,
  day,
  sum,
  arrives,
  chooses,
  tellStart,
  fitted,
  rides,
  eventuallyOnTimeline,
} from './demo-people.ts';

/**
 * Lives some leases through a running platform, over HTTP and MQTT alone, and prints their story. It
 * fails loudly when ledger, leases and what the providers really charged differ by one shilling.
 */
async function perform(stage: Stage): Promise<void> {
  const admin = await login(stage, 'admin@example.com', stage.password);
  const agent = await login(stage, 'agent@example.com', stage.password);
  const amina = await livesToOwnership(stage, admin, agent);
  const brian = await fallsBehindAndMovesAgain(stage, admin, agent);
  const clara = await exchangesAndReturns(stage, { admin, agent });
  await balanceTheBooks(stage, admin, [amina, brian, clara]);
}

interface Lived {
  readonly customer: Customer;
  readonly leaseIds: readonly string[];
}

async function livesToOwnership(stage: Stage, admin: MarketplaceClient, agent: MarketplaceClient): Promise<Lived> {
  chapter('Amina rides to ownership');
  const amina = await arrives(
    stage,
    'Amina Nakato',
    `+25677${stage.run}100`,
    `CF${stage.run}1234567AB`.slice(0, 14).padEnd(14, 'X'),
  );
  const { vehicle, plan } = await chooses(amina, 'monthly');
  const started = await takeLease(amina, agent, vehicle.id, plan.id);
  tellStart(stage, amina, started);
  await rides(stage, agent, amina, started, vehicle.id);

  let lease = started;
  while (lease.status === 'active' && lease.instalmentsPaid < lease.instalmentsTotal) {
    await travel(admin, lease.id, 184);
    lease = await amina.client.get('/v1/leases/{id}', { path: { id: lease.id } });
    say(
      `  ${day(lease.asOf)}: ${lease.instalmentsPaid} of ${lease.instalmentsTotal} instalments, ${sum(lease.paid)} paid; she owns ${lease.ownedPercent} %`,
    );
  }
  if (lease.status !== 'completed' || lease.ownedPercent !== 100)
    throw new Error(`Amina should own her motorcycle, but her lease is ${lease.status}`);
  const bought = await amina.client.get('/v1/vehicles/{id}', { path: { id: vehicle.id } });
  say(`  The ${bought.make} ${bought.model} is ${bought.status}: it is Amina's. Total paid ${sum(lease.paid)}.`);
  return { customer: amina, leaseIds: [lease.id] };
}

async function fallsBehindAndMovesAgain(
  stage: Stage,
  admin: MarketplaceClient,
  agent: MarketplaceClient,
): Promise<Lived> {
  chapter('Brian has a bad month');
  const brian = await arrives(
    stage,
    'Brian Okello',
    `+25678${stage.run}200`,
    `CM${stage.run}7654321CD`.slice(0, 14).padEnd(14, 'X'),
  );
  const { vehicle, plan } = await chooses(brian, 'weekly', true);
  const started = await takeLease(brian, agent, vehicle.id, plan.id);
  tellStart(stage, brian, started);

  await travel(admin, started.id, 22);
  const good = await brian.client.get('/v1/leases/{id}', { path: { id: started.id } });
  say(
    `  ${day(good.asOf)}: three weeks on time, ${sum(good.paid)} paid. Then his wallet runs dry: he switches to a number without money.`,
  );
  const empty = await brian.client.post('/v1/payment-methods', {
    body: { provider: 'mtn', phone: `+25678${stage.run}010` },
  });
  await brian.client.post('/v1/leases/{id}/payment-method', {
    path: { id: started.id },
    body: { paymentMethodId: empty.id },
  });

  await travel(admin, started.id, 12);
  const late = await leaseThat(brian.client, started.id, 'in arrears', ({ status }) => status === 'in_arrears');
  say(
    `  ${day(late.asOf)}: ${late.daysPastDue} days past due, ${sum(late.overdue)} overdue; the lease is ${late.status}.`,
  );
  const { data: tries } = await brian.client.get('/v1/payments', { query: { leaseId: started.id } });
  say(
    `  ${tries.filter(({ status }) => status === 'failed').length} prompts failed for want of money; not one shilling was taken.`,
  );

  const { overdue } = await isStopped(stage, { admin, agent, brian }, started.id, vehicle.id);
  await brian.client.post('/v1/leases/{id}/payment-method', {
    path: { id: started.id },
    body: { paymentMethodId: brian.paymentMethodId },
  });
  const back = await brian.client.get('/v1/leases/{id}', { path: { id: started.id } });
  say(`  He has paid ${sum(overdue)}: the lease is ${back.status} again, he owns ${back.ownedPercent} %.`);
  await travel(admin, started.id, 14);
  const now = await brian.client.get('/v1/leases/{id}', { path: { id: started.id } });
  if (now.status !== 'active' || now.daysPastDue !== 0)
    throw new Error(`Brian should be on time again, but is ${now.status}, ${now.daysPastDue} days late`);
  say(
    `  ${day(now.asOf)}: on time again; next ${now.nextDue === null ? 'nothing' : `${sum(now.nextDue.amount)} on ${now.nextDue.on}`}.`,
  );
  return { customer: brian, leaseIds: [started.id] };
}

/** His motorcycle is warned of, stopped while it is parked and not before, and moves as soon as he has paid by himself. */
async function isStopped(
  stage: Stage,
  {
    admin,
    agent,
    brian,
  }: { readonly admin: MarketplaceClient; readonly agent: MarketplaceClient; readonly brian: Customer },
  leaseId: string,
  vehicleId: string,
): Promise<Lease> {
  const unit = await Unit.fit(stage.mqtt, await fitted(agent, vehicleId));
  try {
    await travel(admin, leaseId, 6);
    const world = new SimulatorClient(stage.simulators);
    const warning = await eventually('the warning', async () => {
      const { data } = await world.get('/sms', { query: { to: brian.phone } });
      return data.find(({ body }) => body.includes('will be stopped when parked'))?.body;
    });
    say(`  He is warned by SMS: "${warning}"`);
    await unit.drives(38);
    await travel(admin, leaseId, 2);
    await unit.drives(38);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    if (unit.stopped) throw new Error('the motorcycle was stopped while it moved');
    say('  The notice is over while he rides at 38 km/h: nothing happens. He parks and turns the key.');
    await unit.drives(0);
    const stopped = await leaseThat(brian.client, leaseId, 'stopped', ({ status }) => status === 'immobilised');
    if (!unit.stopped) throw new Error('the lease says that the motorcycle is stopped, and it is not');
    say(`  ${day(stopped.asOf)}: stopped where it stands, seen at the relay; the lease is ${stopped.status}.`);
    const before = performance.now();
    const { reference, overdue } = stopped;
    await world.post('/pay-bill', { body: { provider: 'mtn', payer: brian.phone, account: reference, ...overdue } });
    await eventually('the motorcycle to start', () => Promise.resolve(unit.stopped ? undefined : true));
    say(
      `  He types *165# and pays ${sum(overdue)} with the reference ${reference}: ${((performance.now() - before) / 1_000).toFixed(2)} s later it starts.`,
    );
    await unit.drives(20);
    await eventuallyOnTimeline(brian.client, leaseId, 'vehicle.mobilised');
    return stopped;
  } finally {
    await unit.leaves();
  }
}

/** What a customer has paid by the payments on his leases, less what was given back; nothing while something is to be. */
async function creditedTo({ client }: Customer, leaseIds: readonly string[]): Promise<number | undefined> {
  let credited = 0;
  for (const leaseId of leaseIds) {
    const lease = await client.get('/v1/leases/{id}', { path: { id: leaseId } });
    if (leaseIds.length > 1 && lease.credit.amount > 0) return undefined;
    const { data } = await client.get('/v1/payments', { query: { leaseId, limit: 100 } });
    for (const { status, kind, provider, amount } of data)
      if (status === 'succeeded' && provider !== 'trade_in')
        credited += kind === 'refund' ? -amount.amount : amount.amount;
  }
  return credited;
}

/** The books, the leases and the simulated providers must agree to the shilling. */
async function balanceTheBooks(stage: Stage, admin: MarketplaceClient, lived: readonly Lived[]): Promise<void> {
  chapter('The books');
  for (const { customer, leaseIds } of lived) {
    const credited = await eventually(`what ${customer.name} is owed to be given back`, () =>
      creditedTo(customer, leaseIds),
    );
    const charged = await reallyCharged(stage, customer.phone);
    say(
      `  ${customer.name}: the provider charged ${charged.toLocaleString('en')}, the books say ${credited.toLocaleString('en')}`,
    );
    if (charged !== credited)
      throw new Error(`${customer.name} was charged ${charged} but ${credited} is in the books`);
    // What a vehicle was taken for pays leases too, and no phone.
    const [only, ...others] = leaseIds;
    if (only === undefined || others.length > 0) continue;
    const { paid, credit } = await customer.client.get('/v1/leases/{id}', { path: { id: only } });
    if (paid.amount + credit.amount !== charged)
      throw new Error(`${customer.name} was charged ${charged} but ${paid.amount + credit.amount} is on the lease`);
  }
  const { currencies } = await admin.get('/v1/ledger/trial-balance');
  for (const { currency, debits, credits } of currencies) {
    say(`  Trial balance ${currency}: debits ${debits.toLocaleString('en')} = credits ${credits.toLocaleString('en')}`);
    if (debits !== credits) throw new Error(`the ledger does not balance in ${currency}`);
  }
  say('\nThe books agree with what the providers really charged.');
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { join: { type: 'boolean', default: false } } });
  const password = process.env['SEED_PASSWORD'] ?? 'rent-to-own';
  const run = String(Math.floor(Date.now() / 1000) % 10_000).padStart(4, '0');
  if (values.join) {
    const port = (name: keyof typeof portVariables, fallback: number) => process.env[name] ?? String(fallback);
    return perform({
      api: `http://localhost:${port('PORT', 3000)}`,
      simulators: `http://localhost:${port('SIMULATOR_PORT', 4010)}`,
      mqtt: `mqtt://localhost:${port('MQTT_PORT', 1883)}`,
      temporalUi: `http://localhost:${port('TEMPORAL_UI_PORT', 8233)}`,
      password,
      run,
    });
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'rent-to-own-demo-'));
  const names = Object.keys(portVariables);
  const ports = await freePorts(8);
  const env = Object.fromEntries(names.map((name, i) => [name, String(ports[i])]));
  const platform = await startPlatform({
    dataDir,
    env: { ...env, SEED_PASSWORD: password },
    log: (line) => process.stderr.write(`${line}\n`),
  });
  try {
    const { api, simulators, mqtt: broker, temporalUi } = platform.urls;
    if (simulators === undefined) throw new Error('the demo needs the simulated providers');
    await perform({ api, simulators, mqtt: broker, temporalUi, password, run });
  } finally {
    await platform.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

await main();
