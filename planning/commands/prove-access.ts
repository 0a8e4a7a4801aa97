import { shellQuote } from '../shell-quote.js';
import { buildScript } from './script.js';

/**
 * Opens the very connection the follower will use and holds it until the leader has been asked whether
 * it sees it. `nonce` names the file that lets it go; 10 s at most.
 */
export function holdReplicationConnectionScript(input: {
  osUser: string;
  binDirectory: string;
  conninfo: string;
  nonce: string;
}): string {
  return buildScript({
    variables: {
      OSUSER: input.osUser,
      BIN: input.binDirectory,
      CONNINFO: `${input.conninfo} replication=true`,
      RELEASE: releaseFile(input.nonce),
    },
    body: `
{ echo 'IDENTIFY_SYSTEM;'; n=200; until [ -e "$RELEASE" ] || [ "$n" = 0 ]; do n=$((n - 1)); sleep 0.05; done; } |
  setpriv --reuid="$OSUSER" --regid="$OSUSER" --init-groups env HOME=/ "$BIN/psql" -XAtw -F ' ' -d "$CONNINFO" -f - >"$RELEASE.out" 2>"$RELEASE.err"
rc=$?
say identified "$(head -n 1 "$RELEASE.out")"
head -c 2000 "$RELEASE.err" | say64 error
rm -f "$RELEASE" "$RELEASE.out" "$RELEASE.err"
say rc "$rc"
`,
  });
}

const releaseFile = (nonce: string): string => `/run/${nonce}`;

export function releaseConnectionScript(nonce: string): string {
  return buildScript({ body: `: >${shellQuote(releaseFile(nonce))}` });
}
