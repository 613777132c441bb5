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
    /** Words that its value may be. */
    readonly words: readonly string[];
    /** Its value may be a file. */
    readonly isFile: boolean;
  }[];
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

/** A POSIX-like case arm per command and option; bash and zsh differ in how they answer. */
function cases(
  entries: readonly CompletionEntry[],
  words: (list: readonly string[]) => string,
  files: string,
): string[] {
  return entries.flatMap(({ name, options }) => {
    const valued = options.filter(({ takes }) => takes);
    return [
      ...valued.map(({ name: option, words: list, isFile }) => {
        const answers = [...(list.length > 0 ? [words(list)] : []), ...(isFile ? [files] : [])];
        return `    '${name} --${option}') ${answers.length > 0 ? answers.join('; ') : ':'} ;;`;
      }),
      `    '${name} '*) if [[ $cur == -* ]]; then ${words(options.map((option) => `--${option.name}`))}; else ${files}; fi ;;`,
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
  return `# Completes sim in bash: eval "$(sim completion bash)"
_sim_words() { COMPREPLY+=($(compgen -W "$1" -- "$cur")); }
_sim_files() { compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur")); }
_sim() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
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
${cases(entries, words, '_sim_files').join('\n')}
  esac
}
complete -F _sim sim
`;
}

export function zshScript(entries: readonly CompletionEntry[]): string {
  const words = (list: readonly string[]): string => `compadd -- ${list.join(' ')}`;
  return `#compdef sim
# Completes sim in zsh: eval "$(sim completion zsh)"
_sim() {
  local cur=$words[CURRENT] prev=$words[CURRENT-1] command=$words[2]
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
${cases(entries, words, '_files').join('\n')}
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
  for (const { name, options } of entries) {
    const seen = name.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
    for (const { name: option, about, takes, words, isFile } of options) {
      const values = words.length > 0 ? ` -a '${words.join(' ')}'` : '';
      const kind = !takes ? ' -f' : `${values} ${isFile ? '-r' : '-x'}`;
      lines.push(`complete -c sim -n '${seen.join('; and ')}' -l ${option}${kind} -d '${about}'`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function familyPattern(entries: readonly CompletionEntry[]): string {
  return [...families(entries)]
    .filter(([, seconds]) => seconds.length > 0)
    .map(([first]) => first)
    .join(' | ');
}
