import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowStartOptions } from '@temporalio/client';
import type { SearchAttributePair, SignalDefinition } from '@temporalio/common';
import { workflowQueue } from '#domain/task-queues';
import type * as workflows from '#workflows/index';

/** What is needed to start workflows of this platform. */
export interface Steering {
  readonly temporal: Pick<Client, 'workflow'>;
  readonly config: { readonly TASK_QUEUE_PREFIX: string };
}

export type WorkflowType = keyof typeof workflows;

/** Which workflow, by what id, and what it takes: beside this file stand those who know. */
export interface Start<Type extends WorkflowType = WorkflowType> {
  readonly type: Type;
  readonly id: string;
  readonly args: Parameters<(typeof workflows)[Type]>;
  /** What operators read of it in the Temporal UI, without personal data. */
  readonly summary?: string;
  readonly searchAttributes?: readonly SearchAttributePair[];
  /** Milliseconds until it begins. */
  readonly afterMs?: number;
  /** 1 goes before 5. */
  readonly priority?: number;
}

/** A start as the client takes it. */
export function startOptions<Type extends WorkflowType>({ config }: Pick<Steering, 'config'>, start: Start<Type>) {
  const { id, args, summary, searchAttributes, afterMs = 0, priority } = start;
  return {
    workflowId: id,
    taskQueue: workflowQueue(config.TASK_QUEUE_PREFIX),
    args,
    ...(summary !== undefined && { staticSummary: summary }),
    ...(searchAttributes !== undefined && { typedSearchAttributes: [...searchAttributes] }),
    ...(afterMs > 0 && { startDelay: afterMs }),
    ...(priority !== undefined && { priority: { priorityKey: priority } }),
  } satisfies WorkflowStartOptions;
}

/** Starts a workflow. @returns false where one of its id runs already. */
export async function startWorkflow<Type extends WorkflowType>(
  steering: Steering,
  start: Start<Type>,
): Promise<boolean> {
  try {
    await steering.temporal.workflow.start(start.type, startOptions(steering, start));
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return false;
  }
}

/** Tells a workflow something, and starts it where none of its id runs. */
export async function startOrSignal<Type extends WorkflowType>(
  steering: Steering,
  start: Start<Type>,
  signal: SignalDefinition,
): Promise<void> {
  await steering.temporal.workflow.signalWithStart(start.type, { ...startOptions(steering, start), signal });
}
