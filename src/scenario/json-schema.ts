import { z } from 'zod';
import { actionSchemas, checkSchemas, fileSchema, SCENARIO_FORMAT } from './schema.js';

/**
 * The JSON Schema (draft 7) of a scenario file, for editors. Written to schemas/agora-scenario.schema.json.
 *
 * It says less than the runner checks: resource texts are any text to it, and names are not looked up.
 */
export function scenarioJsonSchema(): unknown {
  const step: z.ZodType = z
    .lazy(() => z.union([...Object.values(actions), ...Object.values(checkSchemas)]))
    .meta({ id: 'step' });
  const actions = {
    ...actionSchemas,
    repeat: actionSchemas.repeat.extend({ steps: z.array(step) }),
  };
  const file = fileSchema.extend({ steps: z.array(step) }).meta({
    title: SCENARIO_FORMAT,
    description: 'Drives one allocator alone and checks what it offers. See docs/scenarios.md.',
  });
  return z.toJSONSchema(file, { io: 'input', target: 'draft-7' });
}
