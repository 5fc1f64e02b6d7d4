/** The plugins of the soak: those that work, and one in twenty that attacks whoever shares its process. */

const metadataOf = (name: string): string =>
  `{ name: '${name}', version: '1.0.0', description: 'Soaks', author: 'A', license: 'MIT' }`;

/** Calls, timers, files, fetches, events and log lines; what it keeps is bounded. */
const WORKER = (name: string): string => `import { readFile, rm, writeFile } from 'node:fs/promises';
import { BasePlugin } from '@aitbc/plugins/sdk';

export default class Worker extends BasePlugin {
  #ticks = 0;
  #heard = 0;
  #ticker;
  getMetadata() { return ${metadataOf(name)}; }
  async start() {
    await this.context.eventBus.subscribe('soak.*', () => { this.#heard += 1; });
    this.#ticker = setInterval(() => { this.#ticks += 1; }, 500);
    return true;
  }
  async stop() { clearInterval(this.#ticker); return true; }
  async handleEvent() { this.#heard += 1; }
  add(a, b) { return a + b; }
  counts() { return { ticks: this.#ticks, heard: this.#heard }; }
  async file(turn) {
    const text = 'turn ' + turn + ' '.repeat(4096);
    const place = (turn % 2 === 0 ? '/data/' : '/tmp/') + 'file-' + (turn % 4);
    await writeFile(place, text);
    const same = (await readFile(place, 'utf8')) === text;
    if (turn % 3 === 0) await rm(place);
    return same;
  }
  async fetched(url, turn) {
    const answer = await fetch(url, { method: 'POST', body: 'turn ' + turn });
    return (await answer.text()) === 'turn ' + turn;
  }
  async tell(turn) {
    this.context.logger.info('told', { turn });
    await this.context.eventBus.publish('soak.told', { turn });
    return true;
  }
}
`;

/** What a hostile plugin does, by the name it is called with. */
export const ATTACKS = {
  memory: `const all = []; for (;;) all.push({ a: all.length, b: [all.length] });`,
  loop: `for (;;) ;`,
  rejections: `for (let turn = 0; turn < 40; turn += 1) { for (let i = 0; i < 5000; i += 1) Promise.reject({ get message() { return 'storm ' + i; } }); await new Promise((resolve) => setTimeout(resolve, 10)); } return 'done';`,
  logs: `for (let turn = 0; turn < 40; turn += 1) { for (let i = 0; i < 5000; i += 1) this.context.logger.error('x'.repeat(200), { i }); await new Promise((resolve) => setTimeout(resolve, 10)); } return 'done';`,
  crash: `return 'x'.repeat(2 ** 28).split('').length;`,
  files: `for (let turn = 0; turn < 4; turn += 1) await Promise.allSettled(Array.from({ length: 500 }, (_, i) => writeFile('/data/' + (i % 10), 'x'.repeat(4096)))); return 'done';`,
} as const;

const CASES = Object.entries(ATTACKS).map(([kind, code]) => `case '${kind}': { ${code} }`);

const HOSTILE = (name: string): string => `import { writeFile } from 'node:fs/promises';
import { BasePlugin } from '@aitbc/plugins/sdk';

export default class Hostile extends BasePlugin {
  getMetadata() { return ${metadataOf(name)}; }
  async attack(kind) {
    switch (kind) {
      ${CASES.join('\n      ')}
    }
  }
}
`;

export interface Cast {
  readonly workers: readonly string[];
  readonly hostile: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** plugins.yaml. `timeout`: of the first worker, so that a reload has something to change. Milliseconds. */
  yaml(timeout: number): string;
}

/** So many plugins of each sort in one trust group: they share a process. `port`: of the server that workers may reach. */
export function castOf(count: { readonly workers: number; readonly hostile: number }, port: number): Cast {
  const workers = Array.from({ length: count.workers }, (_, index) => `worker-${index}`);
  const hostile = Array.from({ length: count.hostile }, (_, index) => `hostile-${index}`);
  const files = Object.fromEntries([
    ...workers.map((name) => [`plugins/${name}.js`, WORKER(name)] as const),
    ...hostile.map((name) => [`plugins/${name}.js`, HOSTILE(name)] as const),
  ]);
  const rights = `permissions: { net: ["127.0.0.1:${port}"], events: { publish: ["soak.*"], subscribe: ["soak.*"] } }`;
  const yaml = (timeout: number): string =>
    [
      'health_check_interval: 5',
      'plugins:',
      ...workers.map((name, index) => {
        const limits = index === 0 ? `limits: { timeout: ${timeout}ms }, ` : '';
        return `  ${name}: { enabled: true, source: ./plugins/${name}.js, ${limits}${rights} }`;
      }),
      ...hostile.map(
        (name) =>
          `  ${name}: { enabled: true, source: ./plugins/${name}.js, limits: { memory: 32MiB, cpu: 300ms, timeout: 5s } }`,
      ),
      '',
    ].join('\n');
  return { workers, hostile, files, yaml };
}
