/**
 * The rules of the source tree: which room may import which, what a pure room may name, sizes and leftovers.
 * A rule takes sources and answers one line per violation, `path:line what`; an empty list is a clean tree.
 */
import { posix } from 'node:path';
import ts from 'typescript';

/** One file, parsed. Strings and comments are not code: they never count as names or imports. */
export interface Source {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Specifiers of import, export from, import() and import types; `computed` for a computed import(). */
  readonly imports: readonly Found[];
  /** Free-standing identifiers: not the b of `a.b`, not the key of an object, not the name of a member. */
  readonly names: readonly Found[];
  /** `export default` and `export *` in all their spellings. */
  readonly unnamedExports: readonly Found[];
}

interface Found {
  readonly what: string;
  /** Counted from 1. */
  readonly line: number;
}

/** Rooms and the rooms they import. A new room is added here, with the reason for what it needs. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  cluster: [],
  allocators: ['cluster'],
  workloads: ['cluster'],
  // Neutral: they see the core and the trace, and either world may use them.
  metrics: ['cluster', 'workloads'],
  report: ['cluster', 'workloads', 'metrics'],
  plugins: ['cluster', 'allocators'],
  // Drives one allocator alone, step by step; no simulated time but its own. Random streams are those of workloads.
  scenario: ['cluster', 'allocators', 'workloads', 'plugins'],
  // The two worlds, which never see each other.
  sim: ['cluster', 'allocators', 'workloads', 'metrics', 'report', 'plugins'],
  realnet: ['cluster', 'allocators', 'workloads', 'metrics', 'report', 'plugins'],
  // Runs allocators in simulated economies.
  verify: ['cluster', 'allocators', 'workloads', 'metrics', 'report', 'plugins', 'scenario', 'sim'],
  // What was published, held against all of these.
  experiments: ['cluster', 'allocators', 'workloads', 'metrics', 'report', 'sim', 'verify'],
  // The framework models of a trace on a real master: it truly needs both worlds, the one's arrivals and the other's clients.
  replay: ['cluster', 'workloads', 'metrics', 'sim', 'realnet'],
  cli: [
    'cluster',
    'allocators',
    'workloads',
    'metrics',
    'report',
    'plugins',
    'scenario',
    'sim',
    'realnet',
    'verify',
    'experiments',
    'replay',
  ],
};

const pureFolders = ['src/cluster/', 'src/allocators/', 'src/workloads/frameworks/'];
// re2js: regular expressions in linear time, for offer constraints that a stranger may send.
const purePackages = ['d3-array', 're2js'];
const impureNames = new Set([
  'Date',
  'performance',
  'process',
  'globalThis',
  'setTimeout',
  'setInterval',
  'setImmediate',
]);

export function parse(path: string, text: string): Source {
  const imports: Found[] = [];
  const names: Found[] = [];
  const unnamedExports: Found[] = [];
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const visit = (node: ts.Node): void => {
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push({ what: specifier, line });
    if (ts.isIdentifier(node) && !isMemberName(node)) names.push({ what: nameOf(node), line });
    const unnamed = unnamedExportOf(node);
    if (unnamed !== undefined) unnamedExports.push({ what: unnamed, line });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, text, imports, names, unnamedExports };
}

/** Imports run one way between the rooms of src; nothing imports cli or an entry point (src/index.ts). */
export function importDirection(sources: readonly Source[]): string[] {
  return violations(sources, (source) => {
    const room = roomOf(source.path);
    if (room !== undefined && !(room in mayImport)) {
      return [{ what: `room ${room} is not in the table of rooms`, line: 1 }];
    }
    return source.imports.flatMap(({ what, line }) => {
      const target = targetOf(source.path, what);
      if (target === undefined) return [];
      const targetRoom = roomOf(target);
      if (targetRoom === undefined) return [{ what: `imports the entry point ${target}`, line }];
      // An entry point re-exports what it likes, the command line apart.
      const allowed = room === undefined ? targetRoom !== 'cli' : mayImport[room]?.includes(targetRoom);
      return targetRoom === room || allowed
        ? []
        : [{ what: `${room ?? 'entry'} imports ${targetRoom}`, line }];
    });
  });
}

/** A pure file imports only pure files and d3-array. */
export function pureImports(sources: readonly Source[]): string[] {
  return violations(sources.filter(isPure), (source) =>
    source.imports.flatMap(({ what, line }) => {
      const target = targetOf(source.path, what);
      const allowed = target === undefined ? purePackages.includes(what) : isPure({ path: target });
      return allowed ? [] : [{ what: `a pure file imports ${what}`, line }];
    }),
  );
}

