import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Parsed once for all folders: they share TypeScript's own declarations and Temporal's. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** Errors of each text as one more file of the folder, compiled with all that its own tsconfig takes in. */
function errorsOf(folder: string, texts: string[]): string[][] {
  const configPath = join(ROOT, folder, 'tsconfig.json');
  const { config } = ts.readConfigFile(configPath, (path) => ts.sys.readFile(path)) as { config: unknown };
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(configPath));
  const probes = new Map(texts.map((text, index) => [join(ROOT, folder, `wall-probe-${index}.ts`), text]));
  const rootNames = [...fileNames, ...probes.keys()];
  const program = ts.createProgram({ rootNames, options: alone(options), host: hostWith(probes, options) });
  return [...probes.keys()].map((path) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(path))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  );
}

/** Without its references the project would be incomplete, and say so instead of what is asked here. */
function alone(options: ts.CompilerOptions): ts.CompilerOptions {
  const { tsBuildInfoFile: _file, ...rest } = options;
  return { ...rest, composite: false, incremental: false, noEmit: true };
}

function hostWith(probes: Map<string, string>, options: ts.CompilerOptions): ts.CompilerHost {
  const real = ts.createCompilerHost(options);
  return {
    ...real,
    fileExists: (path) => probes.has(path) || real.fileExists(path),
    readFile: (path) => probes.get(path) ?? real.readFile(path),
    getSourceFile: (path, version, ...rest) => {
      const probe = probes.get(path);
      if (probe !== undefined) return ts.createSourceFile(path, probe, version);
      if (!parsed.has(path)) parsed.set(path, real.getSourceFile(path, version, ...rest));
      return parsed.get(path);
    },
  };
}

describe.each(['workflows/contract', 'planning', 'workflows'])('in %s', { timeout: 60_000 }, (folder) => {
  it('the globals and modules of Node.js do not exist', () => {
    const text = [
      'export const a = process.env;',
      "export const b = Buffer.from('x');",
      'export const c = __dirname;',
      "export { readFileSync } from 'node:fs';",
    ].join('\n');
    const [errors, errorsWithout] = errorsOf(folder, [text, 'export const a = Math.max(1, 2);\n']);
    expect(errors).toEqual([
      expect.stringContaining("Cannot find name 'process'"),
      expect.stringContaining("Cannot find name 'Buffer'"),
      expect.stringContaining("Cannot find name '__dirname'"),
      expect.stringMatching(/Cannot find (module|name) 'node:fs'/),
    ]);
    // So it is not the probe itself that does not compile.
    expect(errorsWithout).toEqual([]);
  });
});
