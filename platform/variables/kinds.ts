import { z } from 'zod';

/** What several variables of the environment want. */
export const port = z.coerce.number().int().min(0).max(65_535);
export const url = z.url();
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
export const secret = z.string().min(1);
