import { localDate } from '#domain/calendar';
import { localDay } from '../schemas.ts';

export const businessDay = localDay.transform(localDate);
