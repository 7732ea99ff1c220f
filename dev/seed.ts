import { createHash } from 'node:crypto';
import { count, inArray } from 'drizzle-orm';
import { hashPassword } from '#use-cases/identity/password';
import { emit, record, transact, type Context } from '#use-cases/context';
import { connectDatabase, type Database } from '#db/client';
import { plans, users, vehicles } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { marketRules, markets, type Market } from '#domain/markets';
import { minorUnits, money } from '#domain/money';
import { ConfigurationError, loadStoresConfig } from '#platform/config';
import { EXIT_CONFIGURATION } from '#platform/lifecycle';
import { models, places, plans as samplePlans, type SampleModel } from './seed-data.ts';

const seedActor = system('seed');

/** The same sample always has the same id, so that a second run adds nothing and examples can name it. */
export function sampleId(name: string): string {
  const hex = createHash('sha256').update(`rent-to-own sample ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * Fills an empty marketplace with sample vehicles, plans and staff; what is there is left as it is, but that the sample
 * staff have this password.
 */
export async function seed(db: Database, staffPassword: string): Promise<void> {
  const passwordHash = await hashPassword(staffPassword);
  await transact(db, seedActor, new Date(), async (context) => {
    await seedStaff(context, passwordHash);
    await seedPlans(context);
    const [present] = await context.tx.select({ vehicles: count() }).from(vehicles);
    if (present?.vehicles === 0) for (const market of markets) await seedVehicles(context, market);
  });
}

async function seedStaff({ tx }: Context, passwordHash: string): Promise<void> {
  const staff = [
    { role: 'admin', name: 'Sample admin', email: 'admin@example.com' },
    { role: 'agent', name: 'Sample agent', email: 'agent@example.com' },
  ] as const;
  await tx
    .insert(users)
    .values(staff.map((person) => ({ id: sampleId(person.email), passwordHash, ...person })))
    .onConflictDoNothing();
  const ids = staff.map(({ email }) => sampleId(email));
  await tx.update(users).set({ passwordHash }).where(inArray(users.id, ids));
}

async function seedPlans({ tx }: Context): Promise<void> {
  const rows = markets.flatMap((market) =>
    samplePlans.map((plan) => ({
      id: sampleId(`plan ${market} ${plan.name}`),
      market,
      lateFee: null,
      immobiliseNoticeHours: 24,
      components: { vehicle: 86, insurance: 9, tracker: 5 },
      ...plan,
      vehicleTypes: [...plan.vehicleTypes],
    })),
  );
  await tx.insert(plans).values(rows).onConflictDoNothing();
}

async function seedVehicles(context: Context, market: Market): Promise<void> {
  let number = 0;
  for (const model of models) {
    const price = model.price[market];
    if (price === undefined) continue;
    for (let i = 0; i < model.count; i += 1) await seedVehicle(context, market, model, price, (number += 1));
  }
}

async function seedVehicle(
  context: Context,
  market: Market,
  model: SampleModel,
  price: number,
  number: number,
): Promise<void> {
  const { currency } = marketRules(market);
  const id = sampleId(`vehicle ${market} ${number}`);
  const place = places[market][number % places[market].length];
  const row = {
    id,
    type: model.type,
    make: model.make,
    model: model.model,
    year: 2026 - (number % 3),
    market,
    price: price * minorUnits(currency),
    currency,
    registration: `${market === 'UG' ? 'UFK' : market === 'KE' ? 'KMG' : 'RAH'} ${String(100 + number)}${market === 'RW' ? ' ' : ''}${'ABCDEFGH'[number % 8]}`,
    vin: `SAMPLE${market}${String(number).padStart(9, '0')}`,
    place: place?.name ?? null,
    latitude: place?.latitude ?? null,
    longitude: place?.longitude ?? null,
  };
  await context.tx.insert(vehicles).values(row);
  await record(context, { type: 'vehicle.created', subject: id, detail: { market, type: model.type } });
  const data = {
    vehicleId: id,
    type: model.type,
    make: model.make,
    model: model.model,
    market,
    price: money(row.price, currency),
  };
  await emit(context, { type: 'vehicle.created', subject: id, data });
}

/** Everybody may know the password of staff on a database of this machine alone. */
function passwordFor(databaseUrl: string): string {
  const said = process.env['SEED_PASSWORD'];
  if (said !== undefined && said !== '') return said;
  if (['localhost', '127.0.0.1', '[::1]'].includes(new URL(databaseUrl).hostname)) return 'rent-to-own';
  throw new ConfigurationError('SEED_PASSWORD: must name the password of the sample staff');
}

if (import.meta.filename === process.argv[1]) {
  try {
    const config = loadStoresConfig();
    if (config.NODE_ENV === 'production')
      throw new ConfigurationError('NODE_ENV: the samples and their staff are not for production');
    const database = connectDatabase(config.DATABASE_URL, { pool: 1, name: 'seed' });
    await seed(database.db, passwordFor(config.DATABASE_URL)).finally(() => database.close());
  } catch (error) {
    process.stderr.write(`seed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof ConfigurationError ? EXIT_CONFIGURATION : 1;
  }
}
