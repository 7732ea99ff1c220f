import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Callbacks } from './callbacks.ts';
import type { Faults } from './faults.ts';
import type { Seeded } from './random.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';

/** What all routes share. */
export interface Simulator {
  readonly settings: Settings;
  readonly store: Store;
  readonly callbacks: Callbacks;
  readonly faults: Faults;
  readonly random: Seeded;
  /** Signs tokens; the same after a restart. */
  readonly tokenKey: Buffer;
}

export type Environment = { Bindings: HttpBindings };

/** An empty set of routes; `/a` and `/a/` are the same. */
export function routes(): Hono<Environment> {
  return new Hono<Environment>({ strict: false });
}
