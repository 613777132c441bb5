import process from 'node:process';
import { helpText, names, problemWith } from './help.js';
import { BenchError } from './processes.js';

const isHelp = (arg) => arg === '--help' || arg === '-h' || arg === 'help';

function refuse(text) {
  console.error(text);
  process.exitCode = 2;
}

/** The one of a name; all need a build, but not their help. */
async function measure(name, args) {
  const problem = problemWith(name, args);
  if (problem !== undefined) {
    refuse(`bench: ${problem}`);
    return;
  }
  const { [name]: run } = await import(`./${name}.js`);
  await run(args);
}

const [name, ...args] = process.argv.slice(2);
try {
  if (name === undefined) refuse(helpText());
  else if (isHelp(name)) process.stdout.write(helpText());
  else if (!names.includes(name))
    refuse(`bench: there is no ${name}; there are ${names.join(', ')} (--help)`);
  else if (args.some(isHelp)) process.stdout.write(helpText(name));
  else await measure(name, args);
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
