import type { Message } from '../wire/message-reader.js';

export interface ContainerPlace {
  readonly container: string;
  /** Of its agent: containers have no network of their own. */
  readonly ip: string;
  /** Of its first process; undefined: it has none. */
  readonly pid: number | undefined;
}

/** ContainerStatus. @param given what its executor said of it: of its network it knows best */
export function containerStatus({ container, ip, pid }: ContainerPlace, given?: Message): Message {
  return {
    network_infos: [{ ip_addresses: [{ protocol: 'IPv4', ip_address: ip }] }],
    ...(pid !== undefined && { executor_pid: pid }),
    ...given,
    container_id: { value: container },
  };
}
