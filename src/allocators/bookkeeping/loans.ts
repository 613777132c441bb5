import type { AgentId } from '../../cluster/ids.js';
import type { ClientId } from './holdings.js';

/** Who has what is left of an agent on loan, and the number to know the loan by. */
export class Loans {
  /** Out now. */
  count = 0;
  /** Of each agent's last loan. */
  #number = new Int32Array(0);
  #client = new Int32Array(0);

  /** Makes room for so many agents. */
  reserve(agents: number): void {
    const [numbers, clients] = [this.#number, this.#client];
    this.#number = new Int32Array(agents);
    this.#number.set(numbers);
    this.#client = new Int32Array(agents);
    this.#client.set(clients);
  }

  /** @returns the number of the loan, never 0 */
  begin(agent: AgentId, client: ClientId): number {
    this.count++;
    this.#client[agent] = client;
    return ++this.#number[agent];
  }

  end(): void {
    this.count--;
  }

  /** Of the agent's last loan. */
  clientOf(agent: AgentId): ClientId {
    return this.#client[agent];
  }

  /** Of the agent's last loan. */
  numberOf(agent: AgentId): number {
    return this.#number[agent];
  }
}
