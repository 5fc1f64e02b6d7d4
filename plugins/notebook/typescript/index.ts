import { readFile, writeFile } from 'node:fs/promises';
import { BasePlugin, type PluginEvent, type PluginMetadata } from '@aitbc/plugins/sdk';
import manifest from './plugin.json' with { type: 'json' };

interface Config {
  readonly greeting: string;
}

/** The notebook plugin in TypeScript: keeps notes in /data, and uses all that the host gives. Same methods in every language. */
export default class Notebook extends BasePlugin<Config> {
  readonly #heard: string[] = [];

  getMetadata(): PluginMetadata {
    const { entry: _, config_schema: __, ...metadata } = manifest;
    return metadata;
  }

  override getConfigSchema(): typeof manifest.config_schema {
    return manifest.config_schema;
  }

  override async start(): Promise<boolean> {
    await this.context.eventBus.subscribe('notes.#', (event) => this.#hear(event));
    this.context.logger.info('notebook is open');
    return true;
  }

  /** The config's greeting and the name. */
  greet(name: string): string {
    return `${this.context.config.greeting}, ${name}!`;
  }

  /** Keeps a note, logs it, and publishes `notes.written`; the note's size in bytes. */
  async write(name: string, note: string): Promise<number> {
    const bytes = new TextEncoder().encode(note);
    await writeFile(this.#pathOf(name), bytes);
    this.context.logger.info(`wrote ${name}`);
    await this.context.eventBus.publish('notes.written', { name });
    return bytes.length;
  }

  /** The note, or null. */
  async read(name: string): Promise<string | null> {
    try {
      return await readFile(this.#pathOf(name), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  }

  async fetch(url: string): Promise<{ status: number; body: string }> {
    const response = await fetch(url);
    const body = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await response.arrayBuffer());
    return { status: response.status, body };
  }

  /** The topics of the events that came. */
  heard(): string[] {
    return this.#heard;
  }

  /** The same value. */
  echo<T>(value: T): T | null {
    return value ?? null;
  }

  /** Always fails. */
  fail(reason: string): never {
    throw new Error(reason);
  }

  #hear(event: PluginEvent): void {
    if (this.#heard.length === 100) throw new Error('too many events');
    this.#heard.push(event.type);
  }

  #pathOf(name: string): string {
    return `${this.context.dataDir}/${name}.txt`;
  }
}
