import { ask, bug, type CodeDefinition } from './code-definition.js';

/** Codes of the command line, of the configuration, and of runs on the Temporal server. */
export const COMMAND_CODES = {
  // --- command line and configuration
  USAGE: ask('The command line has an unknown command, option or value.', 'See `runbook --help`.'),
  CONFIG_NOT_FOUND: ask(
    'No configuration file is where the command looked for it.',
    'Give the file with `--config FILE`, or run the command beside a runbook.yaml.',
  ),
  CONFIG_INVALID: ask(
    'The configuration has an unknown key, a missing key or a value that makes no sense. Nothing was contacted.',
    'Correct the line the message names. Unknown keys are errors on purpose: a misspelt safety setting must not be ignored.',
  ),
  CONFIG_EXISTS: ask(
    'Where `runbook init` would write the configuration there is a file already. It was not touched.',
    'Give another path, as in `runbook init other.yaml`, or move the file away first.',
  ),
  CONFIG_NOT_WRITTEN: ask(
    'The configuration could not be written. Nothing is left of it.',
    'See the detail; give a path in a directory that exists and that you may write to.',
  ),
  PASSWORD_MISSING: ask(
    'The file or environment variable the configuration names for the replication password does not exist on the worker, or is empty.',
    "Create it where the worker runs (paths and variables in the configuration are the worker's), then `runbook resume`.",
  ),
  PASSWORD_UNUSABLE: ask(
    'The replication password has characters outside printable ASCII. Clients and servers normalise those in different ways, so a login could fail for no visible reason.',
    'Use a password of letters, digits, blanks and punctuation on one line, or `password: generate`.',
  ),
  NO_ROOT: ask(
    'The command makes namespaces, mounts and network interfaces, and needs root for it.',
    'Run it as root. Only the lab needs that; the runbook itself does not.',
  ),
  LAB_UNUSABLE: ask(
    'This machine lacks something the lab is made of.',
    'Install what the message names; the lab needs Linux, root and Debian packages.',
  ),

  // --- Temporal and runs
  TEMPORAL_UNREACHABLE: ask(
    'No Temporal server answers at the address.',
    'Start one with `runbook up`, or give its address with `--address` or TEMPORAL_ADDRESS.',
  ),
  WORKER_ABSENT: ask(
    'The Temporal server knows the run, but no worker answered within five seconds.',
    'Start a worker with `runbook up` or `runbook worker`. Runs wait; nothing is lost.',
  ),
  RUN_NOT_FOUND: ask(
    'There is no run for this cluster on this Temporal server.',
    'Check the cluster name and the server address; start a run with `runbook start`.',
  ),
  RUN_OPEN: ask(
    'Another kind of run is open for this cluster. Two runs on one cluster exclude each other.',
    'Look at it with `runbook show`, and let it end first.',
  ),
  RUN_OPEN_WITH_OTHER_CONFIG: ask(
    'A run is open for this cluster, started with another configuration. The one you gave was not used.',
    'Give it to the open run with `runbook resume --config FILE`, which looks and asks again; or look at the run with `runbook show`.',
  ),
  RUN_CLOSED: ask(
    'The run has already ended, so there is nothing to decide, resume or cancel.',
    'See how it ended with `runbook show`; `runbook start` begins another one.',
  ),
  REPORT_NOT_YET: ask(
    'The run is still open; its report is written when it ends.',
    'See where it stands with `runbook show`, or wait with `runbook wait --for closed`.',
  ),
  REPORT_NOT_FOUND: ask(
    'The worker that answered keeps no report of this run: another worker has it, or the run was ended by force and has none.',
    'Ask where the worker ran that ended the run; the reports lie in its state directory, `reports/CLUSTER/RUN`. `runbook show` still has the outcome.',
  ),
  RUN_STUCK: bug(
    "The worker fails on the run's own code again and again. Nothing is happening on the hosts.",
    "Look at the worker's log. A worker of the version that started the run goes on with it; `runbook resume --restart` starts it again with these steps.",
  ),
  RUN_FROM_OTHER_VERSION: ask(
    'The run was started by another version of this tool, whose steps may differ.',
    '`runbook resume --restart` ends it where it stands and starts it again with these steps: what is done on the hosts is taken over, and a copy goes on. Or let a worker of that version finish it.',
  ),
  UNKNOWN_OUTCOME: ask(
    'No answer came before the deadline. What was sent may still take effect until the time the message names.',
    'Look with `runbook show`. After that time an approval that has not taken effect is refused.',
  ),
  TIMED_OUT: ask('What was waited for did not happen in the time given.', 'Look with `runbook show`.'),
} as const satisfies Record<string, CodeDefinition>;
