// Generated from runtime/wit by scripts/wit-bindings.ts: do not edit.

export type WitLevel = 'debug' | 'info' | 'warn' | 'error';

export type WitMode = 'replace' | 'create' | 'append';

export type WitKind = 'file' | 'folder' | 'link' | 'other';

export interface WitFileStat {
  readonly kind: WitKind;
  readonly size: bigint;
  readonly modified: bigint;
}

export interface WitEntry {
  readonly name: string;
  readonly kind: WitKind;
}

export interface WitRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: Uint8Array | undefined;
}

export interface WitResponse {
  readonly status: number;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

export type WitStream = 'stdout' | 'stderr';

export interface WitMetadata {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly author: string;
  readonly license: string;
  readonly homepage?: string | undefined;
  readonly repository?: string | undefined;
  readonly keywords: readonly string[];
  readonly dependencies: readonly string[];
  readonly minAitbcVersion?: string | undefined;
  readonly maxAitbcVersion?: string | undefined;
  readonly supportedPlatforms: readonly string[];
}

export interface WitHealth {
  readonly healthy: boolean;
  readonly details: string;
}

export interface WitEvent {
  readonly topic: string;
  readonly data: string;
  readonly source: string;
  readonly time: string;
}

/** By the interface's name without its version. An `err` is thrown as a Fault. */
export interface HostImports {
  readonly 'aitbc:plugin/log': {
    write(level: WitLevel, message: string, fields: string): void;
  };
  readonly 'aitbc:plugin/config': {
    get(): string;
    env(name: string): string | undefined;
  };
  readonly 'aitbc:plugin/events': {
    publish(topic: string, data: string): void;
    subscribe(pattern: string): void;
    unsubscribe(pattern: string): void;
  };
  readonly 'aitbc:plugin/files': {
    read(path: string): Uint8Array;
    write(path: string, data: Uint8Array, mode: WitMode): void;
    stat(path: string): WitFileStat;
    listFolder(path: string): readonly WitEntry[];
    makeFolder(path: string): void;
    remove(path: string): void;
    rename(from: string, to: string): void;
  };
  readonly 'aitbc:plugin/http': {
    fetch(request: WitRequest): WitResponse;
  };
  readonly 'aitbc:plugin/services': {
    call(service: string, method: string, args: string): string;
    callPlugin(plugin: string, method: string, args: string): string;
    register(service: string, methods: readonly string[]): void;
  };
  readonly 'aitbc:plugin/terminal': {
    write(to: WitStream, data: Uint8Array): void;
    read(): Uint8Array | undefined;
    isTerminal(): boolean;
    columns(): number;
  };
}

/** By the interface's name alone; those of a world are there where the component is of it. An `err` is thrown as it is. */
export interface PluginExports {
  readonly lifecycle: {
    getMetadata(): WitMetadata;
    getConfigSchema(): string;
    initialize(): boolean;
    start(): boolean;
    stop(): boolean;
    cleanup(): boolean;
    healthCheck(): WitHealth;
    handleEvent(event: WitEvent): void;
  };
  readonly methods: {
    listMethods(): readonly string[];
    call(method: string, args: string): string;
    callService(service: string, method: string, args: string): string;
  };
  readonly commands: {
    run(group: string, command: string, options: string, args: readonly string[]): number;
  };
  readonly chain: {
    connect(config: string): boolean;
    getBalance(address: string): string;
    sendTransaction(transaction: string): string;
    getContractEvents(address: string, eventName: string, fromBlock: bigint | undefined): string;
  };
  readonly model: {
    predict(input: string): string;
    train(data: string): boolean;
    getModelInfo(): string;
  };
}
