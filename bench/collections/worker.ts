import { activityInfo, CompleteAsyncError } from '@temporalio/activity';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { runProcess } from '#platform/lifecycle';
import { connectionOptions, connectTemporal, dataConverter } from '#platform/temporal/connection';

/** Bytes of `{"status":"succeeded","attemptId":…,"standing":…}` as JSON. */
const OUTCOME = 's'.repeat(340);

/** A worker that does nothing, as a process of its own like the platform's. */
runProcess('noop', async (config) => {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const temporal = await connectTemporal(config);
  const connection = await NativeConnection.connect(connectionOptions(config));
  const activities = {
    take: (_order: string): Promise<string> => {
      const { workflowExecution, activityId } = activityInfo();
      const workflowId = workflowExecution?.workflowId ?? '';
      // From outside, as long afterwards as the simulator's callback comes.
      const delay = 20 + Math.random() * 30;
      setTimeout(() => void temporal.activity.complete({ workflowId, activityId }, OUTCOME), delay);
      throw new CompleteAsyncError();
    },
  };
  const common = { connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter: dataConverter(config) };
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: new URL('workflow.ts', import.meta.url).pathname,
    failureConverterPath: new URL(import.meta.resolve('#platform/temporal/failure-converter')).pathname,
    logger: new DefaultLogger('ERROR'),
  });
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue: 'noop-workflows', workflowBundle, maxCachedWorkflows: 500 }),
    Worker.create({ ...common, taskQueue: 'noop-activities', activities }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  return {
    async stop() {
      for (const worker of workers) worker.shutdown();
      await running;
      await connection.close();
      await temporal.connection.close();
    },
  };
});
