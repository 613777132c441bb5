import { describe, expect, it } from 'vitest';
import {
  formatQuantities,
  formatResources,
  parseQuantities,
  parseResources,
  ResourceTextError,
} from '../../src/cluster/resources/text.js';

const canonical = (text: string): string => formatResources(parseResources(text));

describe('resource text', () => {
  it.each([
    ['', ''],
    [' ; ;', ''],
    ['cpus:0;mem:0.0004;ports:[];tags:{}', ''],
    ['mem : 1024 ; cpus:2.50', 'cpus:2.5;mem:1024'],
    ['cpus:1;cpus(*):0.5;cpus():.25', 'cpus:1.75'],
    ['cpus:0.0005', 'cpus:0.001'],
    ['cpus:1.0014999', 'cpus:1.001'],
    ['disk:1099511627776', 'disk:1099511627776'],
    ['ports:[33000-33000, 31000 - 32000,32001-32005]', 'ports:[31000-32005,33000-33000]'],
    ['ports:[1-5];ports:[4-9]', 'ports:[1-9]'],
    ['tags:{b, a};tags:{c,a}', 'tags:{a,b,c}'],
    ['cpus(eng):2', 'cpus(eng):2'],
    ['cpus( +eng ):2', 'cpus(+eng):2'],
    ['cpus (eng > +eng/web) [ revocable ] : 2', 'cpus(eng>+eng/web)[revocable]:2'],
    [
      'disk(+eng)[shared,volume=v1]:5;disk(+eng)[volume=v1,shared]:5',
      'disk(+eng)[volume=v1,shared]:5;disk(+eng)[volume=v1,shared]:5',
    ],
    ['disk[mount=/m1]:100;disk[path=/p]:7', 'disk[mount=/m1]:100;disk[path=/p]:7'],
    ['disk(+eng)[volume=v1]:2;disk(+eng)[volume=v1]:3', 'disk(+eng)[volume=v1]:5'],
    [
      'zinc:1;cpus(b):1;ports:[1-2];gpus:1;mem(a):1;disk:1;mem:1;cpus(a):1;cpus:1',
      'cpus:1;mem:1;disk:1;gpus:1;ports:[1-2];zinc:1;cpus(a):1;mem(a):1;cpus(b):1',
    ],
  ])('%j is %j in canonical form', (text, expected) => {
    expect(canonical(text)).toBe(expected);
    expect(canonical(expected)).toBe(expected);
  });
});

describe('quantities', () => {
  it('add up and keep zeros, because a limit of 0 is not no limit (R-1.7)', () => {
    expect(parseQuantities('mem:512;cpus:4;cpus:0.5;gpus:0')).toEqual({ cpus: 4500, mem: 512000, gpus: 0 });
    expect(formatQuantities(parseQuantities('gpus:0;mem:512;cpus:4'))).toBe('cpus:4;mem:512;gpus:0');
  });

  it.each(['cpus(a):1', 'cpus[revocable]:1', 'ports:[1-2]'])('refuse %s', (text) => {
    expect(() => parseQuantities(text)).toThrow(ResourceTextError);
  });
});
