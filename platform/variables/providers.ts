import { z } from 'zod';
import { flag, secret, url } from './kinds.ts';

const ussdCode = z
  .string()
  .regex(/^\*[\d*]{2,20}#$/)
  .optional();

/** Of those who move money, check identities and carry messages; one that is not set is switched off. */
export const ofProviders = {
  /** MTN MoMo; without it the provider is switched off. */
  MTN_BASE_URL: url.optional(),
  /** API user (UUID) of the collections product. */
  MTN_API_USER: secret.optional(),
  /** API key of that user. */
  MTN_API_KEY: secret.optional(),
  /** Ocp-Apim-Subscription-Key of the collections product. */
  MTN_SUBSCRIPTION_KEY: secret.optional(),
  /** API user (UUID) of the disbursements product; without it MTN gives nothing back. */
  MTN_DISBURSEMENT_API_USER: secret.optional(),
  /** API key of that user. */
  MTN_DISBURSEMENT_API_KEY: secret.optional(),
  /** Ocp-Apim-Subscription-Key of the disbursements product. */
  MTN_DISBURSEMENT_SUBSCRIPTION_KEY: secret.optional(),
  /** X-Target-Environment: `sandbox` or the country. */
  MTN_TARGET_ENVIRONMENT: z.string().default('mtnuganda'),
  /** Airtel Money; without it the provider is switched off. */
  AIRTEL_BASE_URL: url.optional(),
  /** OAuth client of the application. */
  AIRTEL_CLIENT_ID: secret.optional(),
  /** Secret of that client. */
  AIRTEL_CLIENT_SECRET: secret.optional(),
  /** Key of the signature that callbacks carry. */
  AIRTEL_HASH_KEY: secret.optional(),
  /** PIN of the wallet that parts of charges are given back from; without it only the whole of one is. */
  AIRTEL_DISBURSEMENT_PIN: secret.optional(),
  /** RSA key that the PIN is encrypted with, base64 of DER or PEM; without it Airtel is asked for its key. */
  AIRTEL_DISBURSEMENT_PUBLIC_KEY: secret.optional(),
  /** M-Pesa (Daraja); without it the provider is switched off. */
  MPESA_BASE_URL: url.optional(),
  /** OAuth consumer of the application. */
  MPESA_CONSUMER_KEY: secret.optional(),
  /** Secret of that consumer. */
  MPESA_CONSUMER_SECRET: secret.optional(),
  /** Pay-bill number. */
  MPESA_SHORTCODE: z
    .string()
    .regex(/^\d{5,7}$/)
    .optional(),
  /** Passkey of the prompt (STK push). */
  MPESA_PASSKEY: secret.optional(),
  /** Name of the operator that asks for reversals and statements. */
  MPESA_INITIATOR: secret.optional(),
  /** The initiator's password, encrypted with the provider's certificate. */
  MPESA_SECURITY_CREDENTIAL: secret.optional(),
  /** Short code that parts of payments are given back from, by B2C; without it only the whole of one is, by a reversal. */
  MPESA_B2C_SHORTCODE: z
    .string()
    .regex(/^\d{5,7}$/)
    .optional(),
  /** Name of the operator that may pay out from that short code. */
  MPESA_B2C_INITIATOR: secret.optional(),
  /** That operator's password, encrypted with the provider's certificate. */
  MPESA_B2C_SECURITY_CREDENTIAL: secret.optional(),
  /** Whether webhooks may be sent to addresses that are not public: for development, and receivers of one's own network. */
  WEBHOOK_ALLOW_PRIVATE: flag.default(false),
  /** Smile ID; without it every identity check goes to an agent. */
  SMILE_ID_BASE_URL: url.optional(),
  /** Partner id. */
  SMILE_ID_PARTNER_ID: secret.optional(),
  /** Key of the signature of requests and callbacks. */
  SMILE_ID_API_KEY: secret.optional(),
  /** Africa's Talking; without it texts go by Infobip, and with neither nothing starts that sends them. */
  AFRICASTALKING_BASE_URL: url.optional(),
  /** Name of the application. */
  AFRICASTALKING_USERNAME: secret.optional(),
  /** API key of the application. */
  AFRICASTALKING_API_KEY: secret.optional(),
  /** Sender id, or the short code that customers answer to, in a market that has none of its own. */
  AFRICASTALKING_SENDER: z.string().optional(),
  /** The same in Uganda. */
  AFRICASTALKING_SENDER_UG: z.string().optional(),
  /** The same in Kenya. */
  AFRICASTALKING_SENDER_KE: z.string().optional(),
  /** The same in Rwanda. */
  AFRICASTALKING_SENDER_RW: z.string().optional(),
  /**
   * Last part of the addresses that it calls, `/v1/callbacks/ussd/`, `/v1/callbacks/sms/` and `/v1/callbacks/sms-reports/`; without it nobody
   * answers there, no warning by it counts as delivered, and nobody is stopped after one.
   */
  AFRICASTALKING_CALLBACK_SECRET: z.string().min(16).max(200).optional(),
  /** Base address of the account at Infobip, which has the texts that Africa's Talking does not take; without it nobody has. */
  INFOBIP_BASE_URL: url.optional(),
  /** API key of that account. */
  INFOBIP_API_KEY: secret.optional(),
  /** Sender id, in a market that has none of its own. */
  INFOBIP_SENDER: z.string().optional(),
  /** The same in Uganda. */
  INFOBIP_SENDER_UG: z.string().optional(),
  /** The same in Kenya. */
  INFOBIP_SENDER_KE: z.string().optional(),
  /** The same in Rwanda. */
  INFOBIP_SENDER_RW: z.string().optional(),
  /**
   * Last part of the address that its delivery reports go to, `/v1/callbacks/infobip-reports/`; without it there are none, no warning by it
   * counts as delivered, and nobody is stopped after one.
   */
  INFOBIP_CALLBACK_SECRET: z.string().min(16).max(200).optional(),
  /** smtp(s)://user:password@host:port; without it no e-mail is sent. */
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must begin with smtp:// or smtps://')
    .optional(),
  /** Whom e-mail is from. */
  MAIL_FROM: z.string().min(3).default('Rent to own <no-reply@localhost>'),
  /** Public key of web push (VAPID), base64url; without the keys nobody is pushed to. */
  VAPID_PUBLIC_KEY: secret.optional(),
  /** Private key of web push, base64url. */
  VAPID_PRIVATE_KEY: secret.optional(),
  /** Whom a push service asks about us: mailto: or https:. */
  VAPID_SUBJECT: z
    .string()
    .regex(/^(mailto:|https:\/\/)/, 'must begin with mailto: or https://')
    .optional(),
  /** What customers dial, as texts tell them, in a market that has no code of its own. */
  AFRICASTALKING_USSD_CODE: ussdCode,
  /** The same in Uganda. */
  AFRICASTALKING_USSD_CODE_UG: ussdCode,
  /** The same in Kenya. */
  AFRICASTALKING_USSD_CODE_KE: ussdCode,
  /** The same in Rwanda. */
  AFRICASTALKING_USSD_CODE_RW: ussdCode,
  /** Milliseconds that a phone on USSD waits for what it asked; then it goes on, and its result is texted. */
  USSD_PATIENCE_MS: z.coerce.number().int().min(100).max(10_000).default(1_500),
};
