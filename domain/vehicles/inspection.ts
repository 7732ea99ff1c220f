import type { VehicleType } from './vehicle.ts';

/** Why a vehicle is looked at. */
export const inspectionOccasions = ['handover', 'return', 'upgrade', 'routine'] as const;
export type InspectionOccasion = (typeof inspectionOccasions)[number];

export const marks = ['good', 'fair', 'poor', 'missing'] as const;
export type Mark = (typeof marks)[number];

/** Whether a vehicle may go on the road, and what state it is in. */
export const results = ['passed', 'failed'] as const;
export const grades = ['A', 'B', 'C', 'D'] as const;
export type Result = (typeof results)[number];
export type Grade = (typeof grades)[number];

/** What nobody drives without: one that is poor or missing fails the vehicle. */
const safety = ['brakes', 'lights', 'tyres', 'steering', 'mirrors', 'horn'] as const;
const every = [...safety, 'frame', 'paint', 'leaks', 'plates', 'tracker', 'documents'] as const;
const cabin = ['seat_belts', 'wipers', 'windows', 'spare_wheel', 'warning_triangle', 'fire_extinguisher'] as const;
const failing: ReadonlySet<string> = new Set([...safety, 'seat_belts']);

const around = ['front', 'back', 'left', 'right', 'odometer'] as const;
export const sides = [...around, 'load_bed', 'damage'] as const;
export type Side = (typeof sides)[number];

interface Checklist {
  readonly items: readonly string[];
  /** A picture of each is needed; others may be taken. */
  readonly pictures: readonly Side[];
}

/** What is looked at, for each type of vehicle. */
export const checklists: Readonly<Record<VehicleType, Checklist>> = {
  motorcycle: { items: [...every, 'chain', 'stand', 'helmets'], pictures: ['left', 'right', 'odometer'] },
  car: { items: [...every, ...cabin], pictures: around },
  van: { items: [...every, ...cabin, 'doors'], pictures: around },
  truck: { items: [...every, ...cabin, 'load_bed', 'speed_governor', 'air_lines'], pictures: [...around, 'load_bed'] },
};

export type Marked = Readonly<Record<string, { readonly mark: Mark; readonly note?: string | undefined }>>;

/** What is wrong with an inspection, by field: what the checklist asks for and is not there, and what it does not know. */
export function lacking(
  type: VehicleType,
  { items, pictures }: { readonly items: Marked; readonly pictures: readonly Side[] },
): readonly { readonly path: string; readonly message: string }[] {
  const list = checklists[type];
  return [
    ...list.items
      .filter((item) => items[item] === undefined)
      .map((item) => ({ path: `items.${item}`, message: 'is needed' })),
    ...Object.keys(items)
      .filter((item) => !list.items.includes(item))
      .map((item) => ({ path: `items.${item}`, message: `is not on the checklist of a ${type}` })),
    ...list.pictures
      .filter((side) => !pictures.includes(side))
      .map((side) => ({ path: `pictures.${side}`, message: 'a picture is needed' })),
  ];
}

/**
 * What an inspection comes to. A vehicle fails, with a D, where something that nobody drives without is poor or missing.
 * Otherwise it is an A with nothing worse than good, a B with up to a fifth of it fair, and a C with more, or with anything
 * poor or missing.
 */
export function inspectionOutcome(items: Marked): { readonly result: Result; readonly grade: Grade } {
  const all = Object.entries(items);
  const isBad = (mark: Mark) => mark === 'poor' || mark === 'missing';
  if (all.some(([item, { mark }]) => failing.has(item) && isBad(mark))) return { result: 'failed', grade: 'D' };
  if (all.some(([, { mark }]) => isBad(mark))) return { result: 'passed', grade: 'C' };
  const fair = all.filter(([, { mark }]) => mark === 'fair').length;
  return { result: 'passed', grade: fair === 0 ? 'A' : fair * 5 <= all.length ? 'B' : 'C' };
}
