/**
 * Units that decide by themselves which server leads, and would undo what a run does or promote in the
 * middle of it. A name stands for itself, its timer, its instances and its numbered variants (`repmgr-15`).
 */
export const CLUSTER_MANAGERS = [
  'patroni',
  'repmgr',
  'repmgrd',
  'pg_autoctl',
  'pgautofailover',
  'stolon-keeper',
  'stolon-sentinel',
  'pacemaker',
  'corosync',
  'keepalived',
  'vip-manager',
] as const;

/** Of these only the address is at stake, not the server. */
export const ADDRESS_MOVERS = ['keepalived', 'vip-manager'] as const;

/** Files that make one of them manage this host as soon as somebody starts it. */
export const CLUSTER_MANAGER_FILES = [
  '/etc/patroni/*.yml',
  '/etc/patroni.yml',
  '/etc/repmgr.conf',
  '/etc/repmgr/*/repmgr.conf',
] as const;

/** Agents that bring files back to what their server has. */
export const CONFIG_MANAGEMENT = [
  'puppet',
  'pxp-agent',
  'chef-client',
  'salt-minion',
  'cfengine3',
  'cf-execd',
  'rudder-agent',
  'ansible-pull',
] as const;
