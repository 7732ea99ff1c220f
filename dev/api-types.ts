// Made from docs/openapi.json by `npm run openapi`: what each call takes and answers.

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  requestId: string;
  errors?: Array<{ path: string; message: string }>;
  asOf?: string;
}

export interface Session {
  accessToken: string;
  /** Good once; using it again ends the session */
  refreshToken: string;
  tokenType: 'Bearer';
  /** Seconds that the access token lives */
  expiresIn: number;
  user: User;
}

export interface User {
  id: string;
  role: 'customer' | 'agent' | 'admin';
  name: string;
  market: 'UG' | 'KE' | 'RW' | null;
  email: string | null;
  phone: string | null;
  language: string;
  /** What the customer says to earn in a month */
  monthlyIncome: { amount: number; currency: 'UGX' | 'KES' | 'RWF' } | null;
  disabled: boolean;
  /** Of staff */
  desk: {
    markets: Array<'UG' | 'KE' | 'RW'>;
    /** A branch of one of its markets */
    branchId: string | null;
    skills: Array<'accident' | 'theft' | 'breakdown' | 'tampering' | 'payment' | 'arrears' | 'documents' | 'account' | 'complaint' | 'other'>;
    level: 'agent' | 'team_lead' | 'manager';
  } | null;
  createdAt: string;
}

export type Me = User & {
  /** The address that I want to have, until I confirm it by the code that was sent there */
  emailPending: {
    email: string;
    /** POST /me/email/resend sends another code */
    codeExpiresAt: string;
    /** When it is forgotten unless it is confirmed */
    expiresAt: string;
  } | null;
};

export interface KycDocument {
  id: string;
  kind: 'idFront' | 'idBack' | 'selfie' | 'drivingLicence' | 'proofOfAddress';
  sha256: string;
  /** Bytes */
  size: number;
}

export interface UnderWay {
  status: 'under_way';
  /** Where the outcome will be seen; the Location of the answer too */
  lookAt: string;
  detail: string;
}

export interface KycSubmissionRequest {
  documentType: 'nationalId' | 'passport' | 'drivingLicence';
  documentNumber: string;
  country: string;
  consent: { granted: true; noticeVersion: string };
  documents: Array<string>;
  /** Asks for what this type needs besides; what an open application is for is asked for by itself */
  vehicleType?: 'motorcycle' | 'car' | 'van' | 'truck';
  /** Last valid day of the document */
  documentExpiresOn?: string;
  /** For staff, who hand in what a customer without a smartphone gives them; his own need none */
  customerId?: string;
}

export interface KycSubmission {
  id: string;
  userId: string;
  status: 'pending' | 'in_review' | 'approved' | 'rejected' | 'expired';
  documentType: 'nationalId' | 'passport' | 'drivingLicence';
  /** Masked but for staff */
  documentNumber: string;
  country: string;
  documents: Array<KycDocument & { mediaType: string }>;
  consent: { noticeVersion: string; grantedAt: string };
  /** Why it was rejected or has expired */
  reason: string | null;
  submittedAt: string;
  decidedAt: string | null;
  /** First day on which the approval no longer holds */
  expiresOn: string | null;
  renewableFrom: string | null;
  /** For staff only */
  review?: {
    why: string | null;
    /** End of the service level */
    dueAt: string | null;
    verdict: { state: string; reason: string | null } | null;
    decidedBy: string | null;
  };
}

export interface CreditAssessment {
  id: string;
  leaseId: string;
  customerId: string;
  status: 'approved' | 'referred' | 'declined';
  /** 300 to 850 */
  score: number;
  tier: 'A' | 'B' | 'C' | 'D';
  reasons: Array<{ code: string; points: number; text: string }>;
  conditions: { depositPercent?: number; guarantor?: boolean; instalments?: number } | null;
  scorecardVersion: string;
  decisionReason: string | null;
  decidedAt: string | null;
  createdAt: string;
  /** For staff only */
  decidedBy?: string | null;
}

export type FoundVehicle = Vehicle & {
  /** From `near` to where it stands for sale */
  distanceKm: number | null;
  /** The least instalment of its plans, or of those of `frequency` */
  instalmentFrom: {
    planId: string;
    frequency: 'daily' | 'weekly' | 'monthly';
    amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  } | null;
};

export interface Money { amount: number; currency: 'UGX' | 'KES' | 'RWF' }

export interface Photograph {
  id: string;
  /** The widest JPEG, as in `photos` */
  url: string;
  sizes: Array<{
    type: 'image/webp' | 'image/jpeg';
    /** Pixels */
    width: number;
    height: number;
    url: string;
  }>;
}

export interface Vehicle {
  id: string;
  type: 'motorcycle' | 'car' | 'van' | 'truck';
  make: string;
  model: string;
  year: number;
  market: 'UG' | 'KE' | 'RW';
  price: Money;
  /** Null while it is leased, but for its lessee and staff; so are place, branch and speed limit */
  registration: string | null;
  /** Null while it is leased, but for its lessee and staff; so are place, branch and speed limit */
  vin: string | null;
  /** Null while it is leased, but for its lessee and staff; so are place, branch and speed limit */
  odometerKm: number | null;
  status: 'available' | 'reserved' | 'leased' | 'maintenance' | 'sold' | 'retired';
  speedLimitKph: number | null;
  /** Where it stands for sale; for its lessee, and for staff while nobody has it, where the tracker saw it, at `at` */
  location: { lat: number; lon: number; place: string | null; at: string | null } | null;
  /** Where it belongs to */
  branchId: string | null;
  features: Array<string>;
  photos: Array<string>;
  /** Those of `photos` that are kept here, in their sizes */
  photographs: Array<Photograph>;
  createdAt: string;
  updatedAt: string;
}

export interface Facets {
  total: number;
  type: Array<{ value: string; count: number }>;
  market: Array<{ value: string; count: number }>;
  make: Array<{ value: string; count: number }>;
  status: Array<{ value: string; count: number }>;
  feature: Array<{ value: string; count: number }>;
  /** For each currency */
  price: Array<{
    least: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    most: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  }>;
}

export interface ImportReport {
  lines: number;
  created: number;
  changed: number;
  unchanged: number;
  /** Of a dry run; otherwise what is wrong is 422, and nothing is written */
  errors: Array<{ line: number; field: string; message: string }>;
}

export interface VehiclePaper {
  id: string;
  vehicleId: string;
  kind: 'logbook' | 'insurance' | 'inspection_certificate' | 'import_papers' | 'purchase_invoice' | 'other';
  number: string | null;
  validFrom: string | null;
  /** The last valid day; null for one without an end */
  validUntil: string | null;
  mediaType: string;
  sha256: string;
  /** Bytes */
  size: number;
  createdAt: string;
}

export interface Maintenance {
  id: string;
  vehicleId: string;
  kind: 'service' | 'repair' | 'inspection' | 'recall' | 'cleaning' | 'other';
  status: 'booked' | 'started' | 'done' | 'cancelled';
  from: string;
  until: string;
  reason: string;
  /** Whose customer had the vehicle when the work began */
  leaseId: string | null;
  startedAt: string | null;
  endedAt: string | null;
  /** Days beyond the allowance, which the customer is owed */
  creditDays: number;
  /** `given` as a pause of the lease; `refused` is a case */
  credit: 'none' | 'due' | 'given' | 'refused';
  createdAt: string;
}

export interface Quote {
  deposit: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  instalment: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  instalments: number;
  frequency: 'daily' | 'weekly' | 'monthly';
  /** The deposit and all instalments */
  total: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  /** What one instalment is made of */
  components: {
    vehicle?: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    insurance?: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    tracker?: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    maintenance?: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    battery?: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    interest?: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    principal?: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  };
  keyFacts: KeyFacts;
}

