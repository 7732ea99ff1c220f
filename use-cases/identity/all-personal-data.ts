import { caseData } from '../cases/personal-data.ts';
import { collateralData } from '../collateral/personal-data.ts';
import { creditData } from '../credit/personal-data.ts';
import { eventData } from '../events/personal-data.ts';
import { kycData } from '../kyc/personal-data.ts';
import { leaseData } from '../leases/personal-data.ts';
import { notificationData } from '../notifications/personal-data.ts';
import { partyData } from '../parties/personal-data.ts';
import { paymentData } from '../payments/personal-data.ts';
import type { Part, PersonalData } from '../personal-data.ts';
import { portfolioData } from '../portfolio/personal-data.ts';
import { supportData } from '../support/personal-data.ts';
import { telematicsData } from '../telematics/personal-data.ts';
import { upgradeData } from '../upgrades/personal-data.ts';
import { ussdData } from '../ussd/personal-data.ts';
import { webhookData } from '../webhooks/personal-data.ts';
import { vehicleData } from '../vehicles/personal-data.ts';
import { identityData } from './personal-data.ts';

/** What each capability holds about people. The person's own row is erased last, since the others find theirs by it. */
export const personalData = {
  kyc: kycData,
  credit: creditData,
  cases: caseData,
  leases: leaseData,
  upgrades: upgradeData,
  payments: paymentData,
  parties: partyData,
  collateral: collateralData,
  portfolio: portfolioData,
  vehicles: vehicleData,
  telematics: telematicsData,
  notifications: notificationData,
  support: supportData,
  ussd: ussdData,
  events: eventData,
  webhooks: webhookData,
  identity: identityData,
} as const satisfies Record<string, PersonalData>;

const all: readonly PersonalData[] = Object.values(personalData);
/** What a person is given, by name. */
export const parts: Readonly<Record<string, Part>> = Object.fromEntries(
  all.flatMap((held) => Object.entries(held.export)),
);
