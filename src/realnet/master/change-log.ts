import type { Log } from '../log.js';
import type { Change } from '../state/history.js';
import type { MasterNames } from './master-names.js';

/** Tells the log of a master who came and went; of tasks only whoever asks for `debug`. */
export function logChange(log: Log, names: MasterNames, change: Change): void {
  switch (change.type) {
    case 'TASK_UPDATED': {
      const { name: task, framework } = change.task;
      log.debug({ task, framework: names.framework(framework), state: change.status.state }, 'task updated');
      break;
    }
    case 'AGENT_ADDED':
      log.info({ agent: names.agent(change.agent.id) }, 'agent added');
      break;
    case 'AGENT_REMOVED':
      log.warn({ agent: names.agent(change.agent.id) }, 'agent removed');
      break;
    case 'FRAMEWORK_ADDED':
    case 'FRAMEWORK_REMOVED': {
      const { id, info } = change.framework;
      const verb = change.type === 'FRAMEWORK_ADDED' ? 'added' : 'removed';
      log.info({ framework: names.framework(id), name: info.name }, `framework ${verb}`);
      break;
    }
    default:
  }
}
