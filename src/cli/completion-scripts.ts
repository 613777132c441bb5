/** A command as a completion script sees it. */
export interface CompletionEntry {
  /** One word or two: `run`, `trace info`. */
  readonly name: string;
  readonly about: string;
  readonly options: readonly {
    /** Without dashes. */
    readonly name: string;
    /** Letters, digits and blanks: it needs no quoting. */
    readonly about: string;
    readonly takes: boolean;
    readonly values: Values;
  }[];
  /** What may stand beside the options. */
  readonly positionals: Values;
}

/** What may stand in a place. */
export interface Values {
  readonly words: readonly string[];
  /** Words with commas between them. */
  readonly isList: boolean;
  readonly isFile: boolean;
}

/** First words, with the second ones that may follow each. */
function families(entries: readonly CompletionEntry[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name } of entries) {
    const [first, second] = name.split(' ');
    const seconds = found.get(first) ?? [];
    found.set(first, second === undefined ? seconds : [...seconds, second]);
  }
  return found;
}

/** How a shell answers: the words that fit, words of a list, files. */
interface Answers {
  readonly words: (list: readonly string[]) => string;
  readonly list: (list: readonly string[]) => string;
  readonly files: string;
  readonly listFiles: string;
}

/** The commands of a shell that answer with what may stand in a place; `:` does nothing. */
function answer({ words, isList, isFile }: Values, shell: Answers): string {
  const parts = [
    ...(words.length > 0 ? [isList ? shell.list(words) : shell.words(words)] : []),
    ...(isFile ? [isList ? shell.listFiles : shell.files] : []),
  ];
  return parts.length > 0 ? parts.join('; ') : ':';
}

/** A POSIX-like case arm per command and option; bash and zsh differ in how they answer. */
function cases(entries: readonly CompletionEntry[], shell: Answers): string[] {
  return entries.flatMap(({ name, options, positionals }) => {
    const names = shell.words(options.map((option) => `--${option.name}`));
    return [
      ...options
        .filter(({ takes }) => takes)
        .map((option) => `    '${name} --${option.name}') ${answer(option.values, shell)} ;;`),
      `    '${name} '*) if [[ $cur == -* ]]; then ${names}; else ${answer(positionals, shell)}; fi ;;`,
    ];
  });
}

function commandCases(
  entries: readonly CompletionEntry[],
  words: (list: readonly string[]) => string,
): string[] {
  return [...families(entries)]
    .filter(([, seconds]) => seconds.length > 0)
    .map(([first, seconds]) => `    '${first}') ${words(seconds)}; return ;;`);
}

export function bashScript(entries: readonly CompletionEntry[]): string {
  const words = (list: readonly string[]): string => `_sim_words '${list.join(' ')}'`;
  const shell: Answers = {
    words,
    list: (list) => `_sim_list '${list.join(' ')}'`,
    files: '_sim_files',
    listFiles: '_sim_list_files',
  };
  return `# Completes sim in bash: eval "$(sim completion bash)"
_sim_words() { COMPREPLY+=($(compgen -W "$1" -- "$cur")); }
_sim_files() { compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur")); }
_sim_before() { if [[ $cur == *,* ]]; then printf '%s,' "\${cur%,*}"; fi; }
_sim_list() { compopt -o nospace 2>/dev/null; COMPREPLY+=($(compgen -P "$(_sim_before)" -W "$1" -- "\${cur##*,}")); }
_sim_list_files() { COMPREPLY+=($(compgen -P "$(_sim_before)" -f -- "\${cur##*,}")); }
_sim() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  # --option=value comes as three words.
  if [[ $cur == = ]]; then cur=''
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  if ((COMP_CWORD == 1)); then
    ${words([...families(entries).keys(), '--help', '--version'])}
    return
  fi
  if ((COMP_CWORD == 2)); then
    case "$command" in
${commandCases(entries, words).join('\n')}
    esac
  fi
  case "$command" in
    ${familyPattern(entries)}) command="$command \${COMP_WORDS[2]}" ;;
  esac
  case "$command $prev" in
${cases(entries, shell).join('\n')}
  esac
}
complete -F _sim sim
`;
}

export function zshScript(entries: readonly CompletionEntry[]): string {
  const words = (list: readonly string[]): string => `compadd -- ${list.join(' ')}`;
  const shell: Answers = {
    words,
    list: (list) => `compset -P '*,'; compadd -qS, -- ${list.join(' ')}`,
    files: '_files',
    listFiles: '_files',
  };
  return `#compdef sim
# Completes sim in zsh: eval "$(sim completion zsh)"
_sim() {
  local cur=$words[CURRENT] prev=$words[CURRENT-1] command=$words[2]
  # --option=value is one word.
  if [[ $cur == --*=* ]]; then
    prev=\${cur%%=*}
    compset -P '*='
  fi
  if ((CURRENT == 2)); then
    ${words([...families(entries).keys(), '--help', '--version'])}
    return
  fi
  if ((CURRENT == 3)); then
    case "$command" in
${commandCases(entries, words).join('\n')}
    esac
  fi
  case "$command" in
    ${familyPattern(entries)}) command="$command $words[3]" ;;
  esac
  case "$command $prev" in
${cases(entries, shell).join('\n')}
  esac
}
compdef _sim sim
`;
}

export function fishScript(entries: readonly CompletionEntry[]): string {
  const lines = ['# Completes sim in fish: sim completion fish > ~/.config/fish/completions/sim.fish'];
  for (const first of families(entries).keys())
    lines.push(`complete -c sim -f -n __fish_use_subcommand -a ${first}`);
  for (const [first, seconds] of families(entries)) {
    if (seconds.length === 0) continue;
    const chosen = `__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${seconds.join(' ')}`;
    lines.push(`complete -c sim -f -n '${chosen}' -a '${seconds.join(' ')}'`);
  }
  for (const { name, options, positionals } of entries) {
    const seen = name
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
    lines.push(`complete -c sim -n '${seen}' ${fishValues(positionals, '-F', '-f')}`);
    for (const { name: option, about, takes, values } of options) {
      const kind = takes ? fishValues(values, '-rF', '-x') : '-f';
      lines.push(`complete -c sim -n '${seen}' -l ${option} ${kind} -d '${about}'`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** @param files what allows them, `none` what does not */
function fishValues({ words, isList, isFile }: Values, files: string, none: string): string {
  const flag = isFile ? files : none;
  if (words.length === 0) return flag;
  const listed = isList
    ? `(__fish_complete_list , "printf %s\\\\\\\\n ${words.join(' ')}")`
    : words.join(' ');
  return `${flag} -a '${listed}'`;
}

function familyPattern(entries: readonly CompletionEntry[]): string {
  return [...families(entries)]
    .filter(([, seconds]) => seconds.length > 0)
    .map(([first]) => first)
    .join(' | ');
}
