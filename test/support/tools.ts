import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Whether a program that a test drives is here. Where it is not, says what is left out and what brings it; CI has them all. */
export function hasTool(command: string, brings: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined || leftOut(command, brings);
}

/** Path of what starts an Ethereum node. Its program is in a package for each platform, which npm may leave out. */
export const ANVIL: string = fileURLToPath(new URL('../../node_modules/@foundry-rs/anvil/bin.mjs', import.meta.url));

export function hasAnvil(): boolean {
  const { status } = spawnSync(process.execPath, [ANVIL, '--version'], { stdio: 'ignore' });
  const platform = `@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  return status === 0 || leftOut('anvil', `npm ci, which brings ${platform}`);
}

function leftOut(command: string, brings: string): false {
  console.warn(`Left out here: what needs ${command}. To have it checked: ${brings}`);
  return false;
}

export const BWRAP: readonly [string, string] = ['bwrap', 'apt-get install -y bubblewrap'];
export const DOCKER_REGISTRY: readonly [string, string] = [
  'docker-registry',
  'apt-get install -y docker-registry; systemctl disable --now docker-registry (tests start their own)',
];
