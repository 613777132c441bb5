import { Resources } from '../../cluster/resources/resources.js';
import type { MasterNames } from '../master/master-names.js';
import type { Message } from '../wire/message-reader.js';
import type { CommandMessage, ExecutorInfoMessage } from '../wire/messages.js';
import type { TaskPayload } from '../wire/task-info.js';
import type { TaskRecord } from './history.js';
import { flat } from './legacy-fields.js';

/** The executors that tasks of a framework name, each once an agent; undefined: a good place for a pause. */
export function* legacyExecutors(
  tasks: Iterable<TaskRecord>,
  names: MasterNames,
): Generator<Message | undefined> {
  const seen = new Set<string>();
  for (const { agent, framework, spec } of tasks) {
    yield undefined;
    if (spec.executorId === undefined) continue;
    const key = `${agent}/${spec.executorId}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const { task } = (spec.payload ?? {}) as Partial<TaskPayload>;
    yield {
      executor_id: spec.executorId,
      ...described(task?.executor),
      framework_id: names.framework(framework),
      resources: flat(spec.executorResources ?? Resources.EMPTY),
      slave_id: names.agent(agent),
    };
  }
}

function described(executor: ExecutorInfoMessage | undefined): Message {
  const { name = '', type, command, labels } = (executor ?? {}) as Partial<ExecutorInfoMessage> & Message;
  return {
    name,
    ...(type !== undefined && { type }),
    ...(command !== undefined && { command: commandFields(command) }),
    ...(labels !== undefined && { labels: (labels as { labels?: unknown }).labels ?? [] }),
  };
}

function commandFields({
  shell,
  value,
  arguments: argv = [],
  environment,
  uris = [],
}: CommandMessage): Message {
  return {
    shell,
    ...(value !== undefined && { value }),
    argv,
    ...(environment && { environment }),
    uris: uris.map((uri) => ({ value: uri.value, executable: uri.executable ?? false })),
  };
}
