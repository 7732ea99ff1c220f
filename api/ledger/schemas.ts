import { localDate } from '#domain/calendar';
import { localDay } from '../schemas.ts';

/** Years that Postgres and people know. */
export const businessDay = localDay
  .refine((day) => day >= '1900-01-01', 'must be a day after 1900')
  .transform(localDate);
