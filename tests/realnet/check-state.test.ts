import { describe, expect, it } from 'vitest';
import { CheckState, HealthState, type CheckResult } from '../../src/realnet/agent/check-state.js';
import { checkProblem, type HealthCheckMessage } from '../../src/realnet/wire/check-messages.js';

const check: HealthCheckMessage = {
  type: 'COMMAND',
  delay_seconds: 0,
  interval_seconds: 1,
  timeout_seconds: 1,
  consecutive_failures: 3,
  grace_period_seconds: 10,
};
const bad: CheckResult = { exitCode: 1 };
const good: CheckResult = { exitCode: 0 };

describe('the health of a task', () => {
  it('is news when its check passes for the first time, and after failures', () => {
    const health = new HealthState(check, 0);
    const told = [good, good, bad, bad, good, good].map((result) => health.take(result, 20_000)?.healthy);
    expect(told).toEqual([true, undefined, false, false, true, undefined]);
  });

  it('is lost for good with so many failures in a row, not in all', () => {
    const health = new HealthState(check, 0);
    const fatal = [bad, bad, good, bad, bad, bad].map((result) => health.take(result, 20_000)?.isFatal);
    expect(fatal).toEqual([false, false, false, false, false, true]);
    expect(health.take(bad, 20_000)?.message).toBe(
      'Health check failed 4 times in a row: the command exited with status 1',
    );
  });

  it('suffers no failure within the grace period, until the check has passed once', () => {
    const health = new HealthState(check, 5_000);
    expect(health.take(bad, 15_000)).toBeUndefined();
    expect(health.take(bad, 15_001)).toMatchObject({ healthy: false });
    const other = new HealthState(check, 5_000);
    other.take(good, 6_000);
    expect(other.take(bad, 7_000)).toMatchObject({ healthy: false, isFatal: false });
  });

  it.each<[CheckResult, boolean]>([
    [{ exitCode: 0 }, true],
    [{ exitCode: 137 }, false],
    [{ statusCode: 199 }, false],
    [{ statusCode: 200 }, true],
    [{ statusCode: 399 }, true],
    [{ statusCode: 400 }, false],
    [{ succeeded: true }, true],
    [{ succeeded: false }, false],
    [{ failure: 'it took longer than 1 s' }, false],
  ])('is by %j: %s', (result, healthy) => {
    expect(new HealthState(check, 0).take(result, 20_000)?.healthy).toBe(healthy);
  });
});

it('a check that judges nothing tells of changes alone', () => {
  const state = new CheckState('COMMAND');
  expect(state.status).toEqual({ type: 'COMMAND', command: {} });
  expect(state.take({ failure: 'it took too long' })).toBe(false);
  expect([0, 0, 1].map((exitCode) => state.take({ exitCode }))).toEqual([true, false, true]);
  expect(state.status).toEqual({ type: 'COMMAND', command: { exit_code: 1 } });
  expect(state.take({ failure: 'it took too long' })).toBe(true);
});

it.each<[Partial<HealthCheckMessage>, RegExp | undefined]>([
  [{ command: { shell: true, value: 'true' } }, undefined],
  [{ type: 'UNKNOWN' }, /has a type: COMMAND, HTTP, TCP/],
  [{}, /has the field command/],
  [{ command: { shell: true } }, /no value to run/],
  [{ type: 'HTTP', http: { port: 80, path: 'x' } }, /begins with \//],
  [{ type: 'HTTP', http: { port: 80, scheme: 'ftp' } }, /http or https/],
  [{ type: 'TCP', tcp: { port: 0 } }, /1 to 65535/],
  [{ type: 'TCP', tcp: { port: 1 }, interval_seconds: -1 }, /interval_seconds is 0 or more/],
  [{ type: 'TCP', tcp: { port: 1 }, grace_period_seconds: NaN }, /grace_period_seconds is 0 or more/],
])('a health check %j makes sense, or not', (more, problem) => {
  const found = checkProblem('health_check', { ...check, ...more });
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(problem);
});
