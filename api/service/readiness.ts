/** Whether this process takes traffic: not once it has begun to stop. */
export interface Readiness {
  readonly stopping: boolean;
}
