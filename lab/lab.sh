#!/usr/bin/env bash
# Real Debian machines (systemd, sshd, PostgreSQL) on one Linux machine, without a container engine.
#
# A host is a set of namespaces (mount, pid, net, uts, ipc, cgroup) whose root is an overlay over the
# machine's own /, and whose disk is a sparse ext4 image. Everything a lab owns lies in LAB_HOME
# (default ./.lab); its names carry a hash of that path, so that labs never meet.
#
# This file only dispatches. lib/ holds the parts, inside/ what runs in a host's root while it is built.
if [[ $(uname -s) != Linux ]]; then
  printf '%s\n' "error:   the lab needs Linux [LAB_UNUSABLE]" \
    "detail:  its hosts are made of namespaces of the Linux kernel; this is $(uname -s)" \
    "hint:    run it in a Linux virtual machine; the runbook itself runs here" >&2
  exit 2
fi
set -Eeuo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022

LAB_SELF=$(realpath "${BASH_SOURCE[0]}")
LAB_SOURCE=$(dirname "$LAB_SELF")
LAB_HOME=$(realpath -m "${LAB_HOME:-$PWD/.lab}")
VERB=${1:-help}
# set -e ends a script without a word; say at least where
trap 'printf "detail:  lab %s stopped at %s:%s\n" "$VERB" "$(basename "${BASH_SOURCE[0]}")" "$LINENO" >&2' ERR
for part in "$LAB_SOURCE"/lib/*.sh; do
  # shellcheck source=/dev/null
  source "$part"
done

usage() {
  cat <<'U'
usage: lab up [--hosts leader,follower1] [--sample 300MB|none] [--config runbook.yaml]
              [--disk [HOST=]SIZE] [--listen HOST=ADDRESSES] [--volume HOST=/path:SIZE]
              [--flavour HOST=pgdg|nocluster|nosystemd|neighbour|tablespace[+...]]
       lab reset                          all hosts as after their first start
       lab down | destroy                 stop and keep the data | remove everything
       lab status | check                 what runs | whether this machine can run a lab
       lab ssh-config [--json]            how to log in: save it, then ssh -F FILE leader
       lab exec HOST COMMAND...           as root, without ssh
       lab boot | shutdown | reboot HOST
       lab power-cut HOST [--keep-unsynced]
       lab partition A B [--one-way]      packets between the two are lost
       lab heal [A B]
       lab slow HOST 20mbit [DELAY] | off
       lab fill HOST [PATH [BYTES_LEFT]]  fill a disk;  lab unfill HOST [PATH]
The lab's files lie in $LAB_HOME, default ./.lab
U
}

main() {
  shift || true
  case $VERB in
    help | -h | --help) usage ;;
    up | down | reset | destroy | status | check | exec | boot | shutdown | reboot | partition | heal | slow | fill | unfill | \
      ssh-config | power-cut | __init | __supervise | __build | __trial | __forgotten)
      need_root
      "verb_${VERB//-/_}" "$@"
      ;;
    *)
      usage >&2
      fail USAGE "there is no command \"lab $VERB\""
      ;;
  esac
}

# One statement, read as a whole before anything runs: bash reads scripts piece by piece, and a
# supervisor lives for hours, during which this file may change.
main "$@"; exit
