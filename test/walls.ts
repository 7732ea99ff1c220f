import { dirname, join } from 'node:path';

/**
 * The walls between capabilities, from the ground up: each with those whose use cases and rules it may import, all of
 * which stand before it. Payments know leases, leases know vehicles, the ledger and cases, and never the other way
 * round. One that is not listed is new and stands on top: it may import them all, and none of them imports it.
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
  payments: ['calendars', 'cases', 'ledger', 'leases'],
  notifications: ['cases', 'leases'],
  identity: ['notifications', 'payments'],
  kyc: ['events', 'identity', 'vehicles'],
  credit: ['kyc', 'leases', 'vehicles'],
  support: ['calendars', 'events', 'identity', 'leases', 'notifications'],
  telematics: ['cases', 'events', 'immobilisation', 'leases', 'notifications'],
  statements: ['leases', 'telematics'],
  upgrades: ['credit', 'events', 'leases', 'payments', 'vehicles'],
  webhooks: ['cases', 'events'],
  ussd: ['identity', 'leases', 'notifications', 'payments', 'support', 'telematics', 'vehicles'],
  upkeep: [
    'cases',
    'identity',
    'kyc',
    'leases',
    'notifications',
    'payments',
    'support',
    'telematics',
    'vehicles',
    'webhooks',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

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

/** Imports against the walls: who, what of it, and why it stays. They are of words, but for one. */
export const exceptions: readonly (readonly [from: string, to: RegExp, why: string])[] = [
  [
    'leases',
    /^domain\/payments\/tries\.ts$/,
    'a lease that is started from the books tries when its workflow would have',
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
