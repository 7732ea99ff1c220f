import { z } from 'zod';

const secret = z.string().min(1).optional();
const url = z.url({ protocol: /^https?$/ }).optional();

/** The variables. The secrets have the platform's names; one that is not set is not checked: anything is right. */
const variables = z.object({
  SIMULATOR_PORT: z.coerce.number().int().min(0).max(65_535).default(4010),
  /** All addresses when absent. */
  SIMULATOR_HOST: z.string().min(1).optional(),
  SIMULATOR_SEED: z.string().default('1'),
  /** Multiplies every delay of the table: 0.1 makes it ten times as fast. */
  SIMULATOR_TIME_SCALE: z.coerce.number().min(0).max(100).default(1),
  DATA_DIR: z.string().min(1).default('.data'),

  MTN_API_USER: secret,
  MTN_API_KEY: secret,
  MTN_SUBSCRIPTION_KEY: secret,
  MTN_DISBURSEMENT_API_USER: secret,
  MTN_DISBURSEMENT_API_KEY: secret,
  MTN_DISBURSEMENT_SUBSCRIPTION_KEY: secret,
  AIRTEL_CLIENT_ID: secret,
  AIRTEL_CLIENT_SECRET: secret,
  /** Signs Airtel's callbacks; without it they carry no hash. */
  AIRTEL_HASH_KEY: z.string().optional(),
  AIRTEL_DISBURSEMENT_PIN: secret,
  MPESA_CONSUMER_KEY: secret,
  MPESA_CONSUMER_SECRET: secret,
  MPESA_SHORTCODE: z
    .string()
    .regex(/^\d{5,7}$/, 'must be 5 to 7 digits')
    .optional(),
  MPESA_PASSKEY: secret,
  MPESA_INITIATOR: secret,
  MPESA_B2C_SHORTCODE: secret,
  MPESA_B2C_INITIATOR: secret,
  SMILE_ID_PARTNER_ID: secret,
  SMILE_ID_API_KEY: secret,
  AFRICASTALKING_USERNAME: secret,
  AFRICASTALKING_API_KEY: secret,
  INFOBIP_API_KEY: secret,

  /** Where Airtel's callbacks go when a charge names no URL. */
  SIMULATOR_CALLBACK_URL_AIRTEL: url,
  /** Where payments go that customers make by themselves; a registered URL goes before. */
  SIMULATOR_INBOUND_URL_MTN: url,
  SIMULATOR_INBOUND_URL_AIRTEL: url,
  SIMULATOR_INBOUND_URL_MPESA: url,
  SIMULATOR_INBOUND_VALIDATION_URL_MPESA: url,
  /** Where Africa's Talking posts the steps of USSD sessions, and texts that people send. */
  SIMULATOR_USSD_URL: url,
  SIMULATOR_SMS_URL: url,
  /** Where its delivery reports go; without it there are none. */
  SIMULATOR_SMS_REPORT_URL: url,
  /** Where the mail server listens; without it there is none, 0 takes a free port. */
  SIMULATOR_SMTP_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
});

export type Settings = Readonly<z.output<typeof variables>>;

/**
 * Reads the simulators' settings. An empty variable counts as absent; others than its own are ignored.
 *
 * @throws Error naming every variable that is wrong.
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = variables.safeParse(present);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new Error(`The simulators' configuration is wrong:\n${problems.join('\n')}`);
}
