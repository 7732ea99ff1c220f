import type { TheftFacts } from '#db/queries/dossiers';
import { clearOf, type Encryption } from '#platform/encryption';

export type Dossier = ReturnType<typeof dossierOf>;

/** What the police are given of a theft. */
export function dossierOf(
  { encryption }: { readonly encryption: Encryption },
  facts: TheftFacts,
  { code, issuedAt }: { readonly code: string; readonly issuedAt: Date },
) {
  const { reference, theft, vehicle, ownedPercent } = facts;
  const iso = (at: Date | null) => at?.toISOString() ?? null;
  return {
    document: 'theft_dossier',
    code,
    issuedAt: issuedAt.toISOString(),
    lease: reference,
    theft: {
      stolenAt: theft.stolenAt.toISOString(),
      reportedAt: theft.reportedAt.toISOString(),
      recoveredAt: iso(theft.recoveredAt),
      policeReference: theft.policeReference,
    },
    vehicle: {
      type: vehicle.type,
      make: vehicle.make,
      model: vehicle.model,
      year: vehicle.year,
      registration: vehicle.registration,
      vin: vehicle.vin,
    },
    ownership: {
      owner: 'the house, until the last payment',
      paidPercent: ownedPercent,
      agreementSignedAt: iso(facts.agreementSignedAt),
      handedOverAt: iso(facts.handedOverAt),
    },
    holder: holderOf(encryption, facts),
    positions: facts.positions.map(({ ts, lat, lon, speedKph, heading, ignition, suspect }) => ({
      ts: ts.toISOString(),
      lat,
      lon,
      speedKph,
      heading,
      ignition,
      suspect,
    })),
    morePositions: facts.isCut,
  };
}

function holderOf(encryption: Encryption, { customer, identity }: TheftFacts) {
  return {
    name: customer.name,
    phone: clearOf(encryption, customer.phoneEncrypted),
    identityDocument:
      identity === null
        ? null
        : {
            type: identity.documentType,
            number: encryption.decrypt(identity.documentNumberEncrypted),
            country: identity.country,
          },
  };
}
