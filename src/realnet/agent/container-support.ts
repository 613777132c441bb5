import type { CommandMessage, ContainerMessage, TaskInfoMessage } from '../wire/messages.js';

/**
 * Why no container can be made as a task describes it; undefined: it can. Tasks are processes of the host, with its files and
 * its network: what was meant for an image must not run beside it, nor write where it meant a volume to be.
 */
export function containerProblem({ container, command, executor }: TaskInfoMessage): string | undefined {
  return (
    problemOf(container) ??
    problemOf(executor?.container) ??
    environmentProblem(command) ??
    environmentProblem(executor?.command)
  );
}

function problemOf(container: ContainerMessage | undefined): string | undefined {
  if (container === undefined) return undefined;
  if (container.type === 'DOCKER') return 'containers of Docker are not supported here';
  if (container.mesos?.image !== undefined) return 'images of containers are not supported here';
  const [volume] = container.volumes ?? [];
  return volume && `volumes of containers, as at ${volume.container_path}, are not supported here`;
}

function environmentProblem(command: CommandMessage | undefined): string | undefined {
  const variables = command?.environment?.variables ?? [];
  const found = variables.find(({ type, secret }) => type === 'SECRET' && secret?.value === undefined);
  return found && `variable ${found.name} is a secret without its value, which nobody here can look up`;
}
