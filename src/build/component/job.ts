import type { ComponentPlan } from '../../protocol/component-plan.ts';
import type { World } from '../../source/component/recognise.ts';

/** What the transpiler is asked. Parts: the file, then jco's adapter for preview 1. */
export interface TranspileJob {
  /** The host's own WIT. */
  readonly witSource: string;
  /** Of a core module that is to become a component first. */
  readonly adapt?: {
    readonly world: World;
    readonly embedded: boolean;
    readonly preview1: boolean;
  };
}

/** What it answers. Parts: the files. */
export type TranspileAnswer =
  | {
      readonly ok: true;
      readonly files: readonly string[];
      /** Where the guest's own bindings can do it: then the files are core modules alone, by the names it has for them. */
      readonly plan?: ComponentPlan;
    }
  | {
      readonly ok: false;
      /**
       * `read`: it could not be read as a component; `support`: it has what the host does not take; `world`: it does not fit
       * our WIT; `transpile`: no program can be made of it.
       */
      readonly step: 'read' | 'support' | 'world' | 'transpile';
      readonly reason: string;
      /** Of the component's root, where it could be read. */
      readonly wit?: string;
      /** How its world differs from ours. */
      readonly problems?: readonly string[];
    };

/** Length of the header (4 bytes, little endian), header in JSON, then each part with its length before it. */
export function packParts(head: object, parts: readonly Uint8Array[]): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  return Buffer.concat([size(text), text, ...parts.flatMap((part) => [size(part), part])]);
}

/** Throws a RangeError for bytes that are not of this layout. */
export function unpackParts(bytes: Buffer): { head: unknown; parts: Uint8Array[] } {
  let at = 0;
  const take = (): Buffer => {
    const length = bytes.readUInt32LE(at);
    at += 4;
    if (length > bytes.length - at) throw new RangeError('a part is longer than what is there');
    at += length;
    return bytes.subarray(at - length, at);
  };
  const head: unknown = JSON.parse(take().toString('utf8'));
  const parts: Uint8Array[] = [];
  while (at < bytes.length) parts.push(new Uint8Array(take()));
  return { head, parts };
}

function size(part: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(part.length);
  return length;
}
