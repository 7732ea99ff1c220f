import { dirname, join } from 'node:path';
import { ownersOf } from './audit-trail.ts';

/**
 * The walls between capabilities, from the ground up: each with those whose use cases and rules it may import, all of
 * which stand before it. Payments know leases, leases know vehicles, the ledger and cases. What still goes the other way
 * is listed below, `exceptions` by imports, `stillReached` by rows and `stillAsked` by questions, and only becomes less.
 * One that is not listed is new and stands on top: it may import them all, and none of them imports it.
 */
export const walls = {
  cases: [],
  calendars: [],
  ledger: [],
  vehicles: ['cases'],
  events: ['cases'],
  immobilisation: [],
  leases: ['cases', 'events', 'immobilisation', 'ledger', 'vehicles'],
  portfolio: ['cases', 'leases'],
  payments: ['calendars', 'cases', 'events', 'ledger', 'leases'],
  notifications: ['cases', 'immobilisation', 'leases'],
  identity: ['notifications', 'payments'],
  kyc: ['events', 'identity', 'vehicles'],
  credit: ['kyc', 'leases', 'vehicles'],
  support: ['calendars', 'events', 'identity', 'leases', 'notifications', 'vehicles'],
  telematics: ['cases', 'events', 'immobilisation', 'leases', 'notifications'],
  statements: ['leases', 'telematics'],
  upgrades: ['calendars', 'cases', 'credit', 'events', 'leases', 'ledger', 'payments', 'vehicles'],
  parties: ['cases', 'credit', 'events', 'identity', 'leases', 'notifications', 'support', 'vehicles'],
  collateral: ['cases', 'events', 'leases', 'support'],
  webhooks: ['cases', 'events'],
  ussd: ['identity', 'leases', 'notifications', 'payments', 'support', 'telematics', 'vehicles'],
  upkeep: [
    'cases',
    'collateral',
    'identity',
    'kyc',
    'leases',
    'notifications',
    'parties',
    'payments',
    'support',
    'telematics',
    'upgrades',
    'vehicles',
    'webhooks',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/**
 * The folders of `use-cases/payments/`, from the ground up: each may import those before it. What stands beside them is asked
 * by all, and imports none.
 */
export const paymentFolders = [
  'methods',
  'cash',
  'lines',
  'deciding',
  'suspense',
  'outcomes',
  'inbound',
  'refunds',
  'charging',
  'reconciliation',
  'reversal',
  'sale',
] as const;

/** Files that are of all: who acts, and what everybody tells. Everybody may import them. */
const words: ReadonlySet<string> = new Set([
  'domain/identity/roles.ts',
  'domain/events/catalogue.ts',
  'domain/events/cloud-event.ts',
]);
/** Files that list a thing of each capability: they may import all of them. */
const lists: ReadonlySet<string> = new Set([
  'domain/events/payloads.ts',
  'domain/events/catalogue.ts',
  'use-cases/identity/all-personal-data.ts',
]);

/**
 * Imports against the walls: who, what of it, and why it stays. Where the other may import back, two capabilities know each
 * other (`bothWays`); no two files do, which the linter holds.
 */
export const exceptions: readonly (readonly [from: string, to: RegExp, why: string])[] = [
  [
    'leases',
    /^domain\/payments\/tries\.ts$/,
    'a lease that is started from the books tries when its workflow would have',
  ],
  [
    'leases',
    /^use-cases\/payments\/reallocate\.ts$/,
    'what a payment was for is written with its row, and leases say it under their lock; it calls no lease',
  ],
  [
    'leases',
    /^use-cases\/credit\/ask-again\.ts$/,
    'the card is asked again where an offer binds, under the lock; it calls no lease',
  ],
  [
    'leases',
    /^domain\/credit\/(assessment|wire)\.ts$/,
    'a lease waits for what credit says, and is told it in its words',
  ],
  ['leases', /^domain\/kyc\/submission\.ts$/, 'a lease waits until it is known who its customer is'],
  ['leases', /^domain\/telematics\/immobilisation\/episode\.ts$/, 'what pays a debt has its vehicle move, by one rule'],
  ['immobilisation', /^domain\/telematics\//, 'it is what leases may ask of telematics, and has its rules there'],
  [
    'vehicles',
    /^domain\/leases\/status\.ts$/,
    'one that was given up with its lease goes back to the market by an admin',
  ],
  ['identity', /^domain\/support\/ticket\.ts$/, 'staff have skills for tickets'],
  ['notifications', /^domain\/support\/ticket\.ts$/, 'a text names what its ticket is about'],
];

/** Capabilities that know each other by those exceptions. */
export const bothWays: readonly string[] = [
  'identity and support',
  'immobilisation and telematics',
  'leases and credit',
  'leases and payments',
  'leases and telematics',
  'notifications and support',
  'vehicles and leases',
];

/** The file that a specifier of ours names, from the file that it is in; undefined for what is not ours. */
export function named(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return `${specifier.slice(1).replace(/\.ts$/, '')}.ts`;
  return specifier.startsWith('.') ? join(dirname(path), specifier) : undefined;
}

const inCapability = /^(?:use-cases|domain)\/([\w-]+)\//;
const known: Readonly<Record<string, readonly string[] | undefined>> = walls;

/** Which wall an import of `use-cases/` or `domain/` goes through, as `from > to`; null where it goes through none. */
export function wallThrough(path: string, specifier: string): string | null {
  const to = named(path, specifier);
  const [, from] = inCapability.exec(path) ?? [];
  const [, other] = inCapability.exec(to ?? '') ?? [];
  if (to === undefined || from === undefined || other === undefined || from === other) return null;
  if (lists.has(path) || words.has(to)) return null;
  const may = known[from];
  if (may === undefined || may.includes(other)) return null;
  return exceptions.some(([who, what]) => who === from && what.test(to)) ? null : `${from} > ${other}`;
}

/** The capability of a file of `db/queries/` that has another name; null where it is of all. One that is neither is an error. */
const queriesOf: Readonly<Record<string, string | null | undefined>> = {
  agreements: 'leases',
  branches: 'vehicles',
  'call-list': 'portfolio',
  collections: 'portfolio',
  'dead-letters': 'upkeep',
  deliveries: 'notifications',
  deaths: 'leases',
  demands: 'leases',
  dossiers: 'statements',
  doubts: 'payments',
  figures: 'portfolio',
  geofences: 'telematics',
  guarantees: 'parties',
  immobilisations: 'immobilisation',
  inspections: 'vehicles',
  'kept-vehicles': 'leases',
  'lease-sql': 'leases',
  live: 'telematics',
  'location-views': 'telematics',
  maintenance: 'vehicles',
  outer: null,
  page: null,
  papers: 'vehicles',
  ping: null,
  'payment-states': 'payments',
  quotes: 'leases',
  tenures: 'leases',
  receipts: 'payments',
  reconciliations: 'payments',
  'reported-days': 'payments',
  remittances: 'payments',
  reversals: 'payments',
  'said-gone': 'payments',
  service: 'vehicles',
  'service-levels': 'upkeep',
  suspense: 'payments',
  'taken-back-lines': 'payments',
  texts: 'support',
  'ticket-cases': 'support',
  tickets: 'support',
  tracking: 'telematics',
  trips: 'telematics',
  utilisation: 'portfolio',
  'vehicle-number': 'vehicles',
  'vehicle-place': 'vehicles',
  'vehicle-search': 'vehicles',
  'vehicle-words': 'vehicles',
  waiting: 'vehicles',
  words: null,
};

/** What is still to be parted, with why it is asked for; it may only become less. */
export const stillReached: Readonly<Record<string, string>> = {
  "cases/personal-data.ts: leases's db/queries/tenures": 'a case of a lease is his who had it then',
  "cases/personal-data.ts: payments's attempts": 'a case may name a payment alone, and is whose payment it is',
  "cases/personal-data.ts: payments's inbound": 'the same of money that waits in suspense',
  "immobilisation/command-vehicle.ts: telematics's trackers":
    'a command goes to the tracker that the vehicle has at that moment',
  "leases/credit-shares.ts: payments's attempts":
    "what is left of credit is counted by the payments that brought it, under the lease's lock",
  "leases/credit-shares.ts: payments's inbound": 'whether such a payment can go back to who made it',
  "leases/promise-payment.ts: payments's attempts": 'a promise is kept by what was paid by its day',
  "leases/read-books.ts: payments's attempts":
    'late fees are judged by which money paid which line, and since when it counts',
  "leases/record-application.ts: payments's methods":
    "an application names a number of its customer's, in the same transaction",
  "leases/tell-stopped-settlements.ts: payments's payments.attempts":
    'a settlement has stopped where its quote was paid in part',
  "leases/undo-late-fees.ts: payments's attempts":
    'the money of a fee that is undone goes on to what the payment would have paid',
  "notifications/push-subscriptions.ts: identity's sessions":
    'a browser is pushed to for as long as the session goes on in which it asked',
  "payments/charging/bound-own-payments.ts: identity's users":
    'whoever logs in by a phone is counted apart from who wrote its number down',
  "payments/refunds/much-from-suspense.ts: identity's users":
    'an agent gives out less than an admin, whoever he is by now',
  "payments/personal-data.ts: identity's users": 'money that a number has paid is whose number it is',
  "payments/refunds/return-elsewhere.ts: identity's users": 'credit goes to the number by which its customer logs in',
  "vehicles/begin-inspection.ts: leases's leases": 'an inspection is of the lease that had the vehicle last',
  "vehicles/complete-inspection.ts: leases's leases": 'what the lease is by then says what the inspection is for',
  "vehicles/start-maintenance.ts: leases's leases": 'work on a vehicle that runs is paid back in days of its lease',
  "vehicles/update-vehicle.ts: leases's leases": 'one that was given up with its lease goes back to the market',
  "vehicles/who-holds.ts: leases's leases": 'a hold is known by its lease, and whose that is by the lease alone',
  "vehicles/who-holds.ts: upgrades's upgrades": 'the lease of an exchange has no row before the swap',
};

/** Queries of one above that many files of a capability ask: their answer is known, and not how it is kept. With how many. */
export const stillAsked: Readonly<Record<string, readonly [files: number, why: string]>> = {
  "leases: payments's db/queries/doubts": [
    9,
    'what ends, is charged or is settled waits for money of which nobody knows',
  ],
  "leases: payments's db/queries/payments": [
    9,
    'a lease is told, settled and started again from the books by its payments',
  ],
  "leases: payments's db/queries/said-gone": [1, 'a lease does not end by money that its provider says has gone'],
};

/** Which of `stillAsked` something that is reached above is, or would be. */
export const questionOf = (reached: string): string => reached.replace(/\/.*?: /, ': ');

/**
 * Whose a file of `db/queries/` is; one that is named after who has tables is his, listed here or not.
 *
 * @throws Error for one that is nobody's: nobody could see who reads it
 */
export function ownerOfQueries(file: string, owners: ReadonlySet<string>): string | null {
  const owner = queriesOf[file] === undefined ? file : queriesOf[file];
  if (owner !== null && !(owner in walls) && !owners.has(owner))
    throw new Error(`whose is db/queries/${file}? Say it in test/walls.ts`);
  return owner;
}

/** What use cases know of rows of a capability that stands above theirs: `path: above's table` or `path: above's db/queries/file`. */
export function reachedAbove(sources: ReadonlyMap<string, string>): string[] {
  const owners = ownersOf(sources);
  const [order, ofTables] = [Object.keys(walls), new Set(owners.values())];
  const isAbove = (owner: string, capability: string) =>
    !order.includes(owner) || order.indexOf(owner) > order.indexOf(capability);
  const found = [...sources].flatMap(([path, text]) => {
    const [room, capability = ''] = path.split('/');
    if (room !== 'use-cases' || !order.includes(capability) || lists.has(path)) return [];
    const tables = [
      ...[...text.matchAll(/import (?:type )?\{([^}]*)\} from '#db\/schema\/index'/g)].flatMap(([, names = '']) =>
        names.split(',').map(
          (name) =>
            name
              .trim()
              .replace(/^type /, '')
              .split(' as ')[0] ?? '',
        ),
      ),
      ...[...text.matchAll(/\b[a-z]+\.[a-z_]+\b/g)].map(([name]) => name),
    ].map((name) => [owners.get(name), name] as const);
    const queries = [...text.matchAll(/'#db\/queries\/([\w-]+)'/g)].map(
      ([, file = '']) => [ownerOfQueries(file, ofTables), `db/queries/${file}`] as const,
    );
    return [
      ...new Set(
        [...tables, ...queries].flatMap(([owner, what]) =>
          owner != null && isAbove(owner, capability) ? [`${path.slice('use-cases/'.length)}: ${owner}'s ${what}`] : [],
        ),
      ),
    ];
  });
  return found.toSorted();
}
