import { moves } from '../moves.ts';
import type { VehicleType } from '../vehicles/vehicle.ts';

export const kycStatuses = ['pending', 'in_review', 'approved', 'rejected', 'expired'] as const;
export type KycStatus = (typeof kycStatuses)[number];

export const documentTypes = ['nationalId', 'passport', 'drivingLicence'] as const;
export type DocumentType = (typeof documentTypes)[number];

export const documentKinds = ['idFront', 'idBack', 'selfie', 'drivingLicence', 'proofOfAddress'] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** The kinds every submission needs, by the document it proves. */
const base: Record<DocumentType, readonly DocumentKind[]> = {
  nationalId: ['idFront', 'idBack', 'selfie'],
  passport: ['idFront', 'selfie'],
  drivingLicence: ['drivingLicence', 'selfie'],
};

/**
 * The kinds a vehicle type needs on top. Motorcycles are lent on the identity document alone, since a
 * rider's permit is checked at handover; anything heavier needs the licence before.
 */
const byVehicle: Record<VehicleType, readonly DocumentKind[]> = {
  motorcycle: [],
  car: ['drivingLicence'],
  van: ['drivingLicence'],
  truck: ['drivingLicence', 'proofOfAddress'],
};

/** The kinds that are missing for a submission, and for the types of vehicles that are wanted. */
export function missingDocuments(
  type: DocumentType,
  present: readonly DocumentKind[],
  ...wanted: readonly VehicleType[]
): DocumentKind[] {
  const needed = new Set([...base[type], ...wanted.flatMap((vehicle) => byVehicle[vehicle])]);
  return [...needed].filter((kind) => !present.includes(kind));
}

/** What is missing, in words that name the kinds of this submission and what heavier vehicles need besides. */
export function missingText(missing: readonly DocumentKind[]): string {
  const heavier = Object.entries(byVehicle)
    .filter(([, kinds]) => kinds.length > 0)
    .map(([vehicle, kinds]) => `a ${vehicle} needs ${kinds.join(' and ')}`);
  return `missing: ${missing.join(', ')} (besides, ${heavier.join(', ')})`;
}

/** How a customer's identity check stands, by the submission that says so. */
export interface KycStand {
  /** UUIDv7: the greater one was submitted later. */
  readonly submissionId: string;
  readonly status: KycStatus;
}

/**
 * Which status of a submission may follow which. An approval ends with its last day, or by a later submission; what a
 * person has decided, nothing undoes.
 */
export const { mayFollow } = moves<KycStatus>({
  pending: ['in_review', 'approved', 'rejected', 'expired'],
  in_review: ['approved', 'rejected', 'expired'],
  approved: ['expired'],
  rejected: [],
  expired: [],
});

/** A submission only goes forward through these. */
const progress: Readonly<Record<KycStatus, number>> = {
  pending: 0,
  in_review: 1,
  approved: 2,
  rejected: 2,
  expired: 3,
};

/** The later of two stands, in whatever order they came: of the later submission, or of the same one further on. */
export function laterStand(one: KycStand | null, other: KycStand | null): KycStand | null {
  if (one === null || other === null) return one ?? other;
  if (one.submissionId !== other.submissionId) return one.submissionId > other.submissionId ? one : other;
  return progress[one.status] > progress[other.status] ? one : other;
}
