import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import webPush from 'web-push';
import { z } from 'zod';
import { errorCode } from '#platform/error-code';

const vapidKeys = z.object({ publicKey: z.string().min(1), privateKey: z.string().min(1) });
type VapidKeys = Readonly<z.infer<typeof vapidKeys>>;

const secretsSchema = z.object({
  postgresPassword: z.string().min(1),
  mqttPlatformPassword: z.string().min(1),
  /** A JSON Web Key Set as text, with one private ES256 key. */
  jwtKeys: z.string().min(1),
  /** As `ENCRYPTION_KEYS` of platform/variables/processes.ts. */
  encryptionKeys: z.string().min(1),
  /** Of web push. What was made before there was any gets keys at its next start. */
  vapid: vapidKeys.optional(),
});

/** What the embedded platform keeps to itself; without it its data cannot be read any more. */
export type Secrets = Readonly<z.infer<typeof secretsSchema>> & { readonly vapid: VapidKeys };

/**
 * The secrets of an embedded platform, made at its first start and kept in `secrets.json` of its data,
 * for the owner's eyes only.
 *
 * @throws Error if the file is there but cannot be read.
 */
export async function loadSecrets(dataDir: string): Promise<Secrets> {
  const path = join(dataDir, 'secrets.json');
  if (!existsSync(path)) {
    mkdirSync(dataDir, { recursive: true });
    const beside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    writeFileSync(beside, `${JSON.stringify(await makeSecrets(), null, 2)}\n`, { mode: 0o600 });
    try {
      linkSync(beside, path);
    } catch (error) {
      // Somebody was quicker; both use what is there.
      if (errorCode(error) !== 'EEXIST') throw error;
    } finally {
      rmSync(beside, { force: true });
    }
  }
  try {
    const { vapid, ...kept } = secretsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    if (vapid !== undefined) return { ...kept, vapid };
    const completed = { ...kept, vapid: webPush.generateVAPIDKeys() };
    const beside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    writeFileSync(beside, `${JSON.stringify(completed, null, 2)}\n`, { mode: 0o600 });
    renameSync(beside, path);
    return completed;
  } catch (cause) {
    throw new Error(
      `${path} is damaged; without it the data beside it cannot be read (remove the whole directory to begin anew)`,
      { cause },
    );
  }
}

async function makeSecrets(): Promise<Secrets> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  const key = () => randomBytes(32).toString('base64');
  return {
    postgresPassword: randomBytes(18).toString('base64url'),
    mqttPlatformPassword: randomBytes(18).toString('base64url'),
    jwtKeys: JSON.stringify({ keys: [{ ...jwk, kid, alg: 'ES256', use: 'sig' }] }),
    encryptionKeys: `k1:${key()},index:${key()}`,
    vapid: webPush.generateVAPIDKeys(),
  };
}
