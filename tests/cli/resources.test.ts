/** `--resources` of agents: text, or JSON for what text cannot say. */
import { describe, expect, it } from 'vitest';
import { parsedResources } from '../../src/cli/choices.js';
import { UserError } from '../../src/cli/user-error.js';
import { resourcesToJson } from '../../src/cluster/resources/json.js';
import { parseResources } from '../../src/cluster/resources/text.js';

describe('--resources', () => {
  it('is resource text', () => {
    expect(parsedResources('cpus:4;disk[mount=/m]:9').equals(parseResources('cpus:4;disk[mount=/m]:9'))).toBe(
      true,
    );
  });

  it('or a JSON list', () => {
    const source = { type: 'RAW', id: 'd1', profile: 'fast' };
    const list = [{ name: 'disk', type: 'SCALAR', scalar: { value: 9 }, disk: { source } }];
    expect(resourcesToJson(parsedResources(` ${JSON.stringify(list)}`), { legacy: false })).toEqual(list);
  });

  it.each([
    ['cpus', /^--resources: resource text "cpus": an item is name:value/],
    ['[{"name"', /^--resources is no JSON: .*\.$/],
    ['[{"name":"cpus"}]', /^--resources: resources\[0\]\.type: it is missing\.$/],
    ['["cpus"]', /^--resources: resources\[0\]: expected an object, found "cpus"\.$/],
  ])('%s is refused on one line', (text, message) => {
    const read = () => parsedResources(text);
    expect(read).toThrow(UserError);
    expect(read).toThrow(message);
  });
});
