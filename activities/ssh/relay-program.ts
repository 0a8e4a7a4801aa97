import { shellQuote } from '../../planning/shell-quote.js';

/** Interpreters that can play the relay: perl is part of every Debian, python3 of every RHEL. */
export type RelayInterpreter = 'perl' | 'python3';

export interface RelayTarget {
  socketPath: string;
  /** The operating system's user to connect as: peer authentication takes it for the role. */
  osUser: string;
}

/**
 * A command that joins its stdin and stdout to the server's socket. Once connected it prints `marker`
 * and a newline; what came before that is noise of the login shell.
 */
export function relayCommand(target: RelayTarget, marker: string, interpreter: RelayInterpreter): string {
  const program = interpreter === 'perl' ? ['perl', '-e', PERL_RELAY] : ['python3', '-c', PYTHON_RELAY];
  const words = [...program, target.socketPath, marker].map(shellQuote);
  return `exec env LC_ALL=C sudo -n -u ${shellQuote(target.osUser)} ${words.join(' ')}`;
}

// One process with one select loop and buffers for both directions: two copiers could both be full and
// wait for each other, and one of them would keep the channel open after the other was killed. It ends
// when its stdin ends (channel closed, ssh gone) or when the server hangs up. No single quote may be in
// the text, and it is one line, because it travels within '…' through a login shell of any kind.
const PERL_RELAY = `
use strict; use Socket; use Fcntl; $SIG{PIPE} = "IGNORE";
socket(my $db, PF_UNIX, SOCK_STREAM, 0) or die "relay: socket: $!\\n";
connect($db, pack_sockaddr_un($ARGV[0])) or die "relay: could not connect to $ARGV[0]: $!\\n";
syswrite STDOUT, "$ARGV[1]\\n";
fcntl($_, F_SETFL, fcntl($_, F_GETFL, 0) | O_NONBLOCK) for $db, *STDIN, *STDOUT;
my ($in, $out, $sock, $max) = (fileno STDIN, fileno STDOUT, fileno $db, 262144);
my ($up, $down, $hangup) = ("", "", 0);
until ($hangup && $down eq "") {
  my ($r, $w) = ("", "");
  vec($r, $in, 1) = 1 if length $up < $max && $hangup == 0;
  vec($r, $sock, 1) = 1 if length $down < $max && $hangup == 0;
  vec($w, $sock, 1) = 1 if $up ne "" && $hangup == 0;
  vec($w, $out, 1) = 1 if $down ne "";
  next if select($r, $w, undef, undef) < 1;
  if (vec($r, $sock, 1)) {
    my $n = sysread $db, $down, 65536, length $down;
    $hangup = 1 if defined $n ? $n == 0 : $!{ECONNRESET};
  }
  if (vec($r, $in, 1)) {
    my $n = sysread STDIN, $up, 65536, length $up;
    if (defined $n && $n == 0) { syswrite $db, $up; exit 0 }
  }
  if (vec($w, $sock, 1)) {
    my $n = syswrite $db, $up;
    if (defined $n) { substr($up, 0, $n, "") } elsif ($!{EPIPE}) { $up = "" }
  }
  if (vec($w, $out, 1)) {
    my $n = syswrite STDOUT, $down;
    if (defined $n) { substr($down, 0, $n, "") } elsif ($!{EPIPE}) { exit 0 }
  }
}`
  .trim()
  .replace(/\s*\n\s*/g, ' ');

const PYTHON_RELAY = `
import os,socket,sys,select
s=socket.socket(socket.AF_UNIX)
try: s.connect(sys.argv[1])
except OSError as e: sys.exit("relay: could not connect to %s: %s" % (sys.argv[1], e.strerror))
os.write(1,(sys.argv[2]+"\\n").encode())
for f in (0,1,s.fileno()): os.set_blocking(f,False)
up=b"";down=b"";gone=False
while not (gone and not down):
  r=[];w=[]
  if not gone and len(up)<262144: r.append(0)
  if not gone and len(down)<262144: r.append(s)
  if not gone and up: w.append(s)
  if down: w.append(1)
  r,w,_=select.select(r,w,[])
  try:
    if s in r:
      d=s.recv(65536)
      gone=not d
      down+=d
    if 0 in r:
      d=os.read(0,65536)
      up+=d
      if not d:
        if up: s.send(up)
        sys.exit(0)
    if s in w: up=up[s.send(up):]
    if 1 in w: down=down[os.write(1,down):]
  except BlockingIOError: pass
  except ConnectionResetError: gone=True
  except BrokenPipeError: sys.exit(0)
`.trim();
