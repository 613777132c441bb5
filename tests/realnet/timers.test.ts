import { expect, it, onTestFinished, vi } from 'vitest';
import { Timers } from '../../src/realnet/timers.js';

it('timers that are stopped take no more, so that a program can end', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const timers = new Timers(() => Date.now() * 1000);
  const fired: string[] = [];
  const soon = Date.now() * 1000 + 1000;
  timers.at(soon, () => fired.push('before'));
  timers.stop();
  timers.at(soon, () => fired.push('after'));
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(10);
  expect(fired).toEqual([]);
});
