import { DURABLE } from './durable.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { buildScript } from './script.js';

/** Removes the password file this operation made, and its directory when nothing else is in it. */
export function removePassfileScript(guard: GuardInput): string {
  return buildScript({
    variables: guardVariables(guard),
    functions: [DURABLE, GUARD],
    body: `
guard
file=$(rec madePassfile)
[ -n "$file" ] || { say changed no; exit 0; }
journal
rm -f -- "$file"
rmdir "\${file%/*}" 2>/dev/null
forget madePassfile
say changed yes
`,
  });
}

/** Drops a note of the record after what it stood for was taken back. */
export function forgetScript(guard: GuardInput, name: string): string {
  return buildScript({
    variables: { ...guardVariables(guard), NAME: name },
    functions: [DURABLE, GUARD],
    body: 'guard\nforget "$NAME"',
  });
}
