/**
 * Names of the libraries in shared_preload_libraries that lie in the package library directory; one with a
 * path of its own is left out, because only the host itself can tell whether it is there.
 */
export function preloadLibraries(setting: string): string[] {
  return [...setting.matchAll(/"((?:[^"]|"")*)"|[^,"]+/g)]
    .map(([bare, quoted]) => (quoted ?? bare).trim().replace(/^\$libdir\//, ''))
    .filter((name) => name !== '' && !name.includes('/'))
    .map((name) => name.replace(/\.so$/, ''));
}
