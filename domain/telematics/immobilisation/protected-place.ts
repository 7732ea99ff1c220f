import type { Area } from '../area.ts';
import { Outline } from '../outline.ts';

/** Metres around a protected area that count with it: what GPS errs among buildings, and a road beside its mapped middle. */
const AROUND = 50;

/** Whether a place is where no vehicle is stopped. */
export function isProtected(at: { readonly lat: number; readonly lon: number }, areas: readonly Area[]): boolean {
  return areas.some((area) => {
    const outline = new Outline(area);
    if (!outline.isNear(at, AROUND)) return false;
    const { inside, border } = outline.standing(at);
    return inside || border <= AROUND;
  });
}