/** A pure file names no clock, timer, host object or unseeded randomness. */
export function pureNames(sources: readonly Source[]): string[] {
  return violations(sources.filter(isPure), (source) =>
    source.names.flatMap(({ what, line }) => {
      // `Math` on its own could be taken apart to reach random.
      const impure = impureNames.has(what) || what === 'Math.random' || what === 'Math';
      return impure ? [{ what: `a pure file names ${what}`, line }] : [];
    }),
  );
}

/** A package that src imports is in dependencies: an install without devDependencies has it. */
export function declaredPackages(sources: readonly Source[], dependencies: readonly string[]): string[] {
  return violations(sources, (source) =>
    source.imports.flatMap(({ what, line }) => {
      if (what.startsWith('.') || what.startsWith('node:') || what === 'computed') return [];
      const name = what.split('/', what.startsWith('@') ? 2 : 1).join('/');
      return dependencies.includes(name) ? [] : [{ what: `${name} is not in dependencies`, line }];
    }),
  );
}

export function namedExports(sources: readonly Source[]): string[] {
  return violations(sources, (source) => source.unnamedExports);
}

/** At most 420 lines a file. */
export function fileSizes(sources: readonly Source[]): string[] {
  return violations(sources, ({ text }) => {
    const most = 420;
    const count = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    return count > most ? [{ what: `${count} lines, at most ${most}`, line: count }] : [];
  });
}

/** At most 128 columns a line: prettier keeps code to 110, comments and texts may be a little wider. */
export function lineLengths(sources: readonly Source[]): string[] {
  return violations(sources, ({ text }) =>
    text.split('\n').flatMap((content, index) => {
      const columns = Array.from(content).length;
      return columns > 128 ? [{ what: `${columns} columns, at most 128`, line: index + 1 }] : [];
    }),
  );
}

/** No note to do it later, no comment that silences a tool. In pieces, or this file would break the rule. */
export function leftovers(sources: readonly Source[]): string[] {
  const word = new RegExp(
    ['\\b(TO', 'DO|FIX', 'ME)\\b|@ts-(ig', 'nore|no', 'check)|eslint-(dis', 'able)'].join(''),
  );
  return violations(sources, ({ text }) =>
    text.split('\n').flatMap((content, index) => {
      const found = word.exec(content);
      return found === null ? [] : [{ what: found[0], line: index + 1 }];
    }),
  );
}

function violations(sources: readonly Source[], check: (source: Source) => readonly Found[]): string[] {
  return sources.flatMap((source) => check(source).map(({ what, line }) => `${source.path}:${line} ${what}`));
}

function isPure({ path }: { readonly path: string }): boolean {
  return path === 'src/workloads/trace.ts' || pureFolders.some((folder) => path.startsWith(folder));
}

/** `cluster` for src/cluster/master/master.ts; undefined for a file of src itself. */
function roomOf(path: string): string | undefined {
  const parts = path.split('/');
  return parts.length > 2 ? parts[1] : undefined;
}

/** The file of this repository that a relative specifier names; undefined for a package. */
function targetOf(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier);
  if (ts.isImportTypeNode(node)) {
    return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return textOf(node.arguments[0]) ?? 'computed';
  }
  return undefined;
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

/** `Math` with the member taken from it, any other identifier as it is. */
function nameOf(node: ts.Identifier): string {
  const { parent } = node;
  return node.text === 'Math' && ts.isPropertyAccessExpression(parent)
    ? `Math.${parent.name.text}`
    : node.text;
}

function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isBindingElement(parent)) return parent.propertyName === node;
  const hasMemberName = ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent);
  const isSignature = ts.isPropertySignature(parent) || ts.isMethodSignature(parent);
  const isMethod = ts.isMethodDeclaration(parent) || ts.isAccessor(parent) || ts.isEnumMember(parent);
  return (hasMemberName || isSignature || isMethod) && parent.name === node;
}

function unnamedExportOf(node: ts.Node): string | undefined {
  if (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent)) return 'export default';
  if (ts.isExportAssignment(node)) return 'export default';
  if (ts.isExportSpecifier(node) && node.name.text === 'default') return 'export default';
  const isStar =
    ts.isExportDeclaration(node) && (!node.exportClause || ts.isNamespaceExport(node.exportClause));
  return isStar ? 'export *' : undefined;
}
