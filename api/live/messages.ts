import { z } from 'zod';
import type { LiveWhereabouts } from '#db/queries/live';
import { sinceFix } from '#domain/telematics/since-fix';
import { text } from '../schemas.ts';

/** Vehicles that one message names, and that one connection follows. */
const MOST_NAMED = 1_000;
export const MOST_FOLLOWED = 5_000;

const named = z.array(z.string().max(64)).max(MOST_NAMED).default([]);

/** What a client says. */
export const clientMessage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('subscribe'),
    vehicleIds: named,
    events: z.boolean().default(false),
    /** What changes in the catalogue: which vehicles are reserved, free again, or have another price. */
    catalogue: z.boolean().default(false),
    /** Only events of a higher position; without it those since the connection was opened. */
    after: z.int().min(0).optional(),
    /** Why staff look: the customer who has the vehicle sees it. */
    reason: text().optional(),
  }),
  z.strictObject({
    type: z.literal('unsubscribe'),
    vehicleIds: named,
    events: z.boolean().default(false),
    catalogue: z.boolean().default(false),
  }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

/** A message with a vehicle's position. */
export function positionMessage(vehicleId: string, position: NonNullable<LiveWhereabouts['position']>): string {
  const { lat, lon, ignition, ts } = position;
  return JSON.stringify({ type: 'position', vehicleId, lat, lon, ignition, ts, ...sinceFix(position) });
}
