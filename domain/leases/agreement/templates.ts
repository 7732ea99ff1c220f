import type { Market } from '../../markets.ts';

/** Of what a template has the law named, for people: it binds whether it is named or not. */
interface NamedLaws {
  /** The contract itself. */
  readonly contract: string;
  /** A signature that is no ink. */
  readonly signature: string;
  /** What is kept of a person. */
  readonly data: string;
}

/** A version of the agreement of a market. What has been signed by it stays as it was: a change of law or wording is another version. */
export interface AgreementTemplate {
  readonly version: number;
  readonly laws: NamedLaws;
}

/**
 * Every version that was ever offered, the last one is signed now. Its words are `phrases.ts` and the key facts'; whoever
 * changes one of them adds a version here to each market, and `terms.test.ts` asks for it by the hash of a sample.
 */
export const agreementTemplates: Readonly<Record<Market, readonly [AgreementTemplate, ...AgreementTemplate[]]>> = {
  UG: [
    {
      version: 1,
      laws: {
        contract: 'Hire Purchase Act, 2009; Contracts Act, 2010 (Uganda)',
        signature: 'Electronic Signatures Act, 2011 (Uganda)',
        data: 'Data Protection and Privacy Act, 2019 (Uganda)',
      },
    },
  ],
  KE: [
    {
      version: 1,
      laws: {
        contract: 'Hire-Purchase Act, Cap. 507; Law of Contract Act, Cap. 23 (Kenya)',
        signature: 'Kenya Information and Communications Act, Cap. 411A (Kenya)',
        data: 'Data Protection Act, 2019 (Kenya)',
      },
    },
  ],
  RW: [
    {
      version: 1,
      laws: {
        contract: 'Law N° 45/2011 of 25/11/2011 governing contracts (Rwanda)',
        signature: 'Law N° 18/2010 of 12/05/2010 relating to electronic messages, signatures and transactions (Rwanda)',
        data: 'Law N° 058/2021 of 13/10/2021 relating to the protection of personal data and privacy (Rwanda)',
      },
    },
  ],
};

/** The one that is signed now. */
export function currentTemplate(market: Market): AgreementTemplate {
  const [first, ...later] = agreementTemplates[market];
  return later.at(-1) ?? first;
}
