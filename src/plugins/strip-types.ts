import { createRequire } from 'node:module';

interface Compiler {
  transformSync(source: string, options: object): { readonly code: string; readonly map?: string };
}

/** What the compiler throws for source that is no TypeScript. */
interface CompilerError {
  readonly code?: string;
  readonly message?: string;
  readonly startLine?: number;
  readonly startColumn?: number;
}

/**
 * TypeScript to JavaScript, types unchecked, with its source map in it, by SWC compiled to WebAssembly: no binary, the same
 * on every platform.
 *
 * @throws SyntaxError whose message begins with `line:column`, both from 1
 */
export function stripTypes(source: string, path: string): string {
  // Loaded on first use: 4 MB of WebAssembly.
  const compiler = createRequire(import.meta.url)('@swc/wasm-typescript') as Compiler;
  try {
    const { code, map = '' } = compiler.transformSync(source, {
      mode: 'transform',
      sourceMap: true,
      filename: path,
      module: true,
    });
    const encoded = Buffer.from(map).toString('base64');
    return `${code}\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
  } catch (error) {
    const { message = String(error), startLine, startColumn } = error as CompilerError;
    const place = startLine === undefined ? '' : `${startLine}:${(startColumn ?? 0) + 1} `;
    throw new SyntaxError(`${place}${message.split('\n', 1)[0]}`);
  }
}
