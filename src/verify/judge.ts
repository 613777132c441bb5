import type { Check, Finding, Subject } from './check.js';
import { Hung } from './watched.js';

/** Judges one case; a user's own code that does not come back is cut off, and refutes whatever is tested. */
export function judgeWithin<Case>(
  check: Pick<Check<Case>, 'judge'>,
  testCase: Case,
  subject: Subject,
): Finding | undefined {
  const { watch } = subject;
  if (watch === undefined) return check.judge(testCase, subject);
  if (watch.isSpent) return undefined;
  try {
    return watch.within(() => check.judge(testCase, subject));
  } catch (error) {
    if (!(error instanceof Hung)) throw error;
    return { gain: Infinity, sentence: error.message, fault: 'hung' };
  }
}
