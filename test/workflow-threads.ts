import {
  ThreadedVMWorkflowCreator,
  type ThreadedVMWorkflowCreatorOptions,
} from '@temporalio/worker/lib/workflow/threaded-vm.js';

/** Threads that no worker has at the moment. */
const idle: Threads[] = [];

/** Runs workflows for one worker after the other: each hands it on when it has nothing left in it. */
class Threads extends ThreadedVMWorkflowCreator {
  /** What it was made with; undefined only while it is made. */
  made: ThreadedVMWorkflowCreatorOptions | undefined;

  override async destroy(): Promise<void> {
    const isEmpty = this.workerThreadClients.every((client) => client.getActiveWorkflowCount() === 0);
    if (isEmpty) idle.push(this);
    else await super.destroy();
  }

  /** Whether it knows all that a worker wants of it: the code, the activities beside it, and how long a step may take. */
  fits({ workflowBundle, registeredActivityNames, isolateExecutionTimeoutMs }: ThreadedVMWorkflowCreatorOptions) {
    return (
      this.made?.workflowBundle.code === workflowBundle.code &&
      this.made.isolateExecutionTimeoutMs === isolateExecutionTimeoutMs &&
      [...this.made.registeredActivityNames].join() === [...registeredActivityNames].join()
    );
  }
}

/**
 * Has the workers of this process take turns on threads. The SDK starts one for each worker, which reads and compiles the
 * whole bundle and is cold for a while after: that was half of what a platform of a test costs.
 */
export function keepWorkflowThreads(): void {
  const start = ThreadedVMWorkflowCreator.create.bind(Threads);
  ThreadedVMWorkflowCreator.create = async (options) => {
    const at = idle.findIndex((one) => one.fits(options));
    const [kept] = at < 0 ? [] : idle.splice(at, 1);
    if (kept !== undefined) return kept;
    const threads = await start(options);
    if (threads instanceof Threads) threads.made = options;
    return threads;
  };
}
