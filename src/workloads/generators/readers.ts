/**
 * Readers of parameter values. Each takes what a caller of the library or the command line gives (a number, a
 * list, or text in which commas part a list) and answers the value, or undefined if it is not what `expects`
 * says.
 */

/** A parameter's value as a caller may give it. */
export type ParameterInput = number | string | readonly number[] | readonly string[];

export interface Reader<V> {
  /** The sentence of an error message after the value: `a number from 0 to 1`. */
  readonly expects: string;
  read(input: ParameterInput): V | undefined;
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

/** A number between min and max, both allowed. */
export function numberReader({ min, max, integer = false }: NumberRange): Reader<number> {
  return {
    expects: `${integer ? 'a whole number' : 'a number'} from ${min} to ${max}`,
    read: (input) => {
      const value = toNumber(input);
      const isGood = value >= min && value <= max && (!integer || Number.isInteger(value));
      return isGood ? value : undefined;
    },
  };
}

/** So that a sum of many stays finite. */
const largest = 1e9;

/** A list of numbers from 0 to 1e9, not all 0; exactly `length` of them if it is given. */
export function numbersReader(length?: number): Reader<readonly number[]> {
  const count = length === undefined ? 'numbers' : `${length} numbers`;
  return {
    expects: `${count} from 0 to ${largest} with commas between them, not all 0`,
    read: (input) => {
      const values = toList(input).map(toNumber);
      const isGood =
        values.length === (length ?? values.length) &&
        values.every((value) => value >= 0 && value <= largest) &&
        values.some((value) => value > 0);
      return isGood ? values : undefined;
    },
  };
}

/** Different names of letters, digits, `-` and `_`, such as stacks. */
export function namesReader(): Reader<readonly string[]> {
  return {
    expects: 'different names (letters, digits, - and _) with commas between them',
    read: (input) => {
      const names = toList(input).map(String);
      const isGood = names.every((name) => /^[\w-]+$/.test(name)) && new Set(names).size === names.length;
      return isGood ? names : undefined;
    },
  };
}

/** A constraint as the trace's `constraint` column takes it, or nothing. */
export function constraintReader(): Reader<string> {
  return {
    expects: 'a constraint such as group=masters (several with ; between them), or nothing',
    read: (input) => {
      const text = String(input).trim();
      return text === '' || /^[^\s=;,]+=[^=;,]+(;[^\s=;,]+=[^=;,]+)*$/.test(text) ? text : undefined;
    },
  };
}

function toNumber(input: ParameterInput): number {
  if (typeof input === 'number') return input;
  // Number('') is 0, which nobody meant.
  return typeof input === 'string' && input.trim() !== '' ? Number(input) : NaN;
}

function toList(input: ParameterInput): readonly (number | string)[] {
  if (typeof input === 'string') return input.split(',').map((part) => part.trim());
  return typeof input === 'number' ? [input] : input;
}
