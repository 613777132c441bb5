/** One option of the command line, as help prints it and the parser reads it. */
export interface OptionSpec {
  /** Without dashes; words are joined by `-`, and `_` is taken for it. */
  readonly name: string;
  /** What follows it, such as FILE; absent for a switch. */
  readonly value?: string;
  /** What it does, with its unit; help gives it 50 columns. */
  readonly about: string;
  /** What goes without it, in help's brackets. */
  readonly default?: string;
  /** What its value may be, for the shell's completion. */
  readonly words?: readonly string[];
  /** Its value is a list with commas, for the shell's completion. */
  readonly isList?: true;
  /** Its value may be a file, for the shell's completion; one called FILE, DIR or PATH is one anyway. */
  readonly takesFile?: true;
  readonly repeatable?: true;
  /** Other spellings, those of Mesos's flags. */
  readonly aliases?: readonly string[];
  readonly group: string;
  /** Not in this command's help: it is an option of another one that works here, too. */
  readonly isHidden?: true;
  /** Needed now and then: only named by `--help`, told by `--help --all`, so that the rest fits a screen. */
  readonly isRare?: true;
}
