/** The JSON Schema that editors read is the one that the runner's own schemas give. */
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { scenarioJsonSchema } from '../../src/scenario/json-schema.js';
import {
  actionSchemas,
  checkSchemas,
  SCENARIO_FORMAT,
  SCENARIO_FORMAT_2,
} from '../../src/scenario/schema.js';

it.each([
  [SCENARIO_FORMAT, 'agora-scenario'],
  [SCENARIO_FORMAT_2, 'agora-scenario-2'],
])('of %s is what schemas/%s.schema.json says (vitest run FILE -u writes it anew)', async (version, file) => {
  const text = await format(JSON.stringify(scenarioJsonSchema(version)), { parser: 'json', printWidth: 110 });
  await expect(text).toMatchFileSnapshot(`../../schemas/${file}.schema.json`);
});

it('has every verb and every check, and refuses unknown keys', () => {
  const text = JSON.stringify(scenarioJsonSchema());
  for (const verb of Object.keys(actionSchemas)) expect(text).toContain(`"const":"${verb}"`);
  for (const kind of Object.keys(checkSchemas)) expect(text).toContain(`"const":"${kind}"`);
  expect(text).toContain('"additionalProperties":false');
});
