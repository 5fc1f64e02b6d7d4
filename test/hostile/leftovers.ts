import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface Held {
  readonly children: readonly string[];
  readonly resources: ReadonlyMap<string, number>;
  readonly files: ReadonlyMap<string, number>;
}

const WITHIN = 5_000;

/** What this process holds beyond what it held: child processes, threads, timers, sockets, open files. */
export class Leftovers {
  readonly #before = held();

  /** Empty as soon as nothing is left; after five seconds it says what is. `pids` must be gone too. */
  async settled(pids: readonly number[] = []): Promise<string[]> {
    const late = Date.now() + WITHIN;
    for (;;) {
      const left = [...more(this.#before, held()), ...pids.filter(isAlive).map((pid) => `process ${pid} is left`)];
      if (left.length === 0 || Date.now() > late) return left;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function held(): Held {
  const children = readdirSync('/proc/self/task').flatMap((task) => {
    const file = `/proc/self/task/${task}/children`;
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean) : [];
  });
  return { children, resources: count(process.getActiveResourcesInfo()), files: count(openFiles()) };
}

/** Kinds alone for what has no name: the numbers of pipes and sockets differ. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[\d+\]$/, '')];
    } catch {
      return [];
    }
  });
}

function count(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Timers and requests of the test runner come and go: one more of a kind is its own. */
const OWN = new Set(['Timeout', 'FSReqPromise', 'FSReqCallback', 'Immediate']);

function more(before: Held, after: Held): string[] {
  const added = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): string[] =>
    [...b].filter(([name, n]) => n > (a.get(name) ?? 0) + (OWN.has(name) ? 2 : 0)).map(([name]) => name);
  return [
    ...after.children.filter((pid) => !before.children.includes(pid)).map((pid) => `child process ${pid} is left`),
    ...added(before.resources, after.resources).map((name) => `a ${name} is left`),
    ...added(before.files, after.files).map((name) => `the open file ${name} is left`),
  ];
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