export interface KeyFacts {
  /** What it would cost at once */
  price: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  deposit: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  /** What somebody else pays of the price */
  subsidy: { amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' }; by: string } | null;
  /** The price less the subsidy and the deposit */
  financed: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  instalments: number;
  frequency: 'daily' | 'weekly' | 'monthly';
  /** Deposit and all instalments */
  totalCost: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  /** The total less what of the price is the customer's */
  costOfCredit: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  effectiveAnnualRate: {
    eu: {
      /** A year, two decimals; null beyond 10,000 */
      percent: number | null;
      formula: 'Effective annual rate: Directive 2008/48/EC annex I, Directive (EU) 2023/2225 annex III';
    };
    us: {
      /** A year, two decimals; null beyond 10,000 */
      percent: number | null;
      formula: 'Nominal annual rate, actuarial method: Regulation Z, 12 CFR 1026 appendix J';
    };
  };
  example: {
    handedOverOn: string;
    /** The first three lines and the last one */
    lines: Array<{
      number: number;
      dueOn: string;
      amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
      components: Record<string, { amount: number; currency: 'UGX' | 'KES' | 'RWF' }>;
    }>;
  };
  whenLate: {
    graceDays: number;
    fee: {
      amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
      cap: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    } | null;
    /** The stricter of plan and the market's law; null where no law is entered */
    immobilisation: { afterDaysPastDue: number | null; noticeHours: number; afterTwoThirds: boolean } | null;
    repossession: { afterDaysPastDue: number; noticeDays: number };
  };
  twoThirds: {
    paid: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    /** With which it is paid by the schedule; 0: with the deposit */
    instalment: number;
    /** Whether from then on only a court orders that the vehicle is taken back: the market's law */
    needsCourt: boolean;
  };
  /** What owning it costs after half of the instalments, as an example */
  settlingEarly: {
    afterInstalments: number;
    amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    saved: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  };
  texts: {
    en?: {
      cost?: string;
      rate?: string;
      example?: string;
      late?: string;
      twoThirds?: string;
      leaving?: string;
      settling?: string;
    };
    lg?: {
      cost?: string;
      rate?: string;
      example?: string;
      late?: string;
      twoThirds?: string;
      leaving?: string;
      settling?: string;
    };
    sw?: {
      cost?: string;
      rate?: string;
      example?: string;
      late?: string;
      twoThirds?: string;
      leaving?: string;
      settling?: string;
    };
    rw?: {
      cost?: string;
      rate?: string;
      example?: string;
      late?: string;
      twoThirds?: string;
      leaving?: string;
      settling?: string;
    };
  };
}

export interface VehicleChange {
  /** On the lease's clock where its lease moved it */
  at: string;
  type: string;
  actor: { role: string; id: string };
  status?: {
    from: 'available' | 'reserved' | 'leased' | 'maintenance' | 'sold' | 'retired' | null;
    to: 'available' | 'reserved' | 'leased' | 'maintenance' | 'sold' | 'retired';
  } | null;
  price?: { from: { amount: number; currency: 'UGX' | 'KES' | 'RWF' } | null; to: Money } | null;
  reason?: string | null;
}

export interface Checklist {
  type: 'motorcycle' | 'car' | 'van' | 'truck';
  items: Array<string>;
  pictures: Array<'front' | 'back' | 'left' | 'right' | 'odometer' | 'load_bed' | 'damage'>;
}

export interface Inspection {
  id: string;
  vehicleId: string;
  /** The lease that has the vehicle, or had it last */
  leaseId: string | null;
  occasion: 'handover' | 'return' | 'upgrade' | 'routine';
  inspectedBy: string;
  items: Record<string, { mark: 'good' | 'fair' | 'poor' | 'missing'; note?: string }> | null;
  odometerKm: number | null;
  result: 'passed' | 'failed' | null;
  grade: 'A' | 'B' | 'C' | 'D' | null;
  notes: string | null;
  pictures: Array<InspectionPicture>;
  createdAt: string;
  /** Null while it is under way */
  completedAt: string | null;
}

export interface InspectionPicture {
  id: string;
  side: 'front' | 'back' | 'left' | 'right' | 'odometer' | 'load_bed' | 'damage';
  mediaType: string;
  sha256: string;
  size: number;
}

export interface Queue {
  waiting: number;
  /** Of a customer his own alone */
  places: Array<WaitingPlace>;
}

export interface WaitingPlace {
  id: string;
  vehicleId: string;
  customerId: string;
  /** `called`: the vehicle is his to take until `until` */
  status: 'waiting' | 'called';
  /** From 1 */
  place: number;
  createdAt: string;
  until: string | null;
}

export interface Branch {
  id: string;
  name: string;
  market: 'UG' | 'KE' | 'RW';
  location: { lat: number; lon: number; place: string | null };
  createdAt: string;
}

export interface Service {
  vehicleId: string;
  /** Its last service; null for none yet */
  servicedOn: string | null;
  /** By its trackers, since then */
  drivenKm: number;
  /** Below 0 where it is overdue */
  dueInKm: number;
  /** At the latest */
  dueOn: string;
  due: boolean;
}

export interface Plan {
  id: string;
  name: string;
  vehicleTypes: Array<'motorcycle' | 'car' | 'van' | 'truck'>;
  frequency: 'daily' | 'weekly' | 'monthly';
  instalments: number;
  depositPercent: number;
  markupPercent: number;
  graceDays: number;
  lateFee: { amount: number; cap: number } | null;
  immobiliseAfterDaysPastDue: number | null;
  immobiliseNoticeHours: number;
  offerHours: number;
  signHours: number;
  depositHours: number;
  /** Days for which collection waits for a stolen vehicle; null: it does not */
  theftPauseDays: number | null;
  /** Days of relief for hardship within 365; null: none */
  hardshipDays: number | null;
  /** Days past due beyond which whoever answers for the lease is called upon */
  guarantorAfterDaysPastDue: number;
  /** How many applications a customer has open at most, with the one by this plan */
  applicationsAtOnce: number;
  /** Of the price: the most that he answers for */
  guarantorPercent: number;
  /** Who bears what an insurer does not pay of a vehicle that is lost for good */
  totalLossGap: 'customer' | 'house';
  components: { vehicle?: number; insurance?: number; tracker?: number; maintenance?: number; battery?: number };
  /** The least deposit in minor units, whatever the percentage is */
  depositAmount: number | null;
  /** `markup` on what is paid over time, or interest on the balance that is left */
  method: 'markup' | 'declining';
  /** Nominal, for `declining` alone, whose `markupPercent` is 0 */
  annualRatePercent: number | null;
  /** So many Sundays of a month, the first ones, have no line of a daily plan */
  daysOffPerMonth: number;
  /** Percent of an ordinary instalment by month, 1 to 12; the total stays */
  season: {
    1?: number;
    2?: number;
    3?: number;
    4?: number;
    5?: number;
    6?: number;
    7?: number;
    8?: number;
    9?: number;
    10?: number;
    11?: number;
    12?: number;
  } | null;
  /** `instalment` is what it came to for a lease */
  earnings: { sharePercent: number; floor: number; ceiling: number; instalment?: number } | null;
  /** What somebody else pays of the price */
  subsidy: { amount: number; by: string } | null;
  market: 'UG' | 'KE' | 'RW';
  active: boolean;
}

export interface Holiday {
  /** Of one that was entered; null where the law has it */
  id: string | null;
  market: 'UG' | 'KE' | 'RW';
  date: string;
  name: string;
  /** The law, or `entered` */
  source: string;
}

export interface Lease {
  id: string;
  /** What a customer types when paying by himself */
  reference: string;
  status: 'applied' | 'verifying' | 'assessing' | 'offered' | 'reserved' | 'awaiting_deposit' | 'awaiting_handover' | 'active' | 'in_arrears' | 'immobilised' | 'paused' | 'stolen' | 'completed' | 'settled_early' | 'upgraded' | 'returned' | 'repossessed' | 'written_off' | 'total_loss' | 'declined' | 'withdrawn' | 'lapsed';
  customerId: string;
  vehicleId: string;
  paymentMethodId: string;
  backupMethodIds: Array<string>;
  quietHours: { from: number; until: number } | null;
  pausedUntil: string | null;
  /** Before the handover: an agent has the vehicle held until then, on the lease’s clock */
  holdExtendedUntil: string | null;
  restructuredOn: string | null;
  /** Days past due when it was restructured last; its due dates begin anew then */
  arrearsRestructured: number | null;
  promisedOn: string | null;
  plan: {
    id: string;
    name: string;
    vehicleTypes: Array<'motorcycle' | 'car' | 'van' | 'truck'>;
    frequency: 'daily' | 'weekly' | 'monthly';
    instalments: number;
    depositPercent: number;
    markupPercent: number;
    graceDays: number;
    lateFee: { amount: number; cap: number } | null;
    immobiliseAfterDaysPastDue: number | null;
    immobiliseNoticeHours: number;
    offerHours: number;
    signHours: number;
    depositHours: number;
    /** Days for which collection waits for a stolen vehicle; null: it does not */
    theftPauseDays: number | null;
    /** Days of relief for hardship within 365; null: none */
    hardshipDays: number | null;
    /** Days past due beyond which whoever answers for the lease is called upon */
    guarantorAfterDaysPastDue: number;
    /** How many applications a customer has open at most, with the one by this plan */
    applicationsAtOnce: number;
    /** Of the price: the most that he answers for */
    guarantorPercent: number;
    /** Who bears what an insurer does not pay of a vehicle that is lost for good */
    totalLossGap: 'customer' | 'house';
    components: { vehicle?: number; insurance?: number; tracker?: number; maintenance?: number; battery?: number };
    /** The least deposit in minor units, whatever the percentage is */
    depositAmount: number | null;
    /** `markup` on what is paid over time, or interest on the balance that is left */
    method: 'markup' | 'declining';
    /** Nominal, for `declining` alone, whose `markupPercent` is 0 */
    annualRatePercent: number | null;
    /** So many Sundays of a month, the first ones, have no line of a daily plan */
    daysOffPerMonth: number;
    /** Percent of an ordinary instalment by month, 1 to 12; the total stays */
    season: {
      1?: number;
      2?: number;
      3?: number;
      4?: number;
      5?: number;
      6?: number;
      7?: number;
      8?: number;
      9?: number;
      10?: number;
      11?: number;
      12?: number;
    } | null;
    /** `instalment` is what it came to for a lease */
    earnings: { sharePercent: number; floor: number; ceiling: number; instalment?: number } | null;
    /** What somebody else pays of the price */
    subsidy: { amount: number; by: string } | null;
    market: 'UG' | 'KE' | 'RW';
  };
  market: 'UG' | 'KE' | 'RW';
  currency: 'UGX' | 'KES' | 'RWF';
  price: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  deposit: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  instalment: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  frequency: 'daily' | 'weekly' | 'monthly';
  instalmentsTotal: number;
  instalmentsPaid: number;
  totalPrice: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  /** Deposit and instalments, without fees */
  paid: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  outstanding: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  overdue: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  feesDue: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  credit: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  /** Taken back by a provider after it was used or given back */
  disputed: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  daysPastDue: number;
  bucket: 'current' | '1-7' | '8-30' | '31-60' | '61-90' | '90+';
  ownedPercent: number;
  twoThirdsPaid: boolean;
  nextDue: { on: string; amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' } } | null;
  /** The credit was given on somebody who answers for the lease, and nobody has consented to: it is not signed before */
  lacksGuarantor: boolean;
  agreementSignedAt: string | null;
  handedOverAt: string | null;
  completedAt: string | null;
  endedAt: string | null;
  createdAt: string;
  /** The lease's own clock */
  asOf: string;
}

export interface ScheduleLine {
  number: number;
  dueOn: string;
  amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  paid: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  outstanding: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  waived: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  status: 'upcoming' | 'due' | 'partly_paid' | 'paid' | 'overdue' | 'waived';
  components: Record<string, { amount: number; currency: 'UGX' | 'KES' | 'RWF' }>;
}

export interface TimelineEntry {
  at: string;
  type: string;
  status: 'applied' | 'verifying' | 'assessing' | 'offered' | 'reserved' | 'awaiting_deposit' | 'awaiting_handover' | 'active' | 'in_arrears' | 'immobilised' | 'paused' | 'stolen' | 'completed' | 'settled_early' | 'upgraded' | 'returned' | 'repossessed' | 'written_off' | 'total_loss' | 'declined' | 'withdrawn' | 'lapsed' | null;
  actor: { role: string; id: string };
  detail: Record<string, unknown>;
}

export interface Agreement {
  id: string;
  /** `amendment`: another vehicle, its price and its schedule. `takeover`: of whoever takes a lease over. `guarantee`: of whoever answers for one */
  kind: 'agreement' | 'amendment' | 'takeover' | 'guarantee';
  status: 'draft' | 'signed';
  /** Whose terms these are; of an amendment the one that begins with the swap */
  leaseId: string;
  /** Of an amendment: the lease that is left */
  fromLeaseId: string | null;
  upgradeId: string | null;
  transferId: string | null;
  guaranteeId: string | null;
  /** Who signs it */
  customerId: string;
  language: 'en' | 'lg' | 'sw' | 'rw';
  /** Market, language and version of what it was written by */
  template: string;
  deposit: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  totalPrice: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  /** The most that its signer owes by it, of a `takeover` or a `guarantee`: what is left to pay, or his cap */
  liability: { amount: number; currency: 'UGX' | 'KES' | 'RWF' } | null;
  draftedOn: string;
  /** Of the terms, as HTML before they are signed: it is what is signed */
  sha256: string;
  createdAt: string;
  signedAt: string | null;
  /** `in_effect`: the vehicle was handed over by it, the lease made over, or somebody answers for a lease that runs. `void`: it never came about, or another one was signed instead. Null while that is open */
  became: 'in_effect' | 'void' | null;
  becameAt: string | null;
  signature: {
    /** Null once the customer was erased */
    name: string | null;
    by: 'code' | 'login' | 'pin';
    channel: 'sms' | 'ussd';
    /** Verifies the document at `/verify/{code}` */
    code: string;
    htmlSha256: string;
    pdfSha256: string;
  } | null;
}

export interface SchedulePreview {
  frequency: 'daily' | 'weekly' | 'monthly';
  instalment: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  totalPrice: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  outstanding: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  lastDueOn: string | null;
  lines: Array<ScheduleLine>;
}

export interface Payment {
  id: string;
  leaseId: string;
  kind: 'deposit' | 'instalment' | 'fee' | 'settlement' | 'refund' | 'cash' | 'inbound';
  provider: string;
  paymentMethodId: string | null;
  payerMasked: string;
  amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  /** What its provider took back of it in parts, where the rest stands, or was taken back last */
  takenBack?: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  status: 'pending' | 'succeeded' | 'failed' | 'unknown' | 'reversed';
  reason: string | null;
  attempt: number;
  refundOf: string | null;
  providerReference: string | null;
  allocation: Array<{
    component: string;
    instalment: number | null;
    amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    /** Of credit paid out in cash: the payment that brought it */
    of?: string;
  }>;
  requestedAt: string;
  settledAt: string | null;
  /** The local day on which it was paid; null until it is known */
  valueOn: string | null;
  /** Of cash: the earlier day on which the agent says that he took it, whether it was confirmed or not */
  claimedOn: string | null;
}

export interface SettlementQuote {
  id: string;
  leaseId: string;
  amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  /** What paying to the end would cost more */
  saved: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  /** On the lease's own clock */
  validUntil: string;
}

export interface ClaimPayment {
  id: string;
  leaseId: string;
  caseId: string;
  amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  left: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
}

export interface Demand {
  id: string;
  leaseId: string;
  /** `arrears`: before the vehicle may be taken back. `redemption`: before one that was may be sold */
  kind: 'arrears' | 'redemption';
  amount: Money;
  demandedOn: string;
  /** The first day on which the vehicle may be taken back, or sold */
  until: string;
  language: 'en' | 'lg' | 'sw' | 'rw';
  /** Verifies the paper at `/v1/verify/{code}` */
  code: string;
  sha256: string;
  createdAt: string;
}

export interface Statement {
  reference: string;
  currency: 'UGX' | 'KES' | 'RWF';
  /** Local date on the lease's own clock */
  asOf: string;
  ownedPercent: number;
  totals: {
    paid: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    outstanding: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    overdue: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    feesDue: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    credit: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  };
  entries: Array<{
    at: string;
    /** When it was posted */
    on: string;
    /** When it was paid: earlier, where that became known later */
    valueOn: string;
    kind: string;
    description: string;
    /** Charged */
    debit: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    /** Paid or forgiven */
    credit: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    /** Owed after it, fees included, less the deposit held and credit */
    balance: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    /** What it was for; it sums to the credit where there is one, else to the debit */
    split: Array<{
      component: 'deposit' | 'vehicle' | 'insurance' | 'tracker' | 'maintenance' | 'battery' | 'interest' | 'principal' | 'fee' | 'recovery' | 'disputed' | 'credit';
      amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    }>;
  }>;
}

export interface Ownership {
  asOf: string;
  ownedPercent: number;
  /** Deposit and instalments: the value of what is owned */
  paid: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  totalPrice: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  outstanding: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  explanation: string;
  twoThirdsPaid: boolean;
  twoThirdsAt: {
    paid: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    missing: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  };
  /** What owning the vehicle today costs; null where there is nothing to settle */
  settleToday: {
    amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    saved: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  } | null;
  /** What giving the vehicle back today costs; null where there is nothing to leave */
  leaveToday: {
    amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    refund: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    kept: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    forgiven: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  } | null;
}

export interface TheftDossier {
  /** The theft, the vehicle with its newest positions from two days before on, who had it, and whose it is */
  dossier: {
    document: 'theft_dossier';
    code: string;
    issuedAt: string;
    lease: string;
    theft: Record<string, unknown>;
    vehicle: Record<string, unknown>;
    ownership: Record<string, unknown>;
    holder: Record<string, unknown>;
    positions: Array<Record<string, unknown>>;
    morePositions: boolean;
  };
  /** Compact JWS (ES256) whose payload is the dossier, by a key of /.well-known/jwks.json */
  signature: string;
}

export interface Verification {
  code: string;
  document: 'statement' | 'theft_dossier' | 'demand' | 'agreement' | 'amendment' | 'takeover' | 'guarantee';
  /** Whether what is on record of it is what was signed; only then is the rest told */
  unaltered: boolean;
  format: string | null;
  issuedAt: string | null;
  /** Of the file that was given out, hexadecimal: the one in your hand is unaltered if it has the same */
  sha256: string | null;
  /** Of an agreement: of the terms that were signed, as HTML without the signature beneath them */
  termsSha256: string | null;
  /** Of an agreement: of its HTML; `sha256` is of its PDF */
  htmlSha256: string | null;
  /** Of an agreement: market, language and version */
  template: string | null;
  /** Of an agreement: whether it took effect, or never came about or was replaced; null while that is open */
  became: 'in_effect' | 'void' | null;
  becameAt: string | null;
  /** Of the key of /.well-known/jwks.json that signed it */
  kid: string | null;
}

export interface IssuedStatement {
  code: string;
  reference: string;
  format: 'csv' | 'pdf';
  issuedAt: string;
  asOf: string;
  totals: {
    paid: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    outstanding: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    overdue: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    feesDue: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    credit: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  };
  /** Of the file, hexadecimal */
  sha256: string;
  /** Compact JWS (ES256) over these facts, by a key of /.well-known/jwks.json */
  signature: string;
  kid: string;
}

export interface PaymentMethod { id: string; provider: 'mtn' | 'airtel' | 'mpesa'; masked: string; createdAt: string }

export interface Float {
  agentId: string;
  balances: Array<{
    balance: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    declared: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    limit: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  }>;
}

export interface Remittance {
  id: string;
  agentId: string;
  amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  status: 'declared' | 'confirmed' | 'rejected';
  reference: string | null;
  declaredAt: string;
  declaredBy: string;
  decidedAt: string | null;
  reason: string | null;
}

export interface Suspense {
  id: string;
  provider: 'mtn' | 'airtel' | 'mpesa';
  providerReference: string;
  payerMasked: string;
  /** What the customer typed */
  account: string;
  /** What is here: all that was paid, less `wentBack` and `claimed` */
  amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  /** What has paid what who had the lease before owes */
  claimed: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  /** What went back to whoever had paid it while a wrong lease had it */
  wentBack: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  paidAt: string;
  receivedAt: string;
  status: 'announced' | 'refuted' | 'suspense' | 'posted' | 'charge' | 'returning' | 'returned';
  leaseId: string | null;
  paymentId: string | null;
  resolvedAt: string | null;
  /** How far the newest try to send it back to whoever had paid it has got */
  giveBack: {
    id: string;
    status: 'pending' | 'succeeded' | 'failed' | 'unknown';
    /** Why it failed */
    reason: 'no_funds' | 'declined' | 'no_subscriber' | 'over_limit' | 'expired' | 'blocked' | 'wrong_pin' | 'not_confirmed' | 'provider_error' | 'not_sent' | 'not_due' | null;
    providerReference: string | null;
    requestedAt: string;
    settledAt: string | null;
  } | null;
  suggestions: Array<{ leaseId: string; why: string }>;
}

export interface Case {
  id: string;
  kind: string;
  leaseId: string | null;
  paymentId: string | null;
  status: 'open' | 'closed';
  openedAt: string;
  closedAt: string | null;
  closedBy: string | null;
  resolution: string | null;
  /** The tickets that go with it, the first first */
  ticketIds: Array<string>;
  detail: Record<string, unknown>;
}

export interface Reconciliation {
  id: string;
  provider: 'mtn' | 'airtel' | 'mpesa';
  /** null: all markets of the provider */
  market: 'UG' | 'KE' | 'RW' | null;
  /** On the wall of the provider's market */
  date: string;
  status: 'running' | 'balanced' | 'differences' | 'failed';
  matched: number;
  differences: Array<{
    kind: 'missing_here' | 'missing_there' | 'differs';
    market: 'UG' | 'KE' | 'RW';
    receipt: string | null;
    /** Of money that went back: with which it came */
    originalReceipt?: string | null;
    paymentId: string | null;
    leaseId: string | null;
    statementAmount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' } | null;
    ledgerAmount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' } | null;
    /** As the statement says, of what is missing in the books */
    paidAt?: string;
    caseId: string | null;
    /** How the statement itself remedied it: a payment of ours that it proves, one nobody announced, or one that the provider took back out of suspense */
    remedy: 'found' | 'taken_in' | 'taken_back' | null;
  }>;
  totals: Array<{
    market: 'UG' | 'KE' | 'RW';
    matched: number;
    statement: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    ledger: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    /** When the last line was made that the books have: the statement vouches for what lies before it */
    until?: string;
    /** Unknown charges that the statement does not list, and that it does not decide: it ends before them, or has not all, and is read again */
    waiting?: number;
    /** Lines of the statement that nobody can read, of a kind that is not known, or of no sum: the case `statement_unread` */
    unread?: number;
  }>;
  failure: string | null;
  requestedBy: string | null;
  startedAt: string;
  finishedAt: string | null;
}

export interface TrialBalance {
  /** Business date, inclusive; null: everything posted */
  asOf: string | null;
  currencies: Array<{ currency: 'UGX' | 'KES' | 'RWF'; debits: number; credits: number }>;
  accounts: Array<LedgerAccount>;
}

export interface LedgerAccount {
  id: string;
  name: string;
  currency: 'UGX' | 'KES' | 'RWF';
  debits: number;
  credits: number;
  /** Debits less credits */
  balance: number;
}

export interface LedgerAccountWithEntries {
  id: string;
  name: string;
  currency: 'UGX' | 'KES' | 'RWF';
  debits: number;
  credits: number;
  /** Debits less credits */
  balance: number;
  entries: Array<{
    transferId: string;
    book: string;
    sequence: number;
    on: string;
    valueOn: string;
    at: string;
    kind: string;
    description: string;
    cause: Record<string, string>;
    actor: { role: string; id: string };
    /** A debit is positive, a credit negative */
    amount: number;
    /** Of the account, after this entry */
    balance: number;
  }>;
  nextCursor: string | null;
}

export interface Transfer {
  id: string;
  /** Whose journal it is in */
  book: string;
  /** 1, 2, 3 … in its book, without gaps */
  sequence: number;
  key: string;
  kind: string;
  leaseId: string | null;
  /** Business date */
  on: string;
  /** The day from which it counts */
  valueOn: string;
  at: string;
  description: string;
  cause: Record<string, string>;
  actor: { role: string; id: string };
  reverses: string | null;
  reversedBy: string | null;
  createdAt: string;
  entries: Array<{ accountId: string; account: string; amount: number; currency: 'UGX' | 'KES' | 'RWF' }>;
}

export interface PortfolioAtRisk {
  asOf: string;
  by: 'market' | 'product' | 'vintage';
  groups: Array<{
    group: { key: string; name: string };
    currency: 'UGX' | 'KES' | 'RWF';
    /** That run */
    leases: number;
    outstanding: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    atRisk: Array<{
      /** At least so many days past due */
      days: 1 | 7 | 30 | 90;
      leases: number;
      /** The whole outstanding of these leases */
      amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
      /** Of the outstanding of all, in hundredths of a percent */
      basisPoints: number;
    }>;
    /** Outstanding of leases that run and were restructured, late or not: their days past due began anew */
    restructured: { leases: number; amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' }; basisPoints: number };
    writtenOff: {
      leases: number;
      amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
      recovered: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    };
  }>;
  /** One for each currency */
  totals: Array<{
    currency: 'UGX' | 'KES' | 'RWF';
    /** That run */
    leases: number;
    outstanding: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    atRisk: Array<{
      /** At least so many days past due */
      days: 1 | 7 | 30 | 90;
      leases: number;
      /** The whole outstanding of these leases */
      amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
      /** Of the outstanding of all, in hundredths of a percent */
      basisPoints: number;
    }>;
    /** Outstanding of leases that run and were restructured, late or not: their days past due began anew */
    restructured: { leases: number; amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' }; basisPoints: number };
    writtenOff: {
      leases: number;
      amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
      recovered: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    };
  }>;
}

export interface LeasesByStage {
  asOf: string;
  stages: Array<{
    market: 'UG' | 'KE' | 'RW';
    status: 'applied' | 'verifying' | 'assessing' | 'offered' | 'reserved' | 'awaiting_deposit' | 'awaiting_handover' | 'active' | 'in_arrears' | 'immobilised' | 'paused' | 'stolen' | 'completed' | 'settled_early' | 'upgraded' | 'returned' | 'repossessed' | 'written_off' | 'total_loss' | 'declined' | 'withdrawn' | 'lapsed';
    leases: number;
    outstanding: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    overdue: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  }>;
}

export interface CollectionReport {
  periods: Array<{
    /** Its first local day */
    from: string;
    market: 'UG' | 'KE' | 'RW';
    /** Of the instalments due in it, by the schedules as they are now */
    due: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    /** For instalments, by value date, less what was taken back; fees and deposits are none of it */
    received: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    /** Received of due, in hundredths of a percent */
    receivedBasisPoints: number;
    /** What was expected of it `lead` days before each of its days; null where that was not kept of all */
    foreseen: { amount: number; currency: 'UGX' | 'KES' | 'RWF' } | null;
  }>;
}

export interface CollectionForecast {
  market: 'UG' | 'KE' | 'RW';
  /** Of what was due in the last thirty days, how much came in; null where nothing was */
  rateBasisPoints: number | null;
  days: Array<{
    on: string;
    due: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    /** Due and not paid ahead, by that rate */
    expected: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  }>;
}

export interface Vintages {
  vintages: Array<{
    vintage: string;
    market: 'UG' | 'KE' | 'RW';
    leases: number;
    price: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    months: Array<{
      /** Since the month of the handover, which is 0 */
      month: number;
      /** Until the end of that month, deposit included */
      collected: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
      collectedBasisPoints: number;
      writtenOff: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
      recovered: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
      /** Written off less recovered, of the price of all */
      lossBasisPoints: number;
    }>;
  }>;
}

export interface Promises {
  promises: Array<{
    market: 'UG' | 'KE' | 'RW';
    status: 'open' | 'kept' | 'broken' | 'superseded';
    promises: number;
    amount: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  }>;
  /** Kept of kept and broken, by number */
  keptBasisPoints: number;
}

export interface Utilisation {
  months: Array<{
    month: string;
    market: 'UG' | 'KE' | 'RW';
    /** The branch that they belong to now */
    branchId: string | null;
    branch: string | null;
    type: 'motorcycle' | 'car' | 'van' | 'truck';
    /** That were in the fleet for any time of it */
    vehicles: number;
    /** Days of 24 hours of all of them together */
    leased: number;
    /** Days of 24 hours of all of them together */
    reserved: number;
    /** Days of 24 hours of all of them together */
    available: number;
    /** Days of 24 hours of all of them together */
    maintenance: number;
    /** Of all these days, in hundredths of a percent */
    leasedBasisPoints: number;
  }>;
}

export interface CallList {
  data: Array<{
    leaseId: string;
    reference: string;
    market: 'UG' | 'KE' | 'RW';
    status: 'applied' | 'verifying' | 'assessing' | 'offered' | 'reserved' | 'awaiting_deposit' | 'awaiting_handover' | 'active' | 'in_arrears' | 'immobilised' | 'paused' | 'stolen' | 'completed' | 'settled_early' | 'upgraded' | 'returned' | 'repossessed' | 'written_off' | 'total_loss' | 'declined' | 'withdrawn' | 'lapsed';
    customer: { id: string; name: string; phone: string | null; language: string };
    vehicleId: string;
    daysPastDue: number;
    overdue: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
    /** The most pressing first. `call_again`: It was agreed to ring again today, or before. `promise_broken`: A promise to pay was broken in the last week. `first_instalment_missed`: Nothing but the deposit was ever paid, and an instalment is late. `immobilise_soon`: The vehicle may be stopped within three days. `tracker_silent`: It is late, and its tracker is silent. `prompts_declined`: It is late, and the last three prompts were refused. `immobilised`: The vehicle is stopped. `in_arrears`: It is late beyond the grace of its plan. */
    reasons: Array<'call_again' | 'promise_broken' | 'first_instalment_missed' | 'immobilise_soon' | 'tracker_silent' | 'prompts_declined' | 'immobilised' | 'in_arrears'>;
    lastCall: {
      on: string;
      outcome: 'reached' | 'promised' | 'no_answer' | 'wrong_number' | 'refused' | 'call_again';
    } | null;
  }>;
  /** Always null: whoever was rung leaves the list, and others move up */
  nextCursor: null;
}

export interface Call {
  id: string;
  leaseId: string;
  outcome: 'reached' | 'promised' | 'no_answer' | 'wrong_number' | 'refused' | 'call_again';
  callAgainOn: string | null;
  by: string;
  at: string;
}

export interface CloudEvent {
  specversion: '1.0';
  id: string;
  source: string;
  type: 'user.created' | 'user.erased' | 'kyc.submitted' | 'kyc.approved' | 'kyc.rejected' | 'vehicle.created' | 'vehicle.changed' | 'vehicle.paper.lapsing' | 'vehicle.queue.called' | 'vehicle.queue.delayed' | 'vehicle.queue.gone' | 'vehicle.reserved' | 'vehicle.released' | 'payment.plan.created' | 'payment.completed' | 'payment.failed' | 'payment.held' | 'payment.sent_back' | 'lease.account_changed' | 'lease.days_not_credited' | 'lease.schedule_changed' | 'payment.overdue' | 'credit.approved' | 'credit.rejected' | 'credit.referred' | 'lease.offered' | 'lease.signed' | 'lease.activated' | 'lease.paused' | 'lease.in_arrears' | 'lease.completed' | 'lease.terminated' | 'telematics.risk.detected' | 'vehicle.immobilised' | 'vehicle.mobilised' | 'support.ticket.created' | 'support.ticket.updated' | 'support.ticket.escalated' | 'upgrade.requested' | 'upgrade.approved' | 'upgrade.requoted' | 'upgrade.lapsing' | 'upgrade.extended' | 'upgrade.completed' | 'upgrade.ended' | 'death.reported' | 'death.confirmed' | 'death.refuted' | 'hardship.decided' | 'guarantor.invited' | 'guarantor.consented' | 'guarantor.ended' | 'guarantor.called' | 'transfer.proposed' | 'transfer.ended' | 'transfer.completed' | 'lease.demanded' | 'lease.redeemed' | 'lease.vehicle_sold' | 'collateral.opened' | 'collateral.done' | 'collateral.dropped' | 'collateral.overdue';
  /** The lease's, vehicle's or user's id */
  subject: string;
  /** On the lease's clock where there is a lease */
  time: string;
  datacontenttype: 'application/json';
  leaseid?: string;
  /** Its place among all events: what to go on after */
  position: number;
  /** Its place among those of its subject, from 1 on, without gaps */
  sequence: number;
  data: Record<string, unknown>;
}

export interface EventType {
  type: 'user.created' | 'user.erased' | 'kyc.submitted' | 'kyc.approved' | 'kyc.rejected' | 'vehicle.created' | 'vehicle.changed' | 'vehicle.paper.lapsing' | 'vehicle.queue.called' | 'vehicle.queue.delayed' | 'vehicle.queue.gone' | 'vehicle.reserved' | 'vehicle.released' | 'payment.plan.created' | 'payment.completed' | 'payment.failed' | 'payment.held' | 'payment.sent_back' | 'lease.account_changed' | 'lease.days_not_credited' | 'lease.schedule_changed' | 'payment.overdue' | 'credit.approved' | 'credit.rejected' | 'credit.referred' | 'lease.offered' | 'lease.signed' | 'lease.activated' | 'lease.paused' | 'lease.in_arrears' | 'lease.completed' | 'lease.terminated' | 'telematics.risk.detected' | 'vehicle.immobilised' | 'vehicle.mobilised' | 'support.ticket.created' | 'support.ticket.updated' | 'support.ticket.escalated' | 'upgrade.requested' | 'upgrade.approved' | 'upgrade.requoted' | 'upgrade.lapsing' | 'upgrade.extended' | 'upgrade.completed' | 'upgrade.ended' | 'death.reported' | 'death.confirmed' | 'death.refuted' | 'hardship.decided' | 'guarantor.invited' | 'guarantor.consented' | 'guarantor.ended' | 'guarantor.called' | 'transfer.proposed' | 'transfer.ended' | 'transfer.completed' | 'lease.demanded' | 'lease.redeemed' | 'lease.vehicle_sold' | 'collateral.opened' | 'collateral.done' | 'collateral.dropped' | 'collateral.overdue';
  /** Whose id `subject` is */
  about: 'lease' | 'vehicle' | 'user';
  heardBy: Array<'everybody' | 'customer' | 'integrators' | 'staff'>;
  /** JSON Schema (draft 2020-12) of `data` */
  schema: Record<string, unknown>;
}

export interface WebhookDelivery {
  id: string;
  webhookId: string;
  /** What is sent as `webhook-id`, at every try */
  eventId: string;
  type: 'user.created' | 'user.erased' | 'kyc.submitted' | 'kyc.approved' | 'kyc.rejected' | 'vehicle.created' | 'vehicle.changed' | 'vehicle.paper.lapsing' | 'vehicle.queue.called' | 'vehicle.queue.delayed' | 'vehicle.queue.gone' | 'vehicle.reserved' | 'vehicle.released' | 'payment.plan.created' | 'payment.completed' | 'payment.failed' | 'payment.held' | 'payment.sent_back' | 'lease.account_changed' | 'lease.days_not_credited' | 'lease.schedule_changed' | 'payment.overdue' | 'credit.approved' | 'credit.rejected' | 'credit.referred' | 'lease.offered' | 'lease.signed' | 'lease.activated' | 'lease.paused' | 'lease.in_arrears' | 'lease.completed' | 'lease.terminated' | 'telematics.risk.detected' | 'vehicle.immobilised' | 'vehicle.mobilised' | 'support.ticket.created' | 'support.ticket.updated' | 'support.ticket.escalated' | 'upgrade.requested' | 'upgrade.approved' | 'upgrade.requoted' | 'upgrade.lapsing' | 'upgrade.extended' | 'upgrade.completed' | 'upgrade.ended' | 'death.reported' | 'death.confirmed' | 'death.refuted' | 'hardship.decided' | 'guarantor.invited' | 'guarantor.consented' | 'guarantor.ended' | 'guarantor.called' | 'transfer.proposed' | 'transfer.ended' | 'transfer.completed' | 'lease.demanded' | 'lease.redeemed' | 'lease.vehicle_sold' | 'collateral.opened' | 'collateral.done' | 'collateral.dropped' | 'collateral.overdue' | 'webhook.test';
  subject: string;
  sequence: number | null;
  status: 'pending' | 'delivered' | 'dead';
  deadFor: 'gone' | 'endpoint_disabled' | 'not_taken' | null;
  tries: number;
  createdAt: string;
  nextAt: string | null;
  settledAt: string | null;
}

export type WebhookDeliveryWithLog = WebhookDelivery & {
  body: Record<string, unknown>;
  log: Array<{
    number: number;
    at: string;
    milliseconds: number;
    status: number | null;
    answer: string | null;
    error: string | null;
  }>;
};

export interface Webhook {
  id: string;
  url: string;
  description: string | null;
  types: Array<'user.created' | 'user.erased' | 'kyc.submitted' | 'kyc.approved' | 'kyc.rejected' | 'vehicle.created' | 'vehicle.changed' | 'vehicle.paper.lapsing' | 'vehicle.queue.called' | 'vehicle.queue.delayed' | 'vehicle.queue.gone' | 'vehicle.reserved' | 'vehicle.released' | 'payment.plan.created' | 'payment.completed' | 'payment.failed' | 'payment.held' | 'payment.sent_back' | 'lease.account_changed' | 'lease.days_not_credited' | 'lease.schedule_changed' | 'payment.overdue' | 'credit.approved' | 'credit.rejected' | 'credit.referred' | 'lease.offered' | 'lease.signed' | 'lease.activated' | 'lease.paused' | 'lease.in_arrears' | 'lease.completed' | 'lease.terminated' | 'telematics.risk.detected' | 'vehicle.immobilised' | 'vehicle.mobilised' | 'support.ticket.created' | 'support.ticket.updated' | 'support.ticket.escalated' | 'upgrade.requested' | 'upgrade.approved' | 'upgrade.requoted' | 'upgrade.lapsing' | 'upgrade.extended' | 'upgrade.completed' | 'upgrade.ended' | 'death.reported' | 'death.confirmed' | 'death.refuted' | 'hardship.decided' | 'guarantor.invited' | 'guarantor.consented' | 'guarantor.ended' | 'guarantor.called' | 'transfer.proposed' | 'transfer.ended' | 'transfer.completed' | 'lease.demanded' | 'lease.redeemed' | 'lease.vehicle_sold' | 'collateral.opened' | 'collateral.done' | 'collateral.dropped' | 'collateral.overdue'> | null;
  status: 'active' | 'disabled';
  disabledFor: 'gone' | 'unreachable' | 'operator' | null;
  /** Verifies the signatures `v1a` */
  publicKey: string;
  /** When it took the test; before that it is sent nothing else */
  verifiedAt: string | null;
  failingSince: string | null;
  createdAt: string;
  updatedAt: string;
}

export type WebhookWithSecret = Webhook & {
  /** Verifies the signatures `v1`; told this once */
  secret: string;
};

export interface DeadLetter {
  id: string;
  kind: 'callback' | 'telemetry' | 'webhook' | 'workflow' | 'notification' | 'unit_word';
  reason: string;
  at: string;
  ageSeconds: number;
  leaseId: string | null;
  detail: Record<string, unknown>;
  /** What it looks like, without what it says of somebody; of a webhook for admins alone */
  payload?: unknown;
  redrivable: boolean;
}

export interface Tracker {
  id: string;
  vehicleId: string;
  kind: 'native' | 'owntracks' | 'teltonika' | 'traccar';
  serial: string | null;
  online: boolean | null;
  lastSeenAt: string | null;
  relayProvenAt: string | null;
  createdAt: string;
}

export type FittedTracker = TrackerCredential & {
  /** What may be wrong, and was taken all the same */
  warnings: Array<string>;
};

export interface TrackerCredential {
  id: string;
  username: string;
  /** Shown this once */
  password: string;
  /** Of its dialect; null where that has none */
  topics: { telemetry: string; status: string | null; commands: string | null; ack: string | null };
}

export interface QuarantinedMessage {
  id: string;
  trackerId: string | null;
  topic: string;
  reason: string;
  size: number;
  receivedAt: string;
}

export interface Position {
  vehicleId: string;
  trackerId: string;
  lat: number;
  lon: number;
  speedKph: number | null;
  heading: number | null;
  ignition: boolean | null;
  /** When the ignition was said, where that was after `ts`, without a place: speed and heading are not known then */
  ignitionAt?: string;
  suspect: boolean;
  ts: string;
  receivedAt: string;
}

export interface Trip {
  vehicleId: string;
  startedAt: string;
  endedAt: string;
  start: { lat: number; lon: number };
  end: { lat: number; lon: number };
  distanceKm: number;
  movingSeconds: number;
  underWay: boolean;
}

export interface Odometer { vehicleId: string; drivenKm: number; days: Array<{ day: string; distanceKm: number }> }

export interface RiskEvent {
  id: string;
  type: 'speeding' | 'geofence_exit' | 'geofence_enter' | 'tampering' | 'power_cut' | 'tow' | 'harsh_braking' | 'harsh_acceleration' | 'low_battery' | 'offline' | 'online' | 'impossible_jump' | 'crash' | 'jamming' | 'wrong_country' | 'harsh_cornering' | 'idle_too_long' | 'clock_ahead' | 'clock_behind';
  severity: 'low' | 'medium' | 'high' | 'critical';
  vehicleId: string;
  trackerId: string;
  leaseId: string | null;
  occurredAt: string;
  endedAt: string | null;
  position: { lat: number; lon: number } | null;
  details: Record<string, unknown>;
  acknowledgedAt: string | null;
}

export interface Geofence {
  id: string;
  name: string;
  polygon: Area;
  rule: 'stay_inside' | 'stay_outside' | 'protected';
  vehicleIds: Array<string> | null;
  market: 'UG' | 'KE' | 'RW' | null;
  inForceFrom: string;
  createdAt: string;
  updatedAt: string;
}

export type Area = { type: 'Polygon'; coordinates: Array<Array<Array<number>>> } | { type: 'MultiPolygon'; coordinates: Array<Array<Array<Array<number>>>> };

export interface NewGeofence {
  name: string;
  polygon: Area;
  rule: 'stay_inside' | 'stay_outside' | 'protected';
  vehicleIds?: Array<string> | null;
  market?: 'UG' | 'KE' | 'RW' | null;
}

export interface GeofenceChanges {
  name?: string;
  polygon?: Area;
  rule?: 'stay_inside' | 'stay_outside' | 'protected';
  vehicleIds?: Array<string> | null;
  market?: 'UG' | 'KE' | 'RW' | null;
}

export interface LocationView {
  id: string;
  at: string;
  vehicleId: string;
  leaseId: string;
  what: 'position' | 'positions' | 'trips' | 'odometer' | 'live' | 'theft_dossier' | 'risk_events';
  by: { role: 'customer' | 'agent' | 'admin'; name: string };
  /** Null where none was given */
  reason: string | null;
}

export interface Ticket {
  id: string;
  customerId: string;
  market: 'UG' | 'KE' | 'RW';
  status: 'open' | 'waiting' | 'resolved' | 'merged';
  category: 'accident' | 'theft' | 'breakdown' | 'tampering' | 'payment' | 'arrears' | 'documents' | 'account' | 'complaint' | 'other';
  priority: 'urgent' | 'high' | 'normal' | 'low';
  /** Null once its customer was erased */
  subject: string | null;
  leaseId: string | null;
  paymentId: string | null;
  vehicleId: string | null;
  assigneeId: string | null;
  /** In office hours of the market; null while the clock stands; once it was answered as it was then */
  firstAnswerDueAt: string | null;
  firstAnsweredAt: string | null;
  /** In office hours of the market; null while the clock stands; once it was resolved as it was then */
  resolutionDueAt: string | null;
  resolvedAt: string | null;
  /** While it waits for the customer: when it is resolved without him; any answer of his opens it again */
  waitEndsAt: string | null;
  mergedIntoId: string | null;
  rating: number | null;
  createdAt: string;
  updatedAt: string;
  /** For staff only */
  staff?: {
    branchId: string | null;
    /** The case that it goes with, which names it in `ticketIds` */
    caseId: string | null;
    cause: { type: string; eventId: string } | null;
    escalatesAt: string | null;
    escalation: {
      level: 'team_lead' | 'manager';
      at: string;
      reason: 'first_answer_overdue' | 'answer_overdue' | 'resolution_overdue' | 'by_hand';
      toId: string | null;
    } | null;
  };
}

export interface TicketWithMessages {
  id: string;
  customerId: string;
  market: 'UG' | 'KE' | 'RW';
  status: 'open' | 'waiting' | 'resolved' | 'merged';
  category: 'accident' | 'theft' | 'breakdown' | 'tampering' | 'payment' | 'arrears' | 'documents' | 'account' | 'complaint' | 'other';
  priority: 'urgent' | 'high' | 'normal' | 'low';
  /** Null once its customer was erased */
  subject: string | null;
  leaseId: string | null;
  paymentId: string | null;
  vehicleId: string | null;
  assigneeId: string | null;
  /** In office hours of the market; null while the clock stands; once it was answered as it was then */
  firstAnswerDueAt: string | null;
  firstAnsweredAt: string | null;
  /** In office hours of the market; null while the clock stands; once it was resolved as it was then */
  resolutionDueAt: string | null;
  resolvedAt: string | null;
  /** While it waits for the customer: when it is resolved without him; any answer of his opens it again */
  waitEndsAt: string | null;
  mergedIntoId: string | null;
  rating: number | null;
  createdAt: string;
  updatedAt: string;
  /** For staff only */
  staff?: {
    branchId: string | null;
    /** The case that it goes with, which names it in `ticketIds` */
    caseId: string | null;
    cause: { type: string; eventId: string } | null;
    escalatesAt: string | null;
    escalation: {
      level: 'team_lead' | 'manager';
      at: string;
      reason: 'first_answer_overdue' | 'answer_overdue' | 'resolution_overdue' | 'by_hand';
      toId: string | null;
    } | null;
  };
  /** Oldest first */
  messages: Array<TicketMessage>;
}

export interface TicketMessage {
  id: string;
  author: 'customer' | 'staff' | 'system';
  /** For staff only */
  authorId?: string;
  body: string;
  /** Between staff: customers never see it */
  internal: boolean;
  attachments: Array<TicketAttachment>;
  createdAt: string;
}

export interface TicketAttachment {
  id: string;
  mediaType: string;
  sha256: string;
  /** Bytes */
  size: number;
}

export interface TicketRequest {
  category: 'accident' | 'theft' | 'breakdown' | 'tampering' | 'payment' | 'arrears' | 'documents' | 'account' | 'complaint' | 'other';
  subject: string;
  message: string;
  attachments?: Array<string>;
  leaseId?: string;
  paymentId?: string;
  vehicleId?: string;
  /** By staff: whose it is */
  customerId?: string;
  /** By staff, where the rule of the category does not fit */
  priority?: 'urgent' | 'high' | 'normal' | 'low';
  /** By staff: a branch of its market */
  branchId?: string;
  /** By staff: the case of money that it goes with */
  caseId?: string;
}

export interface TicketMacro { id: string; name: string; language: string; body: string; createdAt: string; updatedAt: string }

export interface Immobilisation {
  id: string;
  vehicleId: string;
  leaseId: string | null;
  cause: 'arrears' | 'staff' | 'theft' | 'relay_test' | 'stray';
  /** `awaiting_confirmation`: another member of staff confirms it; `waiting`: for the vehicle to stand with its ignition off; `stopped` and `ended` are seen at its output */
  state: 'warned' | 'awaiting_confirmation' | 'waiting' | 'stopping' | 'stopped' | 'starting' | 'ended';
  emergencyUntil: string | null;
}

export interface VehicleCommand {
  id: string;
  type: 'immobilise' | 'mobilise' | 'locate';
  /** `succeeded` is seen at the output of the relay alone */
  state: 'created' | 'sent' | 'acknowledged' | 'succeeded' | 'failed' | 'rejected' | 'expired';
  reason: string | null;
  issuedAt: string;
  expiresAt: string;
  observedAt: string | null;
}

export interface MarketRule {
  id: string;
  market: 'UG' | 'KE' | 'RW';
  /** The first local day on which it holds */
  effectiveFrom: string;
  leastDaysPastDue: number;
  noticeHours: number;
  fromHour: number;
  untilHour: number;
  stopsAfterTwoThirds: boolean;
  /** Days between the written notice of arrears and the day on which a vehicle may be taken back */
  repossessionNoticeDays?: number;
  /** Whether only a court orders that a vehicle is taken back once two thirds are paid */
  courtAfterTwoThirds?: boolean;
  /** Days after a written demand before which a vehicle that was taken back is not sold */
  saleDaysAfterDemand: number;
  /** Whether a customer still owes what such a sale has not brought */
  isShortfallOwed?: boolean;
  source: string;
  /** The rule in whose place it was entered */
  corrects: string | null;
  /** Since when another is in its place, and it holds no more */
  correctedAt: string | null;
}

export interface MarketRuleCorrection {
  /** The first local day on which it holds */
  effectiveFrom: string;
  leastDaysPastDue: number;
  noticeHours: number;
  fromHour: number;
  untilHour: number;
  stopsAfterTwoThirds: boolean;
  /** Days between the written notice of arrears and the day on which a vehicle may be taken back */
  repossessionNoticeDays?: number;
  /** Whether only a court orders that a vehicle is taken back once two thirds are paid */
  courtAfterTwoThirds?: boolean;
  /** Days after a written demand before which a vehicle that was taken back is not sold */
  saleDaysAfterDemand: number;
  /** Whether a customer still owes what such a sale has not brought */
  isShortfallOwed?: boolean;
  source: string;
  /** Why, for the audit */
  reason: string;
}

export interface Guarantee {
  id: string;
  leaseId: string;
  /** Of the lease: what whoever pays for it types */
  reference: string;
  vehicleId: string;
  part: 'customer' | 'guarantor' | 'staff';
  status: 'invited' | 'consented' | 'refused' | 'withdrawn' | 'released' | 'lapsed';
  cap: Money;
  /** What he has paid of it, by the phone that he has or was asked by */
  paid: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  totalPrice: Money;
  /** For whom: told to whoever answers for him, or is asked to, and to staff */
  customerName: string | null;
  /** Null for the customer: he knows whom he has named */
  guarantorId: string | null;
  /** The local day on which he was called upon last */
  calledOn: string | null;
  reason: string | null;
  expiresAt: string;
  consentedAt: string | null;
  endedAt: string | null;
  createdAt: string;
}

export interface CollateralStep {
  id: string;
  leaseId: string;
  vehicleId: string;
  kind: 'registration' | 'amendment' | 'discharge' | 'title';
  status: 'open' | 'done' | 'dropped';
  register: string;
  /** Where the step comes from */
  law: string;
  /** False where the days are the house’s own */
  isTermOfLaw: boolean;
  /** The last local day on which it may be done */
  dueOn: string;
  isLate: boolean;
  doneOn: string | null;
  /** What the register calls it */
  reference: string | null;
  /** Why nothing has to be done */
  reason: string | null;
  closedAt: string | null;
  createdAt: string;
}

export interface LeaseTransfer {
  id: string;
  leaseId: string;
  vehicleId: string;
  status: 'proposed' | 'accepted' | 'completed' | 'declined' | 'refused' | 'withdrawn' | 'rejected' | 'lapsed';
  /** What whoever asks has to do with it: the lease is, or was, his, or it is offered to him */
  part: 'from' | 'to' | 'staff';
  /** Its customer has died: nobody but an admin agrees to it */
  isEstate: boolean;
  /** False while its customer has not agreed to what an agent proposed */
  isAgreed: boolean;
  /** Null for whoever takes it over */
  fromCustomerId: string | null;
  /** Null for whoever had it, and until it is accepted */
  toCustomerId: string | null;
  /** What is paid of the vehicle, and goes with the lease: by now, or when it was made over; null where nothing came of it */
  paid: { amount: number; currency: 'UGX' | 'KES' | 'RWF' } | null;
  /** What is owed of it then */
  outstanding: { amount: number; currency: 'UGX' | 'KES' | 'RWF' } | null;
  /** Null once it is over */
  instalment: { amount: number; currency: 'UGX' | 'KES' | 'RWF' } | null;
  frequency: 'daily' | 'weekly' | 'monthly';
  /** Of whoever takes it over; null for whoever had it */
  credit: 'approved' | 'referred' | 'declined' | null;
  creditReasons: Array<string>;
  reason: string | null;
  /** It lapses then, on the clock of the lease */
  expiresAt: string;
  acceptedAt: string | null;
  endedAt: string | null;
  createdAt: string;
}

export interface Upgrade {
  id: string;
  /** The lease that is left */
  leaseId: string;
  /** The lease that begins with the swap */
  newLeaseId: string | null;
  customerId: string;
  /** The vehicle that is taken */
  vehicleId: string;
  planId: string;
  paymentMethodId: string;
  status: 'quoted' | 'referred' | 'approved' | 'inspected' | 'completed' | 'declined' | 'cancelled' | 'lapsed';
  price: Money;
  tradeIn: Money;
  /** What of that is theirs who paid a part of its price */
  subsidy: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  /** What settling its lease costs, at most */
  settlement: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  deposit: Money;
  /** What a deposit cannot take, and is paid out */
  payout: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  /** What makes no instalment smaller, and pays the first ones ahead */
  ahead: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
  instalment: Money;
  instalments: number;
  frequency: 'daily' | 'weekly' | 'monthly';
  total: Money;
  credit: 'approved' | 'referred' | 'declined' | null;
  odometerKm: number | null;
  /** How many answer for the lease that is left: no more after the swap, and for the new lease once they are asked and consent anew */
  guarantors: number;
  /** Of one that lapsed: whose it was to go on with it */
  letGoBy: 'customer' | 'house' | null;
  /** Of the inspection */
  notes: string | null;
  /** Why it was declined, cancelled or decided so */
  reason: string | null;
  /** It lapses then, on the clock of the lease */
  expiresAt: string;
  acceptedAt: string | null;
  inspectedAt: string | null;
  endedAt: string | null;
  createdAt: string;
}

export interface Notification {
  id: string;
  userId: string;
  kind: string;
  /** That delivered it; `in_app` before */
  channel: 'sms' | 'email' | 'push' | 'in_app';
  language: 'en' | 'sw' | 'lg' | 'rw' | 'fr';
  /** Of a login code without the code */
  body: string;
  leaseId: string | null;
  /** It came whatever is preferred */
  isLegal: boolean;
  /** Why it reached nobody; `overtaken`: it was over before it was sent */
  reason: 'in_doubt' | 'expired' | 'refused' | 'undelivered' | 'no_answer' | 'no_channel' | 'overtaken' | null;
  createdAt: string;
  /** When a channel took it, or it was there to be read */
  sentAt: string | null;
  /** When a network said that it arrived; null where none has: no mail server or push service says so */
  deliveredAt: string | null;
  failedAt: string | null;
}

export interface NotificationPreferences { language: string; channels: Array<'sms' | 'email' | 'push' | 'in_app'>; digest: 'off' | 'daily' }

export interface PushSubscription {
  id: string;
  /** Of the push service */
  host: string;
  createdAt: string;
}

export interface DependencyReport {
  /** `down` where nothing works without it, `degraded` where a part does not */
  status: 'up' | 'degraded' | 'down';
  checkedAt: string;
  dependencies: Array<{
    name: string;
    status: 'up' | 'down';
    ms: number;
    /** Of a provider: its circuit breaker in this process */
    circuit?: 'closed' | 'half_open' | 'open';
  }>;
}

export interface Calls {
  post: {
    /** Register with a phone; a code comes by SMS */
    '/v1/auth/register': {
      input: { body: { phone: string; name: string; market: 'UG' | 'KE' | 'RW' } };
      answer: {
        /** Seconds that the code is good for */
        expiresIn: number;
      };
    };
    /** Ask for a login code */
    '/v1/auth/otp': {
      input: { body: { phone: string } };
      answer: {
        /** Seconds that the code is good for */
        expiresIn: number;
      };
    };
    /** Log in with a code */
    '/v1/auth/otp/verify': { input: { body: { phone: string; code: string } }; answer: Session };
    /** Log in as staff */
    '/v1/auth/login': { input: { body: { email: string; password: string } }; answer: Session };
    /** A new access token; the refresh token rotates */
    '/v1/auth/refresh': { input: { body: { refreshToken: string } }; answer: Session };
    /** End this session */
    '/v1/auth/logout': { input: Record<string, never>; answer: undefined };
    /** Confirm my e-mail address by the code that was sent there */
    '/v1/me/email/verify': { input: { body: { code: string } }; answer: Me };
    /** Send another code to the e-mail address that waits for one; the code before is good for nothing */
    '/v1/me/email/resend': { input: { body?: Record<string, never> }; answer: Me };
    /** Create a member of staff */
    '/v1/users': {
      input: { body: { email: string; name: string; role: 'agent' | 'admin'; password: string }; key?: string };
      answer: User;
    };
    /** Upload a document */
    '/v1/kyc/documents': { input: { body: FormData }; answer: KycDocument };
    /** Hand the documents in to be checked */
    '/v1/kyc/submissions': {
      input: { body: KycSubmissionRequest; key?: string };
      answer: { id: string; status: 'pending' | 'in_review' | 'approved' | 'rejected' | 'expired' } | UnderWay;
    };
    /** Decide a submission that is in review */
    '/v1/kyc/submissions/{id}/decision': {
      input: { path: { id: string }; body: { decision: 'approved' | 'rejected'; reason: string }; key?: string };
      answer: KycSubmission | UnderWay;
    };
    /** Decide a referred assessment; the lease goes on */
    '/v1/credit/assessments/{id}/decision': {
      input: {
        path: { id: string };
        body: {
          decision: 'approved' | 'declined';
          conditions?: { depositPercent?: number; guarantor?: boolean; instalments?: number };
          reason: string;
        };
        key?: string;
      };
      answer: CreditAssessment | UnderWay;
    };
    /** Add a vehicle */
    '/v1/vehicles': {
      input: {
        body: {
          make: string;
          model: string;
          year: number;
          price: Money;
          registration: string;
          odometerKm?: number;
          speedLimitKph?: number | null;
          /** Where it stands for sale; with `at` it is only read */
          location?: { lat: number; lon: number; place?: string | null; at?: string | null } | null;
          /** A branch of its market */
          branchId?: string | null;
          /** What people look for besides, such as `electric` or `top box` */
          features?: Array<string>;
          /** In their order; a photograph that is kept here goes where its address is left out */
          photos?: Array<string>;
          id?: string;
          createdAt?: string;
          updatedAt?: string;
          photographs?: Array<Photograph>;
          /** Only read */
          status?: 'available' | 'reserved' | 'leased' | 'maintenance' | 'sold' | 'retired';
          type: 'motorcycle' | 'car' | 'van' | 'truck';
          market: 'UG' | 'KE' | 'RW';
          vin: string;
        };
        key?: string;
      };
      answer: Vehicle;
    };
    /** Take in a CSV of vehicles, all of it or nothing; what is there already is found by its VIN */
    '/v1/vehicles/import': { input: { body: FormData }; answer: ImportReport };
    /** Hand in a paper of a vehicle; the same file of the same kind is the same paper */
    '/v1/vehicles/{id}/papers': { input: { path: { id: string }; body: FormData }; answer: VehiclePaper };
    /** Book work on a vehicle */
    '/v1/vehicles/{id}/maintenance': {
      input: {
        path: { id: string };
        body: {
          kind: 'service' | 'repair' | 'inspection' | 'recall' | 'cleaning' | 'other';
          from: string;
          until: string;
          reason: string;
        };
        key?: string;
      };
      answer: Maintenance;
    };
    /** The work begins: a vehicle that is available is in maintenance */
    '/v1/vehicles/{id}/maintenance/{maintenanceId}/start': {
      input: { path: { id: string; maintenanceId: string }; body?: Record<string, never>; key?: string };
      answer: Maintenance;
    };
    /** The work is done: the vehicle is back, and days beyond the allowance pause the lease of whoever has it */
    '/v1/vehicles/{id}/maintenance/{maintenanceId}/done': {
      input: { path: { id: string; maintenanceId: string }; body?: { odometerKm?: number }; key?: string };
      answer: Maintenance;
    };
    /** Add a photograph, which is turned upright, freed of what the camera wrote, and kept in three widths */
    '/v1/vehicles/{id}/photos': { input: { path: { id: string }; body: FormData }; answer: Photograph };
    /** Begin to inspect a vehicle */
    '/v1/vehicles/{id}/inspections': {
      input: {
        path: { id: string };
        body: { occasion: 'handover' | 'return' | 'upgrade' | 'routine' };
        key?: string;
      };
      answer: Inspection;
    };
    /** Add a picture, a JPEG or PNG */
    '/v1/vehicles/{id}/inspections/{inspectionId}/pictures': { input: { path: { id: string; inspectionId: string }; body: FormData }; answer: InspectionPicture };
    /** Complete an inspection: errors name each item and picture that is missing */
    '/v1/vehicles/{id}/inspections/{inspectionId}/complete': {
      input: {
        path: { id: string; inspectionId: string };
        body: {
          odometerKm: number;
          items: Record<string, { mark: 'good' | 'fair' | 'poor' | 'missing'; note?: string }>;
          notes?: string;
        };
        key?: string;
      };
      answer: Inspection;
    };
    /** Wait for a vehicle that is reserved: whoever is first has a day to take it when it is released */
    '/v1/vehicles/{id}/waiting': {
      input: { path: { id: string }; body?: Record<string, never>; key?: string };
      answer: WaitingPlace;
    };
    /** Open a branch */
    '/v1/branches': {
      input: {
        body: {
          name: string;
          market: 'UG' | 'KE' | 'RW';
          location: { lat: number; lon: number; place?: string | null };
        };
        key?: string;
      };
      answer: Branch;
    };
    /** Add a plan */
    '/v1/plans': {
      input: {
        body: {
          name: string;
          vehicleTypes: Array<'motorcycle' | 'car' | 'van' | 'truck'>;
          frequency: 'daily' | 'weekly' | 'monthly';
          instalments: number;
          depositPercent: number;
          markupPercent: number;
          graceDays: number;
          lateFee?: { amount: number; cap: number } | null;
          immobiliseAfterDaysPastDue: number | null;
          immobiliseNoticeHours: number;
          offerHours?: number;
          signHours?: number;
          depositHours?: number;
          /** Days for which collection waits for a stolen vehicle; null: it does not */
          theftPauseDays?: number | null;
          /** Days of relief for hardship within 365; null: none */
          hardshipDays?: number | null;
          /** Days past due beyond which whoever answers for the lease is called upon */
          guarantorAfterDaysPastDue?: number;
          /** How many applications a customer has open at most, with the one by this plan */
          applicationsAtOnce?: number;
          /** Of the price: the most that he answers for */
          guarantorPercent?: number;
          /** Who bears what an insurer does not pay of a vehicle that is lost for good */
          totalLossGap?: 'customer' | 'house';
          components: { vehicle?: number; insurance?: number; tracker?: number; maintenance?: number; battery?: number };
          /** The least deposit in minor units, whatever the percentage is */
          depositAmount?: number | null;
          /** `markup` on what is paid over time, or interest on the balance that is left */
          method?: 'markup' | 'declining';
          /** Nominal, for `declining` alone, whose `markupPercent` is 0 */
          annualRatePercent?: number | null;
          /** So many Sundays of a month, the first ones, have no line of a daily plan */
          daysOffPerMonth?: number;
          /** Percent of an ordinary instalment by month, 1 to 12; the total stays */
          season?: {
            1?: number;
            2?: number;
            3?: number;
            4?: number;
            5?: number;
            6?: number;
            7?: number;
            8?: number;
            9?: number;
            10?: number;
            11?: number;
            12?: number;
          } | null;
          /** An instalment is a share of the recorded income, within bounds; the total stays */
          earnings?: { sharePercent: number; floor: number; ceiling: number } | null;
          /** What somebody else pays of the price */
          subsidy?: { amount: number; by: string } | null;
          market: 'UG' | 'KE' | 'RW';
        };
        key?: string;
      };
      answer: Plan;
    };
    /** Enter a public holiday that no law dates */
    '/v1/holidays': {
      input: { body: { market: 'UG' | 'KE' | 'RW'; date: string; name: string }; key?: string };
      answer: Holiday;
    };
    /** Apply for a lease */
    '/v1/leases': {
      input: { body: { vehicleId: string; planId: string; paymentMethodId: string }; key?: string };
      answer: Lease | UnderWay;
    };
    /** Draft what is to be signed: the agreement of a lease that is offered or held, the amendment of an exchange, or the terms of whoever takes a lease over or answers for one */
    '/v1/agreements': {
      input: {
        body?: {
          leaseId?: string;
          upgradeId?: string;
          transferId?: string;
          guaranteeId?: string;
          language?: 'en' | 'lg' | 'sw' | 'rw';
        };
        key?: string;
      };
      answer: Agreement;
    };
    /** Text a code that signs these terms, and nothing else */
    '/v1/agreements/{id}/code': {
      input: { path: { id: string }; body?: Record<string, never> };
      answer: {
        /** Seconds that the code is good for */
        expiresIn: number;
        sha256: string;
      };
    };
    /** Sign the agreement: the deposit is then collected */
    '/v1/leases/{id}/sign': {
      input: {
        path: { id: string };
        body: {
          name: string;
          /** Of `POST /v1/agreements/{id}/code`: good for those terms alone. Without it the session has to have begun with a one-time code within the last quarter of an hour */
          code?: string;
          /** Of the terms that were read; without it, the last draft is signed */
          sha256?: string;
        };
        key?: string;
      };
      answer: Lease | UnderWay;
    };
    /** Accept the offer: the vehicle is held */
    '/v1/leases/{id}/accept-offer': {
      input: { path: { id: string }; body?: Record<string, never>; key?: string };
      answer: Lease | UnderWay;
    };
    /** Withdraw before handover; what was paid is refunded */
    '/v1/leases/{id}/withdraw': {
      input: { path: { id: string }; body?: { reason?: string }; key?: string };
      answer: Lease | UnderWay;
    };
    /** Payment methods in the order in which they are charged, and hours without prompts */
    '/v1/leases/{id}/collection': {
      input: {
        path: { id: string };
        body: { paymentMethodIds: Array<string>; quietHours: { from: number; until: number } | null };
        key?: string;
      };
      answer: Lease | UnderWay;
    };
    /** Hand the vehicle over: the schedule begins */
    '/v1/leases/{id}/handover': {
      input: { path: { id: string }; body: { odometerKm: number }; key?: string };
      answer: Lease | UnderWay;
    };
    /** Pause collections: every unpaid instalment moves by as many days */
    '/v1/leases/{id}/pause': {
      input: {
        path: { id: string };
        body: { kind: 'holiday' | 'repair' | 'illness'; days: number };
        key?: string;
      };
      answer: Lease | UnderWay;
    };
    /** End a pause before its time */
    '/v1/leases/{id}/resume': {
      input: { path: { id: string }; body?: Record<string, never>; key?: string };
      answer: Lease | UnderWay;
    };
    /** Promise to pay on a day: nothing is prompted before it */
    '/v1/leases/{id}/promise': {
      input: { path: { id: string }; body: { on: string; amount: Money }; key?: string };
      answer: Lease | UnderWay;
    };
    /** Spread what is owed over another number of instalments; the total price stays */
    '/v1/leases/{id}/restructure': {
      input: { path: { id: string }; body: { instalments: number; reason: string }; key?: string };
      answer: Lease | UnderWay;
    };
    /** What this would do: Spread what is owed over another number of instalments; the total price stays */
    '/v1/leases/{id}/restructure-preview': {
      input: { path: { id: string }; body: { instalments: number; reason: string } };
      answer: SchedulePreview;
    };
    /** Forgive late fees that are not paid */
    '/v1/leases/{id}/waive-fees': {
      input: { path: { id: string }; body: { amount: Money; reason: string }; key?: string };
      answer: Lease | UnderWay;
    };
    /** Give up what is owed; later payments are recovery */
    '/v1/leases/{id}/write-off': {
      input: {
        path: { id: string };
        body: { reason: string; insurance?: { amount: Money; reference: string } };
        key?: string;
      };
      answer: Lease | UnderWay;
    };
    /** Give the vehicle back and leave: nothing is owed but what is overdue */
    '/v1/leases/{id}/return': {
      input: { path: { id: string }; body?: { reason?: string }; key?: string };
      answer: Lease | UnderWay;
    };
    /** The stolen vehicle was found: the lease goes on */
    '/v1/leases/{id}/recover-theft': {
      input: { path: { id: string }; body?: { note?: string }; key?: string };
      answer: Lease | UnderWay;
    };
    /** Take the vehicle back from a customer in arrears; after two thirds are paid by a court’s order */
    '/v1/leases/{id}/repossess': {
      input: {
        path: { id: string };
        body?: { reason?: string; noticeOn?: string; courtOrder?: string };
        key?: string;
      };
      answer: Lease | UnderWay;
    };
    /** Another day of the week, or of the month: instalments to come move to the next such day */
    '/v1/leases/{id}/due-day': {
      input: {
        path: { id: string };
        body?: {
          weekday?: 'sunday' | 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday';
          day?: number;
        };
        key?: string;
      };
      answer: Lease | UnderWay;
    };
    /** What this would do: Another day of the week, or of the month: instalments to come move to the next such day */
    '/v1/leases/{id}/due-day-preview': {
      input: {
        path: { id: string };
        body?: {
          weekday?: 'sunday' | 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday';
          day?: number;
        };
      };
      answer: SchedulePreview;
    };
    /** Pay daily, weekly or monthly from now on; the total price stays */
    '/v1/leases/{id}/frequency': {
      input: { path: { id: string }; body: { frequency: 'daily' | 'weekly' | 'monthly' }; key?: string };
      answer: Lease | UnderWay;
    };
    /** What this would do: Pay daily, weekly or monthly from now on; the total price stays */
    '/v1/leases/{id}/frequency-preview': {
      input: { path: { id: string }; body: { frequency: 'daily' | 'weekly' | 'monthly' } };
      answer: SchedulePreview;
    };
    /** What was paid ahead makes the lease shorter, or its instalments lower; the next one is due again */
    '/v1/leases/{id}/paid-ahead': {
      input: { path: { id: string }; body: { makes: 'shorter' | 'lower' }; key?: string };
      answer: Lease | UnderWay;
    };
    /** What this would do: What was paid ahead makes the lease shorter, or its instalments lower; the next one is due again */
    '/v1/leases/{id}/paid-ahead-preview': { input: { path: { id: string }; body: { makes: 'shorter' | 'lower' } }; answer: SchedulePreview };
    /** Move what is not paid until the oldest of it is due again; the lease ends later */
    '/v1/leases/{id}/re-age': {
      input: { path: { id: string }; body: { reason: string }; key?: string };
      answer: Lease | UnderWay;
    };
    /** What this would do: Move what is not paid until the oldest of it is due again; the lease ends later */
    '/v1/leases/{id}/re-age-preview': { input: { path: { id: string }; body: { reason: string } }; answer: SchedulePreview };
    /** Spread what is owed over the days to come; the lease ends when it did */
    '/v1/leases/{id}/re-amortise': {
      input: { path: { id: string }; body: { reason: string }; key?: string };
      answer: Lease | UnderWay;
    };
    /** What this would do: Spread what is owed over the days to come; the lease ends when it did */
    '/v1/leases/{id}/re-amortise-preview': { input: { path: { id: string }; body: { reason: string } }; answer: SchedulePreview };
    /** Have the schedule as if the last restructure, re-ageing or re-amortising had never been */
    '/v1/leases/{id}/undo-restructure': {
      input: { path: { id: string }; body: { reason: string }; key?: string };
      answer: Lease | UnderWay;
    };
    /** What this would do: Have the schedule as if the last restructure, re-ageing or re-amortising had never been */
    '/v1/leases/{id}/undo-restructure-preview': { input: { path: { id: string }; body: { reason: string } }; answer: SchedulePreview };
    /** The vehicle is lost for good: what an insurer pays is for what is owed, and the rest for the customer */
    '/v1/leases/{id}/total-loss': {
      input: {
        path: { id: string };
        body: { reason: string; insurance?: { amount: Money; reference: string } };
        key?: string;
      };
      answer: Lease | UnderWay;
    };
    /** The customer has died, as a document proves; and what the estate has chosen, when it has */
    '/v1/leases/{id}/confirm-death': {
      input: {
        path: { id: string };
        body: { document: string; choice?: 'transfer' | 'settle' | 'return' };
        key?: string;
      };
      answer: Lease | UnderWay;
    };
    /** The customer lives: his leases go on */
    '/v1/leases/{id}/refute-death': {
      input: { path: { id: string }; body: { reason: string }; key?: string };
      answer: Lease | UnderWay;
    };
    /** Ask for relief from hardship: an agent decides */
    '/v1/leases/{id}/hardship': {
      input: {
        path: { id: string };
        body: {
          why: 'illness' | 'lost_work' | 'bereavement' | 'disaster' | 'family' | 'other';
          evidence?: string;
          note?: string;
        };
        key?: string;
      };
      answer: Lease | UnderWay;
    };
    /** Grant relief for some days, of those that the plan gives, or decline it; the total price stays */
    '/v1/leases/{id}/hardship-decision': {
      input: {
        path: { id: string };
        body: { decision: 'granted' | 'declined'; days?: number; spread?: 'no' | 'yes'; note: string };
        key?: string;
      };
      answer: Lease | UnderWay;
    };
    /** Hold the vehicle longer, within a week in all, or a day where others wait for it: they are told */
    '/v1/leases/{id}/extend-hold': {
      input: { path: { id: string }; body: { hours: number; reason: string }; key?: string };
      answer: Lease | UnderWay;
    };
    /** Collect by another payment method */
    '/v1/leases/{id}/payment-method': {
      input: { path: { id: string }; body: { paymentMethodId: string }; key?: string };
      answer: Lease | UnderWay;
    };
    /** Report that the vehicle was stolen */
    '/v1/leases/{id}/report-theft': {
      input: {
        path: { id: string };
        body?: {
          policeReference?: string;
          at?: string;
          /** Of `POST /v1/auth/otp`: for a customer whose login is older than a quarter of an hour */
          code?: string;
          /** Who reported it, and how, where staff say so */
          note?: string;
        };
        key?: string;
      };
      answer: Lease | UnderWay;
    };
    /** Say that the customer has died: nothing more is collected of his leases, and he is told nothing */
    '/v1/leases/{id}/report-death': {
      input: {
        path: { id: string };
        body?: {
          /** Of `POST /v1/auth/otp`: for a customer whose login is older than a quarter of an hour */
          code?: string;
          /** Who reported it, and how, where staff say so */
          note?: string;
        };
        key?: string;
      };
      answer: Lease | UnderWay;
    };
    /** Pay any amount now */
    '/v1/leases/{id}/pay': {
      input: { path: { id: string }; body: { amount: Money; paymentMethodId?: string }; key?: string };
      answer: Payment | UnderWay;
    };
    /** What owning the vehicle costs today; good for a day */
    '/v1/leases/{id}/settlement-quote': {
      input: { path: { id: string }; body?: Record<string, never>; key?: string };
      answer: SettlementQuote | UnderWay;
    };
    /** Pay a settlement quote: the vehicle is the customer’s when it is paid */
    '/v1/leases/{id}/settle': {
      input: { path: { id: string }; body: { quoteId: string; paymentMethodId?: string }; key?: string };
      answer: Payment | UnderWay;
    };
    /** Cash that an agent has taken of whoever had the lease before, for a claim (the case former_chargeback); a receipt number is good once, and again once its cash is taken out */
    '/v1/leases/{id}/claim-cash': {
      input: {
        path: { id: string };
        body: {
          caseId: string;
          amount: Money;
          /** `KLA-17`, `kla 17` and `KLA17` are one receipt */
          receiptNumber: string;
        };
        key?: string;
      };
      answer: ClaimPayment;
    };
    /** Take cash for a claim out of the books: it is owed again, and its agent holds it */
    '/v1/leases/{id}/undo-claim-cash': {
      input: { path: { id: string }; body: { paymentId: string; reason: string }; key?: string };
      answer: ClaimPayment;
    };
    /** Pay credit out that has no way back by mobile money, in cash or to another number; the rest goes back by itself, and is tried again */
    '/v1/leases/{id}/return-credit': {
      input: {
        path: { id: string };
        body?: {
          amount?: Money;
          /** `KLA-17`, `kla 17` and `KLA17` are one receipt */
          receiptNumber?: string;
          paymentMethodId?: string;
        };
        key?: string;
      };
      answer: Lease;
    };
    /** Give up as a loss what a provider took back and nobody pays any more */
    '/v1/leases/{id}/give-up-dispute': { input: { path: { id: string }; body: { reason: string }; key?: string }; answer: Lease };
    /** Demand in writing what is overdue, or what is owed of a vehicle that was taken back; the customer is told */
    '/v1/leases/{id}/demands': { input: { path: { id: string }; body?: Record<string, never>; key?: string }; answer: Demand };
    /** What it has cost to take the vehicle back and to keep it: the customer owes it too */
    '/v1/leases/{id}/keeping-costs': {
      input: { path: { id: string }; body: { amount: Money; reason: string }; key?: string };
      answer: Lease;
    };
    /** Costs that were charged by a slip are owed no more, by the word of somebody else than who charged them */
    '/v1/leases/{id}/keeping-costs-correction': {
      input: { path: { id: string }; body: { amount: Money; reason: string }; key?: string };
      answer: Lease;
    };
    /** The vehicle that was taken back is sold: what it brings pays what is owed, the rest is the customer’s */
    '/v1/leases/{id}/sell-vehicle': {
      input: {
        path: { id: string };
        body: {
          proceeds: { amount: number; currency: 'UGX' | 'KES' | 'RWF' };
          costs?: Money;
          /** `house`: it is taken into stock for what it is worth, and may be leased again */
          buyer?: 'buyer' | 'house';
          /** Of the sale: the auction, the buyer’s receipt */
          reference: string;
        };
        key?: string;
      };
      answer: Lease;
    };
    /** Another admin than the one who has said it says what the sale brought; the books follow where it is another sum */
    '/v1/leases/{id}/confirm-sale': {
      input: {
        path: { id: string };
        body: { proceeds: { amount: number; currency: 'UGX' | 'KES' | 'RWF' }; reason: string };
        key?: string;
      };
      answer: Lease;
    };
    /** All that is owed of a vehicle that was taken back is paid: the customer has it back, and it is his */
    '/v1/leases/{id}/redeem': { input: { path: { id: string }; body?: Record<string, never>; key?: string }; answer: Lease };
    /** Start the workflow of a lease again from the books, after it died */
    '/v1/leases/{id}/restart': { input: { path: { id: string }; body?: Record<string, never>; key?: string }; answer: Lease };
    /** Add a mobile-money account */
    '/v1/payment-methods': {
      input: {
        body: {
          /** By the number's prefix when absent; a number that was ported needs it */
          provider?: 'mtn' | 'airtel' | 'mpesa';
          phone: string;
        };
        key?: string;
      };
      answer: PaymentMethod;
    };
    /** Decide what became of an unknown payment */
    '/v1/payments/{id}/decide': {
      input: {
        path: { id: string };
        body: {
          outcome: 'succeeded' | 'failed';
          /** The provider's receipt, where there is one */
          providerReference?: string;
          /** When it was paid, if not on the day it was asked for */
          paidOn?: string;
          reason: string;
        };
        key?: string;
      };
      answer: Payment | UnderWay;
    };
    /** The provider took the payment back, or it was booked by mistake: a counter-entry */
    '/v1/payments/{id}/reverse': {
      input: {
        path: { id: string };
        body: {
          reason: string;
          /** Where the money of a pay-bill payment is now; without it, where it came from */
          to?: 'provider' | 'suspense';
          amount?: Money;
        };
        key?: string;
      };
      answer: Payment | UnderWay;
    };
    /** A charge that was reversed is at its provider all the same: another admin books it again */
    '/v1/payments/{id}/book-again': {
      input: {
        path: { id: string };
        body: {
          reason: string;
          /** Of the ledger: the one part that is there all the same; without it, all that was taken back */
          transferId?: string;
        };
        key?: string;
      };
      answer: Payment;
    };
    /** What a customer paid from his phone for the wrong one of his leases is of the other */
    '/v1/payments/{id}/move': {
      input: { path: { id: string }; body: { leaseId: string; reason: string }; key?: string };
      answer: Payment;
    };
    /** Cash that an agent has taken; a receipt number is good once */
    '/v1/payments/cash': {
      input: {
        body: {
          leaseId: string;
          amount: Money;
          /** `KLA-17`, `kla 17` and `KLA17` are one receipt */
          receiptNumber: string;
          /** When it was taken, if not today: at most 31 days ago. Before the last business day somebody else has to confirm it */
          paidOn?: string;
        };
        key?: string;
      };
      answer: Payment;
    };
    /** Cash is on its way to the company: the first of two steps */
    '/v1/agents/{id}/remittances': {
      input: { path: { id: string }; body: { amount: Money; reference?: string }; key?: string };
      answer: Remittance;
    };
    /** Cash of an agent is gone: lost, stolen, or short when it was counted */
    '/v1/agents/{id}/losses': {
      input: { path: { id: string }; body: { amount: Money; reason: string }; key?: string };
      answer: Float;
    };
    /** The cash is here: it leaves the agent’s float */
    '/v1/agents/{id}/remittances/{remittanceId}/confirm': {
      input: { path: { id: string; remittanceId: string }; body?: Record<string, never>; key?: string };
      answer: Remittance;
    };
    /** The cash did not come: it stays in the agent’s float */
    '/v1/agents/{id}/remittances/{remittanceId}/reject': {
      input: { path: { id: string; remittanceId: string }; body?: { reason?: string }; key?: string };
      answer: Remittance;
    };
    /** Give the money to a lease, once */
    '/v1/suspense/{id}/resolve': { input: { path: { id: string }; body: { leaseId: string }; key?: string }; answer: Suspense };
    /** Ask the provider once more about a payment that it denied */
    '/v1/suspense/{id}/ask': {
      input: {
        path: { id: string };
        body?: {
          /** Whose statement to look at, in the time of its market */
          paidOn?: string;
        };
        key?: string;
      };
      answer: Suspense;
    };
    /** Send the money back to whoever paid it, once; above a sum only an admin does */
    '/v1/suspense/{id}/give-back': { input: { path: { id: string }; body: { reason: string }; key?: string }; answer: Suspense };
    /** Decide what became of money that was sent back and of which no provider can tell */
    '/v1/suspense/{id}/decide-give-back': {
      input: {
        path: { id: string };
        body: {
          outcome: 'succeeded' | 'failed';
          /** The provider's receipt, where there is one */
          providerReference?: string;
          reason: string;
        };
        key?: string;
      };
      answer: Suspense;
    };
    /** Close a case with what came of it */
    '/v1/cases/{id}/close': {
      input: {
        path: { id: string };
        body?: {
          resolution?: string;
          /** Of backdated cash, by another person than the agent who took it: whether it was taken that day. Of an insurer’s money, by another admin than the one who ended the lease: whether it came */
          decision?: 'confirmed' | 'rejected';
          /** With `confirmed`: the day on which it was taken, if not the one that the agent says */
          paidOn?: string;
          amount?: Money;
        };
        key?: string;
      };
      answer: Case | UnderWay;
    };
    /** Compare a provider's day with the books; without a market, all of the provider's */
    '/v1/reconciliations': {
      input: {
        body: { provider: 'mtn' | 'airtel' | 'mpesa'; date: string; market?: 'UG' | 'KE' | 'RW' };
        key?: string;
      };
      answer: Reconciliation;
    };
    /** A call to the customer, and how it went: he is off the list for today, or until `callAgainOn` */
    '/v1/leases/{id}/calls': {
      input: {
        path: { id: string };
        body: {
          outcome: 'reached' | 'promised' | 'no_answer' | 'wrong_number' | 'refused' | 'call_again';
          callAgainOn?: string;
        };
        key?: string;
      };
      answer: Call;
    };
    /** Have a delivery tried again that is dead; pressed twice it is sent as if it were pressed once */
    '/v1/webhooks/deliveries/{id}/redrive': {
      input: { path: { id: string }; body?: Record<string, never>; key?: string };
      answer: WebhookDelivery;
    };
    /** Add an endpoint; the secret is shown this once, and a test is sent to it */
    '/v1/webhooks': {
      input: {
        body: {
          url: string;
          description?: string;
          /** What it hears; without it, every type that integrators hear */
          types?: Array<'user.created' | 'user.erased' | 'kyc.submitted' | 'kyc.approved' | 'kyc.rejected' | 'vehicle.created' | 'vehicle.changed' | 'vehicle.paper.lapsing' | 'vehicle.queue.called' | 'vehicle.queue.delayed' | 'vehicle.queue.gone' | 'vehicle.reserved' | 'vehicle.released' | 'payment.plan.created' | 'payment.completed' | 'payment.failed' | 'payment.held' | 'payment.sent_back' | 'lease.account_changed' | 'lease.days_not_credited' | 'lease.schedule_changed' | 'payment.overdue' | 'credit.approved' | 'credit.rejected' | 'credit.referred' | 'lease.offered' | 'lease.signed' | 'lease.activated' | 'lease.paused' | 'lease.in_arrears' | 'lease.completed' | 'lease.terminated' | 'telematics.risk.detected' | 'vehicle.immobilised' | 'vehicle.mobilised' | 'support.ticket.created' | 'support.ticket.updated' | 'support.ticket.escalated' | 'upgrade.requested' | 'upgrade.approved' | 'upgrade.requoted' | 'upgrade.lapsing' | 'upgrade.extended' | 'upgrade.completed' | 'upgrade.ended' | 'death.reported' | 'death.confirmed' | 'death.refuted' | 'hardship.decided' | 'guarantor.invited' | 'guarantor.consented' | 'guarantor.ended' | 'guarantor.called' | 'transfer.proposed' | 'transfer.ended' | 'transfer.completed' | 'lease.demanded' | 'lease.redeemed' | 'lease.vehicle_sold' | 'collateral.opened' | 'collateral.done' | 'collateral.dropped' | 'collateral.overdue'>;
        };
        key?: string;
      };
      answer: WebhookWithSecret;
    };
    /** New keys, shown this once; those before sign beside them for 24 hours */
    '/v1/webhooks/{id}/rotate-secret': {
      input: { path: { id: string }; body?: Record<string, never>; key?: string };
      answer: WebhookWithSecret;
    };
    /** Send a test to an endpoint */
    '/v1/webhooks/{id}/test': {
      input: { path: { id: string }; body?: Record<string, never>; key?: string };
      answer: WebhookDelivery;
    };
    /** Have what is dead of an endpoint tried again, all of it or some */
    '/v1/webhooks/{id}/redrive': {
      input: { path: { id: string }; body?: { deliveryIds?: Array<string> }; key?: string };
      answer: { redriven: number };
    };
    /** Do again what could not be done; pressed twice it is done as if it were pressed once. Webhooks are sent again by admins alone */
    '/v1/dead-letters/{id}/redrive': { input: { path: { id: string }; body?: Record<string, never>; key?: string }; answer: DeadLetter };
    /** A result of an identity check is there */
    '/v1/callbacks/smileid/{secret}': { input: { path: { secret: string } }; answer: { received: true } };
    /** A provider announces a payment that a customer made by himself */
    '/v1/callbacks/inbound/{secret}': { input: { path: { secret: string } }; answer: Record<string, unknown> };
    /** M-Pesa asks whether a payment is wanted, before it is made */
    '/v1/callbacks/inbound/{secret}/validation': { input: { path: { secret: string } }; answer: Record<string, unknown> };
    /** A step of a USSD session, as Africa's Talking posts it; answers CON or END and the next screen */
    '/v1/callbacks/ussd/{secret}': { input: { path: { secret: string } }; answer: undefined };
    /** A text that somebody sent to us, as Africa's Talking posts it */
    '/v1/callbacks/sms/{secret}': { input: { path: { secret: string } }; answer: { received: true } };
    /** What became of a text that we sent, as Africa's Talking reports it */
    '/v1/callbacks/sms-reports/{secret}': { input: { path: { secret: string } }; answer: { received: true } };
    /** What became of texts that we sent, as Infobip reports it */
    '/v1/callbacks/infobip-reports/{secret}': { input: { path: { secret: string } }; answer: { received: true } };
    /** A provider tells of a payment */
    '/v1/callbacks/{provider}/{secret}': {
      input: { path: { provider: 'mtn' | 'airtel' | 'mpesa'; secret: string } };
      answer: Record<string, unknown>;
    };
    /** A provider tells that a request timed out in its queue */
    '/v1/callbacks/{provider}/{secret}/timeout': {
      input: { path: { provider: 'mtn' | 'airtel' | 'mpesa'; secret: string } };
      answer: Record<string, unknown>;
    };
    /** A provider answers a question about a refund */
    '/v1/callbacks/{provider}/{secret}/status': {
      input: { path: { provider: 'mtn' | 'airtel' | 'mpesa'; secret: string } };
      answer: Record<string, unknown>;
    };
    /** Fit a vehicle with a tracker; the password is shown this once */
    '/v1/trackers': {
      input: {
        body: { vehicleId: string; kind: 'native' | 'owntracks' | 'teltonika' | 'traccar'; serial?: string };
        key?: string;
      };
      answer: FittedTracker;
    };
    /** A new password; the old one ends, and its connection */
    '/v1/trackers/{id}/credential': { input: { path: { id: string }; key?: string }; answer: TrackerCredential };
    /** Note that somebody has seen it */
    '/v1/risk-events/{id}/acknowledge': { input: { path: { id: string }; key?: string }; answer: RiskEvent };
    /** Fence an area; in force within two seconds */
    '/v1/geofences': { input: { body: NewGeofence; key?: string }; answer: Geofence };
    /** Ask for something; staff for a customer */
    '/v1/tickets': { input: { body: TicketRequest; key?: string }; answer: TicketWithMessages };
    /** Write into a ticket: what staff write is an answer, unless it is internal */
    '/v1/tickets/{id}/messages': {
      input: {
        path: { id: string };
        body: {
          body: string;
          /** By staff: customers never see it */
          internal?: boolean;
          attachments?: Array<string>;
        };
        key?: string;
      };
      answer: TicketMessage;
    };
    /** Take a ticket that nobody has */
    '/v1/tickets/{id}/claim': {
      input: { path: { id: string }; body?: Record<string, never>; key?: string };
      answer: TicketWithMessages;
    };
    /** Give it to somebody */
    '/v1/tickets/{id}/assign': {
      input: { path: { id: string }; body: { assigneeId: string }; key?: string };
      answer: TicketWithMessages;
    };
    /** Take it to the next level at once */
    '/v1/tickets/{id}/escalate': {
      input: {
        path: { id: string };
        body?: {
          /** For staff to read */
          reason?: string;
        };
        key?: string;
      };
      answer: TicketWithMessages;
    };
    /** Wait for the customer: the clock stands */
    '/v1/tickets/{id}/wait': {
      input: {
        path: { id: string };
        body?: {
          /** What the other side reads */
          message?: string;
        };
        key?: string;
      };
      answer: TicketWithMessages;
    };
    /** It is done: every clock stops */
    '/v1/tickets/{id}/resolve': {
      input: {
        path: { id: string };
        body?: {
          /** What the other side reads */
          message?: string;
        };
        key?: string;
      };
      answer: TicketWithMessages;
    };
    /** It was not done: the clock goes on */
    '/v1/tickets/{id}/reopen': {
      input: {
        path: { id: string };
        body?: {
          /** What the other side reads */
          message?: string;
        };
        key?: string;
      };
      answer: TicketWithMessages;
    };
    /** Let it go on in another one of the same customer */
    '/v1/tickets/{id}/merge': {
      input: { path: { id: string }; body: { intoId: string }; key?: string };
      answer: TicketWithMessages;
    };
    /** How content I am, once it is resolved */
    '/v1/tickets/{id}/rate': {
      input: { path: { id: string }; body: { rating: number }; key?: string };
      answer: TicketWithMessages;
    };
    /** Upload a file, which a message then names within a day */
    '/v1/ticket-attachments': { input: { body: FormData }; answer: TicketAttachment };
    /** Keep such an answer */
    '/v1/ticket-macros': {
      input: { body: { name: string; language: 'en' | 'sw' | 'lg' | 'rw' | 'fr'; body: string }; key?: string };
      answer: TicketMacro;
    };
    /** Have a vehicle stopped; another member of staff confirms it, but for the order of an admin about a stolen one */
    '/v1/vehicles/{id}/immobilise': {
      input: {
        path: { id: string };
        body: {
          reason: string;
          /** What it goes by, such as the police's number */
          order?: string;
        };
        key?: string;
      };
      answer: Immobilisation;
    };
    /** Confirm the order of another member of staff */
    '/v1/vehicles/{id}/immobilise/confirm': { input: { path: { id: string }; key?: string }; answer: Immobilisation };
    /** Have a vehicle move, whatever is owed */
    '/v1/vehicles/{id}/mobilise': { input: { path: { id: string }; key?: string }; answer: Immobilisation };
    /** Move for 48 hours, once an immobilisation: whoever leases the vehicle, and staff */
    '/v1/vehicles/{id}/emergency-restart': { input: { path: { id: string }; key?: string }; answer: Immobilisation };
    /** See the relay of a vehicle in the yard stop and start it, before anybody may be stopped by it */
    '/v1/trackers/{id}/relay-test': { input: { path: { id: string }; key?: string }; answer: Immobilisation };
    /** Enter what the law of a market asks from a day on */
    '/v1/market-rules': {
      input: {
        body: {
          market: 'UG' | 'KE' | 'RW';
          /** The first local day on which it holds */
          effectiveFrom: string;
          leastDaysPastDue: number;
          noticeHours: number;
          fromHour: number;
          untilHour: number;
          stopsAfterTwoThirds: boolean;
          /** Days between the written notice of arrears and the day on which a vehicle may be taken back */
          repossessionNoticeDays?: number;
          /** Whether only a court orders that a vehicle is taken back once two thirds are paid */
          courtAfterTwoThirds?: boolean;
          /** Days after a written demand before which a vehicle that was taken back is not sold */
          saleDaysAfterDemand: number;
          /** Whether a customer still owes what such a sale has not brought */
          isShortfallOwed?: boolean;
          source: string;
        };
        key?: string;
      };
      answer: MarketRule;
    };
    /** Enter a rule in the place of one that was entered wrongly, from its day on or from a later one */
    '/v1/market-rules/{id}/correct': { input: { path: { id: string }; body: MarketRuleCorrection; key?: string }; answer: MarketRule };
    /** Have somebody asked, once, to answer for my lease */
    '/v1/leases/{id}/guarantees': {
      input: { path: { id: string }; body: { name: string; phone: string }; key?: string };
      answer: Guarantee;
    };
    /** Sign that you answer for the lease, up to what it says */
    '/v1/guarantees/{id}/consent': {
      input: {
        path: { id: string };
        body: {
          /** What you sign with */
          name: string;
          cap: Money;
          /** Of `POST /v1/agreements/{id}/code`: good for those terms alone. Without it the session has to have begun with a one-time code within the last quarter of an hour */
          code?: string;
          /** Of the terms that were read; without it, the last draft is signed */
          sha256?: string;
        };
        key?: string;
      };
      answer: Guarantee;
    };
    /** Refuse, or go back on it before the agreement is signed; the customer takes it back; staff release */
    '/v1/guarantees/{id}/end': { input: { path: { id: string }; body?: { reason?: string }; key?: string }; answer: Guarantee };
    /** It is done at the register */
    '/v1/collateral-steps/{id}/done': {
      input: { path: { id: string }; body: { on: string; reference: string }; key?: string };
      answer: CollateralStep;
    };
    /** Nothing has to be done; with a reason */
    '/v1/collateral-steps/{id}/drop': { input: { path: { id: string }; body: { reason: string }; key?: string }; answer: CollateralStep };
    /** Propose that somebody else takes the lease over as it is */
    '/v1/leases/{id}/transfers': {
      input: {
        path: { id: string };
        body: {
          /** Of the other person */
          phone: string;
          /** Of `POST /v1/auth/otp`: for a customer whose login is older than a quarter of an hour */
          code?: string;
        };
        key?: string;
      };
      answer: LeaseTransfer;
    };
    /** Agree to what an agent proposed for my lease */
    '/v1/transfers/{id}/agree': {
      input: {
        path: { id: string };
        body?: {
          /** Of `POST /v1/auth/otp`: for a customer whose login is older than a quarter of an hour */
          code?: string;
        };
        key?: string;
      };
      answer: LeaseTransfer;
    };
    /** Sign that you take the lease over as it is; an admin confirms it then */
    '/v1/transfers/{id}/accept': {
      input: {
        path: { id: string };
        body: {
          /** What you sign with */
          name: string;
          paymentMethodId: string;
          /** Of `POST /v1/agreements/{id}/code`: good for those terms alone. Without it the session has to have begun with a one-time code within the last quarter of an hour */
          code?: string;
          /** Of the terms that were read; without it, the last draft is signed */
          sha256?: string;
        };
        key?: string;
      };
      answer: LeaseTransfer;
    };
    /** Have nothing come of it: withdrawn by whoever has the lease, refused by the other person, rejected by an admin */
    '/v1/transfers/{id}/end': { input: { path: { id: string }; body?: { reason?: string }; key?: string }; answer: LeaseTransfer };
    /** Make the lease over to whoever has accepted it */
    '/v1/transfers/{id}/confirm': {
      input: {
        path: { id: string };
        body?: {
          /** Why the credit is given, where the card refers it */
          reason?: string;
        };
        key?: string;
      };
      answer: LeaseTransfer | UnderWay;
    };
    /** Ask what exchanging a leased vehicle for another one comes to */
    '/v1/upgrades': {
      input: {
        body: { leaseId: string; vehicleId: string; planId: string; paymentMethodId?: string };
        key?: string;
      };
      answer: Upgrade;
    };
    /** Sign the exchange as it is quoted; the other vehicle is held where the credit carries it */
    '/v1/upgrades/{id}/accept': {
      input: {
        path: { id: string };
        body?: {
          name?: string;
          /** Of `POST /v1/agreements/{id}/code`: good for those terms alone. Without it the session has to have begun with a one-time code within the last quarter of an hour */
          code?: string;
          /** Of the terms that were read; without it, the last draft is signed */
          sha256?: string;
        };
        key?: string;
      };
      answer: Upgrade;
    };
    /** Decide on a credit that was referred */
    '/v1/upgrades/{id}/decision': {
      input: { path: { id: string }; body: { decision: 'approved' | 'declined'; reason: string }; key?: string };
      answer: Upgrade;
    };
    /** The vehicle that is given back was looked at; a lower value makes another quote */
    '/v1/upgrades/{id}/inspect': {
      input: {
        path: { id: string };
        body?: { odometerKm?: number; tradeIn?: Money; notes?: string };
        key?: string;
      };
      answer: Upgrade;
    };
    /** Swap the vehicles: the old lease ends, the new one begins with what is owned as its deposit */
    '/v1/upgrades/{id}/complete': {
      input: {
        path: { id: string };
        body?: {
          /** Of the vehicle that is taken; without it, what is known */
          odometerKm?: number;
        };
        key?: string;
      };
      answer: Upgrade;
    };
    /** Hold the other vehicle longer, within a week in all, or a day where others wait for it: they are told */
    '/v1/upgrades/{id}/extend-hold': {
      input: { path: { id: string }; body: { hours: number; reason: string }; key?: string };
      answer: Upgrade;
    };
    /** Call it off: everything is as it was */
    '/v1/upgrades/{id}/cancel': { input: { path: { id: string }; body?: { reason?: string }; key?: string }; answer: Upgrade };
    /** Let this browser be pushed to; the same address again is the same subscription */
    '/v1/me/push-subscriptions': {
      input: {
        body: { endpoint: string; expirationTime?: number | null; keys: { p256dh: string; auth: string } };
      };
      answer: PushSubscription;
    };
    /** Move the clock of one lease */
    '/v1/dev/leases/{id}/fast-forward': {
      input: { path: { id: string }; body: { days: number } };
      answer: {
        asOf: string;
        status: 'applied' | 'verifying' | 'assessing' | 'offered' | 'reserved' | 'awaiting_deposit' | 'awaiting_handover' | 'active' | 'in_arrears' | 'immobilised' | 'paused' | 'stolen' | 'completed' | 'settled_early' | 'upgraded' | 'returned' | 'repossessed' | 'written_off' | 'total_loss' | 'declined' | 'withdrawn' | 'lapsed';
      };
    };
  };
  get: {
    /** Who I am */
    '/v1/me': { input: Record<string, never>; answer: Me };
    /** Everything that is held about me */
    '/v1/me/export': {
      input: Record<string, never>;
      answer: {
        exportedAt: string;
        identityChecks: Array<Record<string, unknown>>;
        documents: Array<Record<string, unknown>>;
        creditAssessments: Array<Record<string, unknown>>;
        leases: Array<Record<string, unknown>>;
        tenures: Array<Record<string, unknown>>;
        hardships: Array<Record<string, unknown>>;
        deaths: Array<Record<string, unknown>>;
        thefts: Array<Record<string, unknown>>;
        demands: Array<Record<string, unknown>>;
        agreements: Array<Record<string, unknown>>;
        history: Array<Record<string, unknown>>;
        upgrades: Array<Record<string, unknown>>;
        paymentMethods: Array<Record<string, unknown>>;
        payments: Array<Record<string, unknown>>;
        guarantees: Array<Record<string, unknown>>;
        transfers: Array<Record<string, unknown>>;
        collateral: Array<Record<string, unknown>>;
        calls: Array<Record<string, unknown>>;
        waiting: Array<Record<string, unknown>>;
        riskEvents: Array<Record<string, unknown>>;
        locationViews: Array<Record<string, unknown>>;
        immobilisations: Array<Record<string, unknown>>;
        messages: Array<Record<string, unknown>>;
        mailAddress: Record<string, unknown> | null;
        pushSubscriptions: Array<Record<string, unknown>>;
        tickets: Array<Record<string, unknown>>;
        receivedTexts: Array<Record<string, unknown>>;
        user: Record<string, unknown>;
        sessions: Array<Record<string, unknown>>;
      };
    };
    /** Users, newest first */
    '/v1/users': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          role?: 'customer' | 'agent' | 'admin';
          market?: 'UG' | 'KE' | 'RW';
          phone?: string;
          email?: string;
        };
      };
      answer: { data: Array<User>; nextCursor: string | null };
    };
    /** One user */
    '/v1/users/{id}': { input: { path: { id: string } }; answer: User };
    /** What a customer consents to */
    '/v1/kyc/notice': { input: Record<string, never>; answer: { noticeVersion: string; text: string } };
    /** The file itself; every look is recorded */
    '/v1/kyc/documents/{id}/content': { input: { path: { id: string } }; answer: undefined };
    /** Submissions, newest first: a customer's own, for staff everybody's */
    '/v1/kyc/submissions': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          status?: 'pending' | 'in_review' | 'approved' | 'rejected' | 'expired';
          userId?: string;
        };
      };
      answer: { data: Array<KycSubmission>; nextCursor: string | null };
    };
    /** One submission */
    '/v1/kyc/submissions/{id}': { input: { path: { id: string } }; answer: KycSubmission };
    /** My score, tier and why; a preview while I have not applied */
    '/v1/me/credit': {
      input: Record<string, never>;
      answer: {
        score: number;
        tier: 'A' | 'B' | 'C' | 'D';
        reasons: Array<{ code: string; points: number; text: string }>;
        assessedAt: string | null;
      };
    };
    /** Assessments, newest first: a customer's own, for staff everybody's */
    '/v1/credit/assessments': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          leaseId?: string;
          customerId?: string;
          status?: 'approved' | 'referred' | 'declined';
        };
      };
      answer: { data: Array<CreditAssessment>; nextCursor: string | null };
    };
    /** One assessment */
    '/v1/credit/assessments/{id}': { input: { path: { id: string } }; answer: CreditAssessment };
    /** Search the catalogue */
    '/v1/vehicles': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          type?: 'motorcycle' | 'car' | 'van' | 'truck';
          market?: 'UG' | 'KE' | 'RW';
          make?: string;
          /** What is `sold` or `retired` is found by staff alone */
          status?: 'available' | 'reserved' | 'leased' | 'maintenance' | 'sold' | 'retired';
          feature?: string;
          branchId?: string;
          /** Minor units */
          minPrice?: number;
          /** Minor units */
          maxPrice?: number;
          /** Minor units, on any plan of its market, or on those of `frequency` */
          minInstalment?: number;
          /** Minor units, on the same plan */
          maxInstalment?: number;
          /** Only what has a plan with such instalments */
          frequency?: 'daily' | 'weekly' | 'monthly';
          near?: string;
          /** From `near` */
          withinKm?: number;
          /** In make, model, features or place; errors of typing are forgiven. For staff a plate or VIN as well */
          q?: string;
          /** By default the nearest with `near`, what fits best with `q`, otherwise the newest first */
          sort?: 'relevance' | '-created' | 'created' | 'price' | '-price' | 'instalment' | '-instalment' | 'year' | '-year' | 'distance';
        };
      };
      answer: { data: Array<FoundVehicle>; nextCursor: string | null };
    };
    /** How many vehicles a search would find by each value of its filters */
    '/v1/vehicles/facets': {
      input: {
        query?: {
          type?: 'motorcycle' | 'car' | 'van' | 'truck';
          market?: 'UG' | 'KE' | 'RW';
          make?: string;
          /** What is `sold` or `retired` is found by staff alone */
          status?: 'available' | 'reserved' | 'leased' | 'maintenance' | 'sold' | 'retired';
          feature?: string;
          branchId?: string;
          /** Minor units */
          minPrice?: number;
          /** Minor units */
          maxPrice?: number;
          /** Minor units, on any plan of its market, or on those of `frequency` */
          minInstalment?: number;
          /** Minor units, on the same plan */
          maxInstalment?: number;
          /** Only what has a plan with such instalments */
          frequency?: 'daily' | 'weekly' | 'monthly';
          near?: string;
          /** From `near` */
          withinKm?: number;
          /** In make, model, features or place; errors of typing are forgiven. For staff a plate or VIN as well */
          q?: string;
        };
      };
      answer: Facets;
    };
    /** A search as a CSV that may be taken in again, the oldest first */
    '/v1/vehicles/export': {
      input: {
        query?: {
          type?: 'motorcycle' | 'car' | 'van' | 'truck';
          market?: 'UG' | 'KE' | 'RW';
          make?: string;
          /** What is `sold` or `retired` is found by staff alone */
          status?: 'available' | 'reserved' | 'leased' | 'maintenance' | 'sold' | 'retired';
          feature?: string;
          branchId?: string;
          /** Minor units */
          minPrice?: number;
          /** Minor units */
          maxPrice?: number;
          /** Minor units, on any plan of its market, or on those of `frequency` */
          minInstalment?: number;
          /** Minor units, on the same plan */
          maxInstalment?: number;
          /** Only what has a plan with such instalments */
          frequency?: 'daily' | 'weekly' | 'monthly';
          near?: string;
          /** From `near` */
          withinKm?: number;
          /** In make, model, features or place; errors of typing are forgiven. For staff a plate or VIN as well */
          q?: string;
        };
      };
      answer: undefined;
    };
    /** Papers of the fleet that lapse and are not renewed, the first to lapse first */
    '/v1/vehicles/papers': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          /** A month ahead where nothing is said */
          lapsesBefore?: string;
          market?: 'UG' | 'KE' | 'RW';
          kind?: 'logbook' | 'insurance' | 'inspection_certificate' | 'import_papers' | 'purchase_invoice' | 'other';
        };
      };
      answer: { data: Array<VehiclePaper & { market: 'UG' | 'KE' | 'RW' }>; nextCursor: string | null };
    };
    /** Papers of a vehicle, the newest first; for whoever has it those that he must carry */
    '/v1/vehicles/{id}/papers': {
      input: {
        path: { id: string };
        query?: {
          limit?: number;
          cursor?: string;
          kind?: 'logbook' | 'insurance' | 'inspection_certificate' | 'import_papers' | 'purchase_invoice' | 'other';
        };
      };
      answer: { data: Array<VehiclePaper>; nextCursor: string | null };
    };
    /** The file itself; every look is recorded */
    '/v1/vehicles/{id}/papers/{paperId}/content': { input: { path: { id: string; paperId: string } }; answer: undefined };
    /** Work on the fleet that is booked or under way, or of the state that is asked for */
    '/v1/vehicles/maintenance': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          kind?: 'service' | 'repair' | 'inspection' | 'recall' | 'cleaning' | 'other';
          status?: 'booked' | 'started' | 'done' | 'cancelled';
          market?: 'UG' | 'KE' | 'RW';
          branchId?: string;
        };
      };
      answer: { data: Array<Maintenance>; nextCursor: string | null };
    };
    /** Work on a vehicle, the last that was booked first */
    '/v1/vehicles/{id}/maintenance': {
      input: {
        path: { id: string };
        query?: {
          limit?: number;
          cursor?: string;
          kind?: 'service' | 'repair' | 'inspection' | 'recall' | 'cleaning' | 'other';
          status?: 'booked' | 'started' | 'done' | 'cancelled';
        };
      };
      answer: { data: Array<Maintenance>; nextCursor: string | null };
    };
    /** One vehicle */
    '/v1/vehicles/{id}': { input: { path: { id: string } }; answer: Vehicle };
    /** What it costs on a plan */
    '/v1/vehicles/{id}/quote': { input: { path: { id: string }; query: { planId: string } }; answer: Quote };
    /** A picture itself, which never changes under its address */
    '/v1/photos/{hash}': { input: { path: { hash: string } }; answer: undefined };
    /** What happened to its state and price, the latest first */
    '/v1/vehicles/{id}/history': {
      input: { path: { id: string }; query?: { limit?: number; cursor?: string } };
      answer: { data: Array<VehicleChange>; nextCursor: string | null };
    };
    /** What is looked at, for each type of vehicle */
    '/v1/inspection-checklists': {
      input: { query?: { limit?: number; cursor?: string } };
      answer: { data: Array<Checklist>; nextCursor: string | null };
    };
    /** Inspections of a vehicle, the newest first */
    '/v1/vehicles/{id}/inspections': {
      input: {
        path: { id: string };
        query?: {
          limit?: number;
          cursor?: string;
          leaseId?: string;
          occasion?: 'handover' | 'return' | 'upgrade' | 'routine';
        };
      };
      answer: { data: Array<Inspection>; nextCursor: string | null };
    };
    /** The picture itself; every look is recorded */
    '/v1/vehicles/{id}/inspections/{inspectionId}/pictures/{pictureId}': { input: { path: { id: string; inspectionId: string; pictureId: string } }; answer: undefined };
    /** How many wait for a vehicle, and in which place; staff see all of them */
    '/v1/vehicles/{id}/waiting': { input: { path: { id: string } }; answer: Queue };
    /** Where we are, by name */
    '/v1/branches': {
      input: { query?: { limit?: number; cursor?: string; market?: 'UG' | 'KE' | 'RW' } };
      answer: { data: Array<Branch>; nextCursor: string | null };
    };
    /** When its next service is due, by kilometres and by time */
    '/v1/vehicles/{id}/service': { input: { path: { id: string } }; answer: Service };
    /** The plans on offer */
    '/v1/plans': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          market?: 'UG' | 'KE' | 'RW';
          type?: 'motorcycle' | 'car' | 'van' | 'truck';
          frequency?: 'daily' | 'weekly' | 'monthly';
          /** For staff: those no longer offered too */
          all?: 'true' | 'false';
        };
      };
      answer: { data: Array<Plan>; nextCursor: string | null };
    };
    /** One plan */
    '/v1/plans/{id}': { input: { path: { id: string } }; answer: Plan };
    /** The public holidays of a market and a year, in order */
    '/v1/holidays': {
      input: { query: { limit?: number; cursor?: string; market: 'UG' | 'KE' | 'RW'; year: number } };
      answer: { data: Array<Holiday>; nextCursor: string | null };
    };
    /** My leases; all of them for staff */
    '/v1/leases': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          status?: 'applied' | 'verifying' | 'assessing' | 'offered' | 'reserved' | 'awaiting_deposit' | 'awaiting_handover' | 'active' | 'in_arrears' | 'immobilised' | 'paused' | 'stolen' | 'completed' | 'settled_early' | 'upgraded' | 'returned' | 'repossessed' | 'written_off' | 'total_loss' | 'declined' | 'withdrawn' | 'lapsed';
          vehicleId?: string;
          customerId?: string;
          market?: 'UG' | 'KE' | 'RW';
          /** Its reference */
          q?: string;
        };
      };
      answer: { data: Array<Lease>; nextCursor: string | null };
    };
    /** One lease, on its own clock */
    '/v1/leases/{id}': { input: { path: { id: string } }; answer: Lease };
    /** What is due when; an earlier version as it was when it was replaced */
    '/v1/leases/{id}/schedule': {
      input: { path: { id: string }; query?: { limit?: number; cursor?: string; version?: number } };
      answer: { data: Array<ScheduleLine>; nextCursor: string | null };
    };
    /** What happened, oldest first */
    '/v1/leases/{id}/timeline': {
      input: { path: { id: string }; query?: { limit?: number; cursor?: string } };
      answer: { data: Array<TimelineEntry>; nextCursor: string | null };
    };
    /** The key facts as they were agreed on, whatever changed since; before that of what is offered */
    '/v1/leases/{id}/key-facts': { input: { path: { id: string } }; answer: KeyFacts };
    /** My agreements and amendments, drafts among them, newest first; all of them for staff */
    '/v1/agreements': {
      input: { query?: { limit?: number; cursor?: string; leaseId?: string; customerId?: string } };
      answer: { data: Array<Agreement>; nextCursor: string | null };
    };
    /** One agreement or amendment; its document is under `/content` */
    '/v1/agreements/{id}': { input: { path: { id: string } }; answer: Agreement };
    /** The document: as it was signed, or what a draft says */
    '/v1/agreements/{id}/content': { input: { path: { id: string }; query?: { format?: 'html' | 'pdf' } }; answer: undefined };
    /** What was demanded of me in writing, newest first; of everybody for staff */
    '/v1/demands': {
      input: { query?: { limit?: number; cursor?: string; leaseId?: string; kind?: 'arrears' | 'redemption' } };
      answer: { data: Array<Demand>; nextCursor: string | null };
    };
    /** The paper, as PDF */
    '/v1/demands/{id}/content': { input: { path: { id: string } }; answer: undefined };
    /** The account of this lease, from the ledger; as CSV or PDF by `format` or `Accept`, to be verified later */
    '/v1/leases/{id}/statement': { input: { path: { id: string }; query?: { format?: 'json' | 'csv' | 'pdf' } }; answer: Statement };
    /** What is owned, and what settling or leaving costs today */
    '/v1/leases/{id}/ownership': { input: { path: { id: string } }; answer: Ownership };
    /** The signed dossier of a theft, for the police; as PDF by `format` */
    '/v1/leases/{id}/theft-dossier': { input: { path: { id: string }; query?: { format?: 'json' | 'pdf' } }; answer: TheftDossier };
    /** What document has this code, and the hash by which its file is compared */
    '/v1/verify/{code}': { input: { path: { code: string } }; answer: Verification };
    /** What a statement said that was given out; for everybody who holds its code */
    '/v1/statements/{code}': { input: { path: { code: string } }; answer: IssuedStatement };
    /** My payment methods */
    '/v1/payment-methods': {
      input: { query?: { limit?: number; cursor?: string } };
      answer: { data: Array<PaymentMethod>; nextCursor: string | null };
    };
    /** Payments, newest first */
    '/v1/payments': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          leaseId?: string;
          status?: 'pending' | 'succeeded' | 'failed' | 'unknown' | 'reversed';
          kind?: 'deposit' | 'instalment' | 'fee' | 'settlement' | 'refund' | 'cash' | 'inbound';
          provider?: 'mtn' | 'airtel' | 'mpesa' | 'cash' | 'former' | 'trade_in' | 'sale';
        };
      };
      answer: { data: Array<Payment>; nextCursor: string | null };
    };
    /** One payment */
    '/v1/payments/{id}': { input: { path: { id: string } }; answer: Payment };
    /** The cash that an agent holds, what of it is on its way, and the most he may hold */
    '/v1/agents/{id}/float': { input: { path: { id: string } }; answer: Float };
    /** What an agent has handed over, newest first */
    '/v1/agents/{id}/remittances': {
      input: { path: { id: string }; query?: { limit?: number; cursor?: string } };
      answer: { data: Array<Remittance>; nextCursor: string | null };
    };
    /** Money that waits for its owner, newest first, with suggestions */
    '/v1/suspense': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          status?: 'announced' | 'refuted' | 'suspense' | 'posted' | 'charge' | 'returning' | 'returned';
        };
      };
      answer: { data: Array<Suspense>; nextCursor: string | null };
    };
    /** Money that a person must look at, newest first */
    '/v1/cases': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          leaseId?: string;
          paymentId?: string;
          kind?: string;
          status?: 'open' | 'closed';
        };
      };
      answer: { data: Array<Case>; nextCursor: string | null };
    };
    /** One case */
    '/v1/cases/{id}': { input: { path: { id: string } }; answer: Case };
    /** Reports of the providers' days, newest first */
    '/v1/reconciliations': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          provider?: 'mtn' | 'airtel' | 'mpesa';
          market?: 'UG' | 'KE' | 'RW';
          date?: string;
          status?: 'running' | 'balanced' | 'differences' | 'failed';
        };
      };
      answer: { data: Array<Reconciliation>; nextCursor: string | null };
    };
    /** One report */
    '/v1/reconciliations/{id}': { input: { path: { id: string } }; answer: Reconciliation };
    /** All accounts as of a business date; debits equal credits in each currency */
    '/v1/ledger/trial-balance': { input: { query?: { asOf?: string } }; answer: TrialBalance };
    /** The accounts by name, those that begin with `name` */
    '/v1/ledger/accounts': {
      input: { query?: { limit?: number; cursor?: string; name?: string } };
      answer: { data: Array<LedgerAccount>; nextCursor: string | null };
    };
    /** One account as of a business date with its entries, the newest first */
    '/v1/ledger/accounts/{id}': {
      input: { path: { id: string }; query?: { limit?: number; cursor?: string; asOf?: string } };
      answer: LedgerAccountWithEntries;
    };
    /** Transfers with their entries, the newest business date first; `from` and `to` are inclusive */
    '/v1/ledger/transfers': {
      input: {
        query?: { limit?: number; cursor?: string; book?: string; leaseId?: string; from?: string; to?: string };
      };
      answer: { data: Array<Transfer>; nextCursor: string | null };
    };
    /** One transfer with its entries, what it reverses and what reversed it */
    '/v1/ledger/transfers/{id}': { input: { path: { id: string } }; answer: Transfer };
    /** The books as a journal of hledger or Beancount; `from` and `to` are business dates, both inclusive */
    '/v1/ledger/journal': {
      input: { query?: { format?: 'hledger' | 'beancount'; from?: string; to?: string } };
      answer: undefined;
    };
    /** Portfolio at risk (PAR 1, 7, 30, 90) by market, product or month of handover; of now, or as kept of a day */
    '/v1/portfolio/at-risk': {
      input: {
        query?: {
          by?: 'market' | 'product' | 'vintage';
          market?: 'UG' | 'KE' | 'RW';
          /** The end of this local day; without it, and of a day that is not over: now */
          asOf?: string;
        };
      };
      answer: PortfolioAtRisk;
    };
    /** How many leases stand in which status, and what those that run owe */
    '/v1/portfolio/stages': { input: { query?: { market?: 'UG' | 'KE' | 'RW' } }; answer: LeasesByStage };
    /** What was due, what came in and what had been foreseen, by day, week or month */
    '/v1/portfolio/collections': {
      input: {
        query: {
          from: string;
          to: string;
          market?: 'UG' | 'KE' | 'RW';
          by?: 'day' | 'week' | 'month';
          lead?: number;
          format?: 'json' | 'csv';
        };
      };
      answer: CollectionReport;
    };
    /** What is due on the next days of a market, and how much of it is expected */
    '/v1/portfolio/forecast': { input: { query: { market: 'UG' | 'KE' | 'RW'; days?: number } }; answer: CollectionForecast };
    /** What became of the leases of each month of handover, month by month */
    '/v1/portfolio/vintages': { input: { query?: { market?: 'UG' | 'KE' | 'RW'; format?: 'json' | 'csv' } }; answer: Vintages };
    /** Promises to pay by the days on which they were to be kept, and what became of them */
    '/v1/portfolio/promises': { input: { query: { from: string; to: string; market?: 'UG' | 'KE' | 'RW' } }; answer: Promises };
    /** How long vehicles were leased, available and in maintenance, by month, market, branch and type */
    '/v1/portfolio/utilisation': {
      input: { query: { from: string; to: string; market?: 'UG' | 'KE' | 'RW'; format?: 'json' | 'csv' } };
      answer: Utilisation;
    };
    /** Whom to ring today and why, the most pressing first */
    '/v1/portfolio/call-list': { input: { query?: { market?: 'UG' | 'KE' | 'RW'; limit?: number } }; answer: CallList };
    /** Calls that staff made about this lease, the newest first; at most a hundred */
    '/v1/leases/{id}/calls': {
      input: { path: { id: string }; query?: { limit?: number; cursor?: string } };
      answer: { data: Array<Call>; nextCursor: string | null };
    };
    /** Events, oldest first; whoever goes on after the last `position` hears all, in order */
    '/v1/events': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          type?: 'user.created' | 'user.erased' | 'kyc.submitted' | 'kyc.approved' | 'kyc.rejected' | 'vehicle.created' | 'vehicle.changed' | 'vehicle.paper.lapsing' | 'vehicle.queue.called' | 'vehicle.queue.delayed' | 'vehicle.queue.gone' | 'vehicle.reserved' | 'vehicle.released' | 'payment.plan.created' | 'payment.completed' | 'payment.failed' | 'payment.held' | 'payment.sent_back' | 'lease.account_changed' | 'lease.days_not_credited' | 'lease.schedule_changed' | 'payment.overdue' | 'credit.approved' | 'credit.rejected' | 'credit.referred' | 'lease.offered' | 'lease.signed' | 'lease.activated' | 'lease.paused' | 'lease.in_arrears' | 'lease.completed' | 'lease.terminated' | 'telematics.risk.detected' | 'vehicle.immobilised' | 'vehicle.mobilised' | 'support.ticket.created' | 'support.ticket.updated' | 'support.ticket.escalated' | 'upgrade.requested' | 'upgrade.approved' | 'upgrade.requoted' | 'upgrade.lapsing' | 'upgrade.extended' | 'upgrade.completed' | 'upgrade.ended' | 'death.reported' | 'death.confirmed' | 'death.refuted' | 'hardship.decided' | 'guarantor.invited' | 'guarantor.consented' | 'guarantor.ended' | 'guarantor.called' | 'transfer.proposed' | 'transfer.ended' | 'transfer.completed' | 'lease.demanded' | 'lease.redeemed' | 'lease.vehicle_sold' | 'collateral.opened' | 'collateral.done' | 'collateral.dropped' | 'collateral.overdue';
          leaseId?: string;
          subject?: string;
          /** Only events of a higher `position` */
          after?: number;
        };
      };
      answer: { data: Array<CloudEvent>; nextCursor: string | null };
    };
    /** Every type of event, who hears it, and the JSON Schema of its data */
    '/v1/events/schemas': {
      input: { query?: { limit?: number; cursor?: string } };
      answer: { data: Array<EventType>; nextCursor: string | null };
    };
    /** Deliveries, newest first; with `status=dead` the dead letters */
    '/v1/webhooks/deliveries': {
      input: {
        query?: { limit?: number; cursor?: string; status?: 'pending' | 'delivered' | 'dead'; webhookId?: string };
      };
      answer: { data: Array<WebhookDelivery>; nextCursor: string | null };
    };
    /** One delivery, with its body and for a week what came of each request */
    '/v1/webhooks/deliveries/{id}': { input: { path: { id: string } }; answer: WebhookDeliveryWithLog };
    /** Endpoints of webhooks, newest first */
    '/v1/webhooks': {
      input: { query?: { limit?: number; cursor?: string } };
      answer: { data: Array<Webhook>; nextCursor: string | null };
    };
    /** One endpoint */
    '/v1/webhooks/{id}': { input: { path: { id: string } }; answer: Webhook };
    /** What could not be done: callbacks, telemetry, webhooks, workflows, texts; newest first */
    '/v1/dead-letters': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          kind?: 'callback' | 'telemetry' | 'webhook' | 'workflow' | 'notification' | 'unit_word';
        };
      };
      answer: { data: Array<DeadLetter>; nextCursor: string | null };
    };
    /** Trackers in use, newest first */
    '/v1/trackers': {
      input: { query?: { limit?: number; cursor?: string; vehicleId?: string } };
      answer: { data: Array<Tracker>; nextCursor: string | null };
    };
    /** Messages that could not be believed, the latest first */
    '/v1/telemetry/quarantine': {
      input: { query?: { limit?: number; cursor?: string; trackerId?: string } };
      answer: { data: Array<QuarantinedMessage>; nextCursor: string | null };
    };
    /** Where the vehicle was last believed to be */
    '/v1/vehicles/{id}/position': { input: { path: { id: string } }; answer: Position };
    /** Where the vehicle was, oldest first; as GeoJSON or GPX, of the whole time, by `format` or `Accept` */
    '/v1/vehicles/{id}/positions': {
      input: {
        path: { id: string };
        query?: {
          limit?: number;
          cursor?: string;
          from?: string;
          to?: string;
          format?: 'json' | 'geojson' | 'gpx';
          /** Of a GeoJSON or GPX: how many metres what is left out may lie from the line; 0 leaves out nothing */
          simplify?: number;
        };
      };
      answer: { data: Array<Position>; nextCursor: string | null };
    };
    /** Trips that set off in this time, oldest first, from the positions */
    '/v1/vehicles/{id}/trips': {
      input: { path: { id: string }; query?: { limit?: number; cursor?: string; from?: string; to?: string } };
      answer: { data: Array<Trip>; nextCursor: string | null };
    };
    /** What the vehicle drove by its trackers, in all and on the days of this time */
    '/v1/vehicles/{id}/odometer': { input: { path: { id: string }; query?: { from?: string; to?: string } }; answer: Odometer };
    /** What happened to vehicles, the latest first; a customer's own leases, for staff all */
    '/v1/risk-events': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          vehicleId?: string;
          leaseId?: string;
          type?: 'speeding' | 'geofence_exit' | 'geofence_enter' | 'tampering' | 'power_cut' | 'tow' | 'harsh_braking' | 'harsh_acceleration' | 'low_battery' | 'offline' | 'online' | 'impossible_jump' | 'crash' | 'jamming' | 'wrong_country' | 'harsh_cornering' | 'idle_too_long' | 'clock_ahead' | 'clock_behind';
        };
      };
      answer: { data: Array<RiskEvent>; nextCursor: string | null };
    };
    /** Geofences, newest first */
    '/v1/geofences': {
      input: { query?: { limit?: number; cursor?: string } };
      answer: { data: Array<Geofence>; nextCursor: string | null };
    };
    /** One geofence */
    '/v1/geofences/{id}': { input: { path: { id: string } }; answer: Geofence };
    /** Positions and events as they happen: a WebSocket, with the subprotocols `rto.v1` and `bearer.<access token>` */
    '/v1/live': { input: Record<string, never>; answer: undefined };
    /** Who of the staff looked where my vehicle is or was, and why, the latest first */
    '/v1/me/location-views': {
      input: { query?: { limit?: number; cursor?: string } };
      answer: { data: Array<LocationView>; nextCursor: string | null };
    };
    /** Tickets, newest first unless sorted: a customer's own, for staff everybody's */
    '/v1/tickets': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          status?: 'open' | 'waiting' | 'resolved' | 'merged';
          category?: 'accident' | 'theft' | 'breakdown' | 'tampering' | 'payment' | 'arrears' | 'documents' | 'account' | 'complaint' | 'other';
          priority?: 'urgent' | 'high' | 'normal' | 'low';
          market?: 'UG' | 'KE' | 'RW';
          customerId?: string;
          assigneeId?: string;
          unassigned?: 'true' | 'false';
          leaseId?: string;
          paymentId?: string;
          vehicleId?: string;
          caseId?: string;
          /** `due`: what staff have to do something about next, by `escalatesAt`; `newest` otherwise */
          sort?: 'newest' | 'due';
        };
      };
      answer: { data: Array<Ticket>; nextCursor: string | null };
    };
    /** One ticket with its messages */
    '/v1/tickets/{id}': { input: { path: { id: string } }; answer: TicketWithMessages };
    /** The file itself; every look is recorded */
    '/v1/ticket-attachments/{id}/content': { input: { path: { id: string } }; answer: undefined };
    /** Answers that are given again and again, newest first */
    '/v1/ticket-macros': {
      input: { query?: { limit?: number; cursor?: string; language?: 'en' | 'sw' | 'lg' | 'rw' | 'fr' } };
      answer: { data: Array<TicketMacro>; nextCursor: string | null };
    };
    /** One such answer */
    '/v1/ticket-macros/{id}': { input: { path: { id: string } }; answer: TicketMacro };
    /** What a vehicle was told, the latest first */
    '/v1/vehicles/{id}/commands': {
      input: { path: { id: string }; query?: { limit?: number; cursor?: string } };
      answer: { data: Array<VehicleCommand>; nextCursor: string | null };
    };
    /** What the laws of the markets ask before a vehicle is stopped, the latest to begin first */
    '/v1/market-rules': {
      input: { query?: { limit?: number; cursor?: string; market?: 'UG' | 'KE' | 'RW' } };
      answer: { data: Array<MarketRule>; nextCursor: string | null };
    };
    /** What I answer for, or am asked to, and who answers for my leases, newest first; all of them for staff */
    '/v1/guarantees': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          leaseId?: string;
          status?: 'invited' | 'consented' | 'refused' | 'withdrawn' | 'released' | 'lapsed';
        };
      };
      answer: { data: Array<Guarantee>; nextCursor: string | null };
    };
    /** One guarantee: for what, up to how much, and where it stands */
    '/v1/guarantees/{id}': { input: { path: { id: string } }; answer: Guarantee };
    /** What is to be done, or was, at public registers: of my leases; of all of them for staff; newest first */
    '/v1/collateral-steps': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          leaseId?: string;
          kind?: 'registration' | 'amendment' | 'discharge' | 'title';
          status?: 'open' | 'done' | 'dropped';
        };
      };
      answer: { data: Array<CollateralStep>; nextCursor: string | null };
    };
    /** One step: at which register, by when, and whether it is done */
    '/v1/collateral-steps/{id}': { input: { path: { id: string } }; answer: CollateralStep };
    /** Transfers of leases that I have, had or am offered, newest first; all of them for staff */
    '/v1/transfers': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          leaseId?: string;
          status?: 'proposed' | 'accepted' | 'completed' | 'declined' | 'refused' | 'withdrawn' | 'rejected' | 'lapsed';
        };
      };
      answer: { data: Array<LeaseTransfer>; nextCursor: string | null };
    };
    /** One transfer: what is paid, what is owed, and where it stands */
    '/v1/transfers/{id}': { input: { path: { id: string } }; answer: LeaseTransfer };
    /** My upgrades, newest first; all of them for staff */
    '/v1/upgrades': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          leaseId?: string;
          customerId?: string;
          status?: 'quoted' | 'referred' | 'approved' | 'inspected' | 'completed' | 'declined' | 'cancelled' | 'lapsed';
        };
      };
      answer: { data: Array<Upgrade>; nextCursor: string | null };
    };
    /** One upgrade */
    '/v1/upgrades/{id}': { input: { path: { id: string } }; answer: Upgrade };
    /** What was told, newest first: to me, for staff to anybody */
    '/v1/notifications': {
      input: { query?: { limit?: number; cursor?: string; userId?: string } };
      answer: { data: Array<Notification>; nextCursor: string | null };
    };
    /** What is told of each kind in each language by each channel, with the longest of what is ordinary */
    '/v1/notifications/templates': {
      input: {
        query?: {
          limit?: number;
          cursor?: string;
          kind?: 'offer' | 'declined' | 'lapsed' | 'deposit_received' | 'deposit_owed_again' | 'welcome' | 'reminder' | 'prompt_declined' | 'wrong_pin' | 'other_method' | 'late_fee' | 'immobilisation_warning' | 'restart_code' | 'paused' | 'promised' | 'restructured' | 'theft_reported' | 'returned' | 'repossessed' | 'total_loss' | 'transfer_asked' | 'transfer_to_agree' | 'transfer_ended' | 'transferred' | 'upgrade_approved' | 'upgrade_declined' | 'upgrade_to_sign' | 'upgrade_lapsing' | 'upgrade_ended' | 'upgrade_completed' | 'money_held' | 'money_sent_back' | 'account_changed' | 'instalment_raised' | 'guaranteed_schedule' | 'guarantor_asked' | 'guarantor_called' | 'guarantor_released' | 'guarantor_found' | 'guarantor_left' | 'guarantor_gone' | 'title_transferred' | 'interest_discharged' | 'demanded' | 'redemption_demanded' | 'redeemed' | 'vehicle_sold' | 'days_given' | 'days_owed' | 'hardship_granted' | 'hardship_declined' | 'death_refuted' | 'taken_over' | 'owner' | 'refund' | 'your_turn' | 'vehicle_gone' | 'turn_delayed' | 'hold_extended' | 'answered' | 'answer' | 'answer_awaited' | 'unanswered' | 'crash_noticed' | 'login_code' | 'welcome_code' | 'already_registered' | 'pin_code' | 'signature_code' | 'pin_reset' | 'code_hidden' | 'mail_changed' | 'digest';
          language?: 'en' | 'sw' | 'lg' | 'rw' | 'fr';
          channel?: 'sms' | 'email' | 'push' | 'in_app';
        };
      };
      answer: {
        data: Array<{
          kind: string;
          language: 'en' | 'sw' | 'lg' | 'rw' | 'fr';
          channel: 'sms' | 'email' | 'push' | 'in_app';
          /** From 0 on: a kind whose words differ by what it tells has several */
          sample: number;
          /** Subject of an e-mail, title of a push message; an SMS has none */
          title: string | null;
          text: string;
          /** English where nobody has put it into the language yet */
          writtenIn: 'en' | 'sw' | 'lg' | 'rw' | 'fr';
          /** SMS that it takes, two at most; 0 for other channels */
          segments: number;
          encoding: 'gsm7' | 'ucs2' | null;
          /** It comes by SMS whatever is preferred */
          isLegal: boolean;
        }>;
        nextCursor: string | null;
      };
    };
    /** How I want to be reached */
    '/v1/me/notification-preferences': { input: Record<string, never>; answer: NotificationPreferences };
    /** The browsers that I am pushed to, and the key with which another one subscribes */
    '/v1/me/push-subscriptions': {
      input: Record<string, never>;
      answer: {
        /** `applicationServerKey`; null where nobody is pushed to */
        publicKey: string | null;
        subscriptions: Array<PushSubscription>;
      };
    };
    /** The keys of access tokens */
    '/.well-known/jwks.json': {
      input: Record<string, never>;
      answer: {
        keys: Array<{ kty: string; crv: string; x: string; y: string; kid: string; alg: string; use: string }>;
      };
    };
    /** The process lives */
    '/health/live': { input: Record<string, never>; answer: { status: 'up' } };
    /** The process takes traffic; 503 while it does not */
    '/health/ready': { input: Record<string, never>; answer: { status: 'up' } };
    /** What the platform stands on */
    '/health/dependencies': { input: Record<string, never>; answer: DependencyReport };
  };
  patch: {
    /** Change my data */
    '/v1/me': {
      input: {
        body?: {
          name?: string;
          language?: 'en' | 'sw' | 'lg' | 'rw' | 'fr';
          monthlyIncome?: { amount: number; currency: 'UGX' | 'KES' | 'RWF' } | null;
          /** Of a customer; a code goes there, and nothing else before POST /me/email/verify */
          email?: string | null;
        };
      };
      answer: Me;
    };
    /** Change or disable a user */
    '/v1/users/{id}': {
      input: {
        path: { id: string };
        body?: {
          name?: string;
          role?: 'customer' | 'agent' | 'admin';
          /** Of a customer who has another number now; ends his sessions */
          phone?: string;
          disabled?: boolean;
          /** Of staff: which tickets come to them by themselves */
          desk?: {
            markets: Array<'UG' | 'KE' | 'RW'>;
            /** A branch of one of its markets */
            branchId: string | null;
            skills: Array<'accident' | 'theft' | 'breakdown' | 'tampering' | 'payment' | 'arrears' | 'documents' | 'account' | 'complaint' | 'other'>;
            level: 'agent' | 'team_lead' | 'manager';
          } | null;
        };
      };
      answer: User;
    };
    /** Change a vehicle */
    '/v1/vehicles/{id}': {
      input: {
        path: { id: string };
        body?: {
          make?: string;
          model?: string;
          year?: number;
          price?: Money;
          registration?: string;
          odometerKm?: number;
          speedLimitKph?: number | null;
          /** Where it stands for sale; with `at` it is only read */
          location?: { lat: number; lon: number; place?: string | null; at?: string | null } | null;
          /** A branch of its market */
          branchId?: string | null;
          /** What people look for besides, such as `electric` or `top box` */
          features?: Array<string>;
          /** In their order; a photograph that is kept here goes where its address is left out */
          photos?: Array<string>;
          id?: string;
          createdAt?: string;
          updatedAt?: string;
          photographs?: Array<Photograph>;
          /** Only read */
          type?: 'motorcycle' | 'car' | 'van' | 'truck';
          /** Only read */
          market?: 'UG' | 'KE' | 'RW';
          /** Only read */
          vin?: string;
          /** `available` or `maintenance`; the others are only read */
          status?: 'available' | 'reserved' | 'leased' | 'maintenance' | 'sold' | 'retired';
          /** Why a vehicle that was written off with its lease is `available` again */
          reason?: string;
        };
      };
      answer: Vehicle;
    };
    /** Change a branch */
    '/v1/branches/{id}': {
      input: {
        path: { id: string };
        body?: { name?: string; location?: { lat: number; lon: number; place?: string | null } };
      };
      answer: Branch;
    };
    /** Change a plan for new applications */
    '/v1/plans/{id}': {
      input: {
        path: { id: string };
        body?: {
          name?: string;
          vehicleTypes?: Array<'motorcycle' | 'car' | 'van' | 'truck'>;
          frequency?: 'daily' | 'weekly' | 'monthly';
          instalments?: number;
          depositPercent?: number;
          markupPercent?: number;
          graceDays?: number;
          lateFee?: { amount: number; cap: number } | null;
          immobiliseAfterDaysPastDue?: number | null;
          immobiliseNoticeHours?: number;
          offerHours?: number;
          signHours?: number;
          depositHours?: number;
          /** Days for which collection waits for a stolen vehicle; null: it does not */
          theftPauseDays?: number | null;
          /** Days of relief for hardship within 365; null: none */
          hardshipDays?: number | null;
          /** Days past due beyond which whoever answers for the lease is called upon */
          guarantorAfterDaysPastDue?: number;
          /** How many applications a customer has open at most, with the one by this plan */
          applicationsAtOnce?: number;
          /** Of the price: the most that he answers for */
          guarantorPercent?: number;
          /** Who bears what an insurer does not pay of a vehicle that is lost for good */
          totalLossGap?: 'customer' | 'house';
          components?: { vehicle?: number; insurance?: number; tracker?: number; maintenance?: number; battery?: number };
          /** The least deposit in minor units, whatever the percentage is */
          depositAmount?: number | null;
          /** `markup` on what is paid over time, or interest on the balance that is left */
          method?: 'markup' | 'declining';
          /** Nominal, for `declining` alone, whose `markupPercent` is 0 */
          annualRatePercent?: number | null;
          /** So many Sundays of a month, the first ones, have no line of a daily plan */
          daysOffPerMonth?: number;
          /** Percent of an ordinary instalment by month, 1 to 12; the total stays */
          season?: {
            1?: number;
            2?: number;
            3?: number;
            4?: number;
            5?: number;
            6?: number;
            7?: number;
            8?: number;
            9?: number;
            10?: number;
            11?: number;
            12?: number;
          } | null;
          /** An instalment is a share of the recorded income, within bounds; the total stays */
          earnings?: { sharePercent: number; floor: number; ceiling: number } | null;
          /** What somebody else pays of the price */
          subsidy?: { amount: number; by: string } | null;
          active?: boolean;
        };
      };
      answer: Plan;
    };
    /** Change an endpoint; at another address, or active again, it is sent a test first */
    '/v1/webhooks/{id}': {
      input: {
        path: { id: string };
        body?: {
          url?: string;
          description?: string;
          types?: Array<'user.created' | 'user.erased' | 'kyc.submitted' | 'kyc.approved' | 'kyc.rejected' | 'vehicle.created' | 'vehicle.changed' | 'vehicle.paper.lapsing' | 'vehicle.queue.called' | 'vehicle.queue.delayed' | 'vehicle.queue.gone' | 'vehicle.reserved' | 'vehicle.released' | 'payment.plan.created' | 'payment.completed' | 'payment.failed' | 'payment.held' | 'payment.sent_back' | 'lease.account_changed' | 'lease.days_not_credited' | 'lease.schedule_changed' | 'payment.overdue' | 'credit.approved' | 'credit.rejected' | 'credit.referred' | 'lease.offered' | 'lease.signed' | 'lease.activated' | 'lease.paused' | 'lease.in_arrears' | 'lease.completed' | 'lease.terminated' | 'telematics.risk.detected' | 'vehicle.immobilised' | 'vehicle.mobilised' | 'support.ticket.created' | 'support.ticket.updated' | 'support.ticket.escalated' | 'upgrade.requested' | 'upgrade.approved' | 'upgrade.requoted' | 'upgrade.lapsing' | 'upgrade.extended' | 'upgrade.completed' | 'upgrade.ended' | 'death.reported' | 'death.confirmed' | 'death.refuted' | 'hardship.decided' | 'guarantor.invited' | 'guarantor.consented' | 'guarantor.ended' | 'guarantor.called' | 'transfer.proposed' | 'transfer.ended' | 'transfer.completed' | 'lease.demanded' | 'lease.redeemed' | 'lease.vehicle_sold' | 'collateral.opened' | 'collateral.done' | 'collateral.dropped' | 'collateral.overdue'> | null;
          status?: 'active' | 'disabled';
        };
      };
      answer: Webhook;
    };
    /** Change a geofence; with another area, rule or vehicles it is another one, and what went on by it ends */
    '/v1/geofences/{id}': { input: { path: { id: string }; body: GeofenceChanges }; answer: Geofence };
    /** Say better what it is about, or how urgent: its deadlines move */
    '/v1/tickets/{id}': {
      input: {
        path: { id: string };
        body?: {
          category?: 'accident' | 'theft' | 'breakdown' | 'tampering' | 'payment' | 'arrears' | 'documents' | 'account' | 'complaint' | 'other';
          priority?: 'urgent' | 'high' | 'normal' | 'low';
          branchId?: string | null;
        };
      };
      answer: TicketWithMessages;
    };
    /** Change such an answer; what was written by it stays */
    '/v1/ticket-macros/{id}': {
      input: {
        path: { id: string };
        body?: { name?: string; language?: 'en' | 'sw' | 'lg' | 'rw' | 'fr'; body?: string };
      };
      answer: TicketMacro;
    };
    /** Say how I want to be reached */
    '/v1/me/notification-preferences': {
      input: {
        body?: {
          language?: 'en' | 'sw' | 'lg' | 'rw' | 'fr';
          /** The first first; legal notices come by SMS all the same */
          channels?: Array<'sms' | 'email' | 'push' | 'in_app'>;
          /** `daily`: what is not urgent comes together, at 8 in the morning */
          digest?: 'off' | 'daily';
        };
      };
      answer: NotificationPreferences;
    };
  };
  delete: {
    /** Erase my personal data, but for what the books must keep */
    '/v1/me': { input: Record<string, never>; answer: undefined };
    /** Keep the e-mail address that I have: the one that waits for its code is forgotten */
    '/v1/me/email/pending': { input: Record<string, never>; answer: undefined };
    /** Take my PIN away, which I have forgotten: I choose another one when I next sign on a phone */
    '/v1/me/pin': {
      input: {
        body?: {
          /** Of POST /auth/otp; not needed within a quarter of an hour of a login */
          code?: string;
        };
      };
      answer: undefined;
    };
    /** Take away the PIN with which a customer signs on a phone: he has forgotten it. He is told by SMS */
    '/v1/users/{id}/pin': { input: { path: { id: string } }; answer: undefined };
    /** Take away a paper that was handed in wrongly */
    '/v1/vehicles/{id}/papers/{paperId}': { input: { path: { id: string; paperId: string } }; answer: undefined };
    /** Give up work that has not begun */
    '/v1/vehicles/{id}/maintenance/{maintenanceId}': { input: { path: { id: string; maintenanceId: string } }; answer: undefined };
    /** Retire a vehicle */
    '/v1/vehicles/{id}': { input: { path: { id: string } }; answer: undefined };
    /** Take a photograph away */
    '/v1/vehicles/{id}/photos/{photoId}': { input: { path: { id: string; photoId: string } }; answer: undefined };
    /** Give up an inspection that is under way */
    '/v1/vehicles/{id}/inspections/{inspectionId}': { input: { path: { id: string; inspectionId: string } }; answer: undefined };
    /** Wait no longer; where it was his turn it is the next one’s */
    '/v1/vehicles/{id}/waiting': { input: { path: { id: string } }; answer: undefined };
    /** Withdraw a public holiday that was entered */
    '/v1/holidays/{id}': { input: { path: { id: string } }; answer: undefined };
    /** Remove a payment method */
    '/v1/payment-methods/{id}': { input: { path: { id: string } }; answer: undefined };
    /** Delete an endpoint, with what is on its way */
    '/v1/webhooks/{id}': { input: { path: { id: string } }; answer: undefined };
    /** Take a tracker out of use; its connection ends */
    '/v1/trackers/{id}': { input: { path: { id: string } }; answer: undefined };
    /** Take a geofence away; what went on by it ends */
    '/v1/geofences/{id}': { input: { path: { id: string } }; answer: undefined };
    /** Take such an answer away */
    '/v1/ticket-macros/{id}': { input: { path: { id: string } }; answer: undefined };
    /** Push to this browser no more, by its address */
    '/v1/me/push-subscriptions': { input: { body: { endpoint: string } }; answer: undefined };
    /** Push to a browser no more */
    '/v1/me/push-subscriptions/{id}': { input: { path: { id: string } }; answer: undefined };
  };
  put: {
    /** A result of an identity check is there */
    '/v1/callbacks/smileid/{secret}': { input: { path: { secret: string } }; answer: { received: true } };
    /** A provider announces a payment that a customer made by himself */
    '/v1/callbacks/inbound/{secret}': { input: { path: { secret: string } }; answer: Record<string, unknown> };
    /** A provider tells of a payment */
    '/v1/callbacks/{provider}/{secret}': {
      input: { path: { provider: 'mtn' | 'airtel' | 'mpesa'; secret: string } };
      answer: Record<string, unknown>;
    };
    /** A provider tells that a request timed out in its queue */
    '/v1/callbacks/{provider}/{secret}/timeout': {
      input: { path: { provider: 'mtn' | 'airtel' | 'mpesa'; secret: string } };
      answer: Record<string, unknown>;
    };
    /** A provider answers a question about a refund */
    '/v1/callbacks/{provider}/{secret}/status': {
      input: { path: { provider: 'mtn' | 'airtel' | 'mpesa'; secret: string } };
      answer: Record<string, unknown>;
    };
  };
}
