import type { Market } from '#domain/markets';
import type { Plan } from '#domain/vehicles/plan';
import type { VehicleType } from '#domain/vehicles/vehicle';

/** What the sample marketplace offers. Prices are whole shillings or francs. */
export interface SampleModel {
  readonly type: VehicleType;
  readonly make: string;
  readonly model: string;
  readonly price: Readonly<Partial<Record<Market, number>>>;
  /** How many stand in each market. */
  readonly count: number;
}

export const models: readonly SampleModel[] = [
  {
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Boxer BM 100',
    price: { UG: 5_400_000, KE: 158_000, RW: 1_750_000 },
    count: 3,
  },
  { type: 'motorcycle', make: 'TVS', model: 'HLX 125', price: { UG: 5_900_000, KE: 172_000, RW: 1_900_000 }, count: 2 },
  {
    type: 'motorcycle',
    make: 'Spiro',
    model: 'Ekon 450 electric',
    price: { UG: 6_600_000, KE: 195_000, RW: 2_100_000 },
    count: 2,
  },
  { type: 'car', make: 'Toyota', model: 'Vitz', price: { UG: 29_500_000, KE: 1_050_000 }, count: 2 },
  { type: 'car', make: 'Nissan', model: 'Note', price: { UG: 31_000_000, KE: 1_120_000 }, count: 1 },
  { type: 'van', make: 'Toyota', model: 'HiAce', price: { UG: 62_000_000, KE: 2_350_000 }, count: 2 },
  { type: 'truck', make: 'Isuzu', model: 'NKR', price: { UG: 118_000_000, KE: 4_400_000 }, count: 1 },
  { type: 'truck', make: 'Mitsubishi', model: 'Canter', price: { UG: 105_000_000, KE: 3_900_000 }, count: 1 },
];

/** Where the vehicles of a market stand. */
export const places: Readonly<
  Record<Market, readonly { readonly name: string; readonly latitude: number; readonly longitude: number }[]>
> = {
  UG: [
    { name: 'Kampala, Nakasero', latitude: 0.3205, longitude: 32.5796 },
    { name: 'Kampala, Ntinda', latitude: 0.3546, longitude: 32.6125 },
    { name: 'Entebbe', latitude: 0.0512, longitude: 32.4637 },
  ],
  KE: [
    { name: 'Nairobi, Industrial Area', latitude: -1.3031, longitude: 36.8511 },
    { name: 'Nairobi, Westlands', latitude: -1.2676, longitude: 36.8108 },
    { name: 'Mombasa', latitude: -4.0435, longitude: 39.6682 },
  ],
  RW: [{ name: 'Kigali, Kicukiro', latitude: -1.9706, longitude: 30.1044 }],
};

type SamplePlan = Omit<Plan, 'id' | 'market' | 'lateFee' | 'components' | `${string}Hours`>;

/** Offered in every market. */
export const plans: readonly SamplePlan[] = [
  {
    name: 'Daily, two years',
    vehicleTypes: ['motorcycle'],
    frequency: 'daily',
    instalments: 728,
    depositPercent: 10,
    markupPercent: 45,
    graceDays: 3,
    immobiliseAfterDaysPastDue: 7,
  },
  {
    name: 'Weekly, one year',
    vehicleTypes: ['motorcycle', 'car'],
    frequency: 'weekly',
    instalments: 52,
    depositPercent: 15,
    markupPercent: 28,
    graceDays: 3,
    immobiliseAfterDaysPastDue: 10,
  },
  {
    name: 'Monthly, two years',
    vehicleTypes: ['motorcycle', 'car', 'van', 'truck'],
    frequency: 'monthly',
    instalments: 24,
    depositPercent: 20,
    markupPercent: 38,
    graceDays: 5,
    immobiliseAfterDaysPastDue: 14,
  },
];
