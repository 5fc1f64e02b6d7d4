import { mkdir, readdir, readFile, unlink, writeFile } from 'node:fs/promises';

export interface Agent {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  /** ISO 8601. */
  readonly created: string;
}

const NAME = /^[a-z][a-z0-9-]{0,62}$/i;

/**
 * The agents, one file each: creating is one exclusive write, so that two command lines at the same time never lose
 * an agent nor make the same one twice.
 */
export class AgentStore {
  readonly #folder: string;
  readonly #max: number;

  constructor(dataDir: string, max: number) {
    this.#folder = `${dataDir}/agents`;
    this.#max = max;
  }

  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
  }

  async names(): Promise<string[]> {
    const files = await readdir(this.#folder);
    return files
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -5))
      .sort();
  }

  async all(): Promise<Agent[]> {
    const found = await Promise.all((await this.names()).map((name) => this.find(name)));
    return found.filter((agent) => agent !== undefined);
  }

  /** Undefined where there is none: another command line may have removed it a moment ago. */
  async find(name: string): Promise<Agent | undefined> {
    try {
      return JSON.parse(await readFile(this.#file(name), 'utf8')) as Agent;
    } catch (error) {
      if (isCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  async create(agent: Agent): Promise<void> {
    try {
      await writeFile(this.#file(agent.name), `${JSON.stringify(agent)}\n`, { flag: 'wx' });
    } catch (error) {
      if (isCode(error, 'EEXIST')) throw new Error(`Cannot create agent "${agent.name}": it exists`, { cause: error });
      throw error;
    }
    // Counted after the write: of two that race for the last place, none slips past the limit.
    if ((await this.names()).length > this.#max) {
      await unlink(this.#file(agent.name));
      throw new Error(`Cannot create agent "${agent.name}": max_agents is ${this.#max}`);
    }
  }

  async remove(name: string): Promise<boolean> {
    try {
      await unlink(this.#file(name));
      return true;
    } catch (error) {
      if (isCode(error, 'ENOENT')) return false;
      throw error;
    }
  }

  #file(name: string): string {
    if (!NAME.test(name)) {
      throw new Error(`Cannot use agent name "${name}": letters, digits and dashes, a letter first, 63 at most`);
    }
    return `${this.#folder}/${name}.json`;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
