import { Buffer as NodeBuffer } from 'node:buffer';

type Source = AsyncIterable<unknown>;

export async function buffer(source: Source): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) {
    chunks.push(typeof chunk === 'string' ? NodeBuffer.from(chunk) : NodeBuffer.from(chunk as Uint8Array));
  }
  return NodeBuffer.concat(chunks);
}
export async function arrayBuffer(source: Source): Promise<ArrayBuffer> {
  return new Uint8Array(await buffer(source)).buffer;
}
export async function text(source: Source): Promise<string> {
  return new TextDecoder().decode(await buffer(source));
}
export async function json(source: Source): Promise<unknown> {
  return JSON.parse(await text(source)) as unknown;
}
export async function blob(source: Source): Promise<Blob> {
  return new Blob([await arrayBuffer(source)]);
}
export default { arrayBuffer, blob, buffer, json, text };
