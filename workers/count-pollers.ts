interface Version {
  readonly buildId?: string | null;
}

/** What the server says of a task queue, as far as it is about who polls. */
interface Described {
  readonly pollers?:
    | readonly {
        /** Since 1970. */
        readonly lastAccessTime?: { readonly seconds?: unknown } | null;
        readonly deploymentOptions?: (Version & { readonly workerVersioningMode?: number | null }) | null;
      }[]
    | null;
  readonly versioningInfo?: {
    readonly currentDeploymentVersion?: Version | null;
    readonly rampingDeploymentVersion?: Version | null;
  } | null;
}

/** Milliseconds that a poll takes at most, and some: the server remembers a worker that is gone for five minutes. */
const RECENT = 90_000;

/**
 * Workers that ask for tasks of a queue and are given them: those of the current version, or of the one that a share is
 * ramped to where they are fewer. A version that has no work yet polls too, and does nothing for what waits.
 *
 * @param at milliseconds since 1970
 */
export function countPollers({ pollers, versioningInfo }: Described, at: number): number {
  const asking = (pollers ?? []).filter(
    ({ lastAccessTime }) => at - Number(lastAccessTime?.seconds ?? 0) * 1_000 < RECENT,
  );
  // Where no version is current, workers without one have the work.
  const ofBuild = (build: string) =>
    asking.filter(({ deploymentOptions }) => buildOf(deploymentOptions) === build).length;
  const current = ofBuild(versioningInfo?.currentDeploymentVersion?.buildId ?? '');
  const ramping = versioningInfo?.rampingDeploymentVersion?.buildId;
  return ramping === undefined || ramping === null || ramping === '' ? current : Math.min(current, ofBuild(ramping));
}

/** `WORKER_VERSIONING_MODE_VERSIONED` */
const VERSIONED = 2;
const buildOf = (options: (Version & { readonly workerVersioningMode?: number | null }) | null | undefined) =>
  options?.workerVersioningMode === VERSIONED ? (options.buildId ?? '') : '';
