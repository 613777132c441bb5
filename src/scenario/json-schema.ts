import { z } from 'zod';
import {
  action2Schemas,
  actionSchemas,
  check2Schemas,
  checkSchemas,
  file2Schema,
  fileSchema,
  SCENARIO_FORMAT,
  SCENARIO_FORMAT_2,
} from './schema.js';

/**
 * The JSON Schema (draft 7) of a scenario file, for editors. Written to schemas/agora-scenario.schema.json,
 * and of the second format to schemas/agora-scenario-2.schema.json.
 *
 * It says less than the runner checks: resource texts are any text to it, and names are not looked up.
 */
export function scenarioJsonSchema(format = SCENARIO_FORMAT): unknown {
  const isSecond = format === SCENARIO_FORMAT_2;
  const step: z.ZodType = z
    .lazy(() =>
      z.union([...Object.values(actions), ...Object.values(isSecond ? check2Schemas : checkSchemas)]),
    )
    .meta({ id: 'step' });
  const actions = {
    ...(isSecond ? action2Schemas : actionSchemas),
    repeat: actionSchemas.repeat.extend({ steps: z.array(step) }),
  };
  const file = (isSecond ? file2Schema : fileSchema).extend({ steps: z.array(step) }).meta({
    title: format,
    description: 'Drives one allocator alone and checks what it offers. See docs/scenarios.md.',
  });
  return z.toJSONSchema(file, { io: 'input', target: 'draft-7' });
}
