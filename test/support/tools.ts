import { spawnSync } from 'node:child_process';

/** Whether a program that a test drives is here. Where it is not, says what is left out and what brings it; CI has them all. */
export function hasTool(command: string, brings: string): boolean {
  if (spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined) return true;
  console.warn(`Left out here: what needs ${command}. To have it checked: ${brings}`);
  return false;
}

export const BWRAP: readonly [string, string] = ['bwrap', 'apt-get install -y bubblewrap'];
export const DOCKER_REGISTRY: readonly [string, string] = [
  'docker-registry',
  'apt-get install -y docker-registry; systemctl disable --now docker-registry (tests start their own)',
];
