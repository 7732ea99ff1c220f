/** Names of variables that are secrets: in a deployment each is a file below SECRETS_DIR, and in no environment. */
export const secretVariable =
  /PASSWORD|SECRET(?!S_DIR)|PASSKEY|CREDENTIAL|TOKEN|(?<!PUBLIC)_KEYS?$|_PIN$|^SMTP_URL$|_HEADERS$/;
