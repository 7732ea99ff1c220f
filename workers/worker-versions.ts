import type { Client } from '@temporalio/client';
import protocol from '@temporalio/proto';

const { WorkerDeploymentVersionStatus: Status } = protocol.temporal.api.enums.v1;

/** What may become of a version of the workers. `inactive` has not had work yet; `drained` has none left and may go. */
type State = 'inactive' | 'current' | 'ramping' | 'draining' | 'drained' | 'unknown';
const states: ReadonlyMap<unknown, State> = new Map([
  [Status.WORKER_DEPLOYMENT_VERSION_STATUS_INACTIVE, 'inactive'],
  [Status.WORKER_DEPLOYMENT_VERSION_STATUS_CURRENT, 'current'],
  [Status.WORKER_DEPLOYMENT_VERSION_STATUS_RAMPING, 'ramping'],
  [Status.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINING, 'draining'],
  [Status.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINED, 'drained'],
]);

interface WorkerVersion {
  readonly build: string;
  readonly state: State;
  /** Percent of what runs that goes on with it; the current version has the rest. */
  readonly share: number | null;
}

/** The versions of a worker deployment, as the server knows them. */
export class WorkerVersions {
  readonly #client: Client;
  readonly #order: { readonly namespace: string; readonly deploymentName: string; readonly identity: string };

  constructor(client: Client, deploymentName: string) {
    this.#client = client;
    this.#order = { namespace: client.options.namespace, deploymentName, identity: 'operator' };
  }

  /** The newest first. @throws ServiceError NOT_FOUND where no worker of the deployment has come yet */
  async list(): Promise<readonly WorkerVersion[]> {
    const { workerDeploymentInfo } = await this.#client.workflowService.describeWorkerDeployment(this.#order);
    const routing = workerDeploymentInfo?.routingConfig;
    return (workerDeploymentInfo?.versionSummaries ?? [])
      .toSorted((one, other) => Number(other.createTime?.seconds ?? 0) - Number(one.createTime?.seconds ?? 0))
      .map(({ deploymentVersion, status }) => {
        const build = deploymentVersion?.buildId ?? '';
        const state = states.get(status) ?? 'unknown';
        return { build, state, share: state === 'ramping' ? (routing?.rampingVersionPercentage ?? null) : null };
      });
  }

  /**
   * Gives a version all work: what runs goes on with it at its next step.
   *
   * @throws ServiceError where no worker of it has come yet, or none for a task queue that the current version serves
   */
  async makeCurrent(buildId: string): Promise<void> {
    await this.#client.workflowService.setWorkerDeploymentCurrentVersion({ ...this.#order, buildId });
  }

  /**
   * Gives a version a share of the work, by the workflow's id, so that one stays with it.
   *
   * @param percentage 0 to 100; 0 takes the share away again
   * @throws ServiceError as `makeCurrent`
   */
  async ramp(buildId: string, percentage: number): Promise<void> {
    const order = { ...this.#order, buildId: percentage === 0 ? '' : buildId, percentage };
    await this.#client.workflowService.setWorkerDeploymentRampingVersion(order);
  }
}
