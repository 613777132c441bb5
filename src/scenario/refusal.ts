import type { Refusal } from '../cluster/allocator.js';

/** A step that is refused, by the allocator or because it makes no sense. The message says why. */
export class Refused extends Error {
  override readonly name = 'Refused';
  /** @param allocatorsWords what the allocator itself said, when the message is the runner's */
  constructor(
    message: string,
    readonly allocatorsWords = '',
  ) {
    super(message);
  }

  /** True when either said so, upper and lower case alike. */
  says(text: string): boolean {
    return `${this.message}\n${this.allocatorsWords}`.toLowerCase().includes(text.toLowerCase());
  }
}

/** A step that went wrong: the scenario fails here. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
}

/**
 * Takes the allocator's answer. Where the runner knows a reason to refuse, the allocator must have refused as
 * well.
 *
 * @throws Refused when the step was refused
 * @throws StepFailure when the allocator did what it must not
 */
export function settle(answer: Refusal, problem?: string): void {
  if (answer === undefined) {
    if (problem === undefined) return;
    throw new StepFailure(`the allocator accepted it, although ${problem}`);
  }
  throw problem === undefined ? new Refused(answer) : new Refused(problem, answer);
}

/** @param rule that asks for the role: another one for each call */
export function lacksRole(framework: string, role: string, rule: string): string {
  return `framework ${framework} does not have role ${role} (${rule})`;
}
