import { join } from 'node:path';
import { endProcess } from './part.ts';
import { takeLock, type Lock } from './processes.ts';

/** Milliseconds for an earlier platform to stop all its parts. */
const ORPHAN_PATIENCE = 60_000;

/** @throws Error if another platform works here, unless only its main process is left of it: that is ended. */
export async function takeDirectory(
  dataDir: string,
  { parent, log }: { readonly parent?: number | undefined; readonly log: (line: string) => void },
): Promise<Lock> {
  for (;;) {
    const lock = takeLock(join(dataDir, 'lock'), parent);
    if ('release' in lock) return lock;
    if (!lock.orphaned)
      throw new Error(
        `${dataDir} is in use by another platform (process ${lock.holder}); DATA_DIR names another directory`,
      );
    log(`ending an earlier platform (process ${lock.holder}) whose npm is gone`);
    await endProcess(lock.holder, 'SIGTERM', ORPHAN_PATIENCE);
  }
}
