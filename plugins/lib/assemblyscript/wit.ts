// Generated from runtime/wit by scripts/wit-bindings.ts: do not edit.
import { room, takeBytes, takeString } from "./canonical";

export enum Level {
  Debug,
  Info,
  Warn,
  Error,
}
function lift_level(at: usize): Level {
  return <Level>load<u8>(at);
}
function lower_level(at: usize, value: Level): void {
  store<u8>(at, <u8>value);
}
function lift_string(at: usize): string {
  return takeString(load<usize>(at), load<usize>(at, 4));
}
function lower_string(at: usize, value: string): void {
  store<usize>(at, changetype<usize>(value));
  store<usize>(at, value.length, 4);
}
function lift_option_string(at: usize): string | null {
  if (load<u8>(at) == 0) return null;
  return lift_string(at + 4);
}
function lower_option_string(at: usize, value: string | null): void {
  store<u8>(at, value === null ? 0 : 1);
  if (value !== null) lower_string(at + 4, value);
}
export class WitError {
  constructor(
    public code: string,
    public message: string,
  ) {}
}
function lift_error(at: usize): WitError {
  return new WitError(
    lift_string(at),
    lift_string(at + 8),
  );
}
function lower_error(at: usize, value: WitError): void {
  lower_string(at, value.code);
  lower_string(at + 8, value.message);
}
export class ResultOptionStringError {
  isErr: bool = false;
  ok: string | null = null;
  err: WitError | null = null;
  static of(value: string | null): ResultOptionStringError {
    const result = new ResultOptionStringError();
    result.isErr = false;
    result.ok = value;
    return result;
  }
  static fail(value: WitError): ResultOptionStringError {
    const result = new ResultOptionStringError();
    result.isErr = true;
    result.err = value;
    return result;
  }
}
function lift_result_option_string_error(at: usize): ResultOptionStringError {
  const result = new ResultOptionStringError();
  result.isErr = load<u8>(at) != 0;
  if (result.isErr) {
    result.err = lift_error(at + 4);
  } else {
    result.ok = lift_option_string(at + 4);
  }
  return result;
}
function lower_result_option_string_error(at: usize, value: ResultOptionStringError): void {
  store<u8>(at, value.isErr ? 1 : 0);
  if (value.isErr) {
    lower_error(at + 4, value.err!);
  } else {
    lower_option_string(at + 4, value.ok);
  }
}
export class ResultNoneError {
  isErr: bool = false;
  err: WitError | null = null;
  static of(): ResultNoneError {
    const result = new ResultNoneError();
    result.isErr = false;
    return result;
  }
  static fail(value: WitError): ResultNoneError {
    const result = new ResultNoneError();
    result.isErr = true;
    result.err = value;
    return result;
  }
}
function lift_result_none_error(at: usize): ResultNoneError {
  const result = new ResultNoneError();
  result.isErr = load<u8>(at) != 0;
  if (result.isErr) {
    result.err = lift_error(at + 4);
  } else {
  }
  return result;
}
function lower_result_none_error(at: usize, value: ResultNoneError): void {
  store<u8>(at, value.isErr ? 1 : 0);
  if (value.isErr) {
    lower_error(at + 4, value.err!);
  } else {
  }
}
function lift_u8(at: usize): u8 {
  return load<u8>(at);
}
function lower_u8(at: usize, value: u8): void {
  store<u8>(at, value);
}
function lift_list_u8(at: usize): ArrayBuffer {
  return takeBytes(load<usize>(at), load<usize>(at, 4));
}
function lower_list_u8(at: usize, value: ArrayBuffer): void {
  store<usize>(at, changetype<usize>(value));
  store<usize>(at, value.byteLength, 4);
}
export class ResultListU8Error {
  isErr: bool = false;
  ok: ArrayBuffer | null = null;
  err: WitError | null = null;
  static of(value: ArrayBuffer): ResultListU8Error {
    const result = new ResultListU8Error();
    result.isErr = false;
    result.ok = value;
    return result;
  }
  static fail(value: WitError): ResultListU8Error {
    const result = new ResultListU8Error();
    result.isErr = true;
    result.err = value;
    return result;
  }
}
function lift_result_list_u8_error(at: usize): ResultListU8Error {
  const result = new ResultListU8Error();
  result.isErr = load<u8>(at) != 0;
  if (result.isErr) {
    result.err = lift_error(at + 4);
  } else {
    result.ok = lift_list_u8(at + 4);
  }
  return result;
}
function lower_result_list_u8_error(at: usize, value: ResultListU8Error): void {
  store<u8>(at, value.isErr ? 1 : 0);
  if (value.isErr) {
    lower_error(at + 4, value.err!);
  } else {
    lower_list_u8(at + 4, value.ok!);
  }
}
export enum Mode {
  Replace,
  Create,
  Append,
}
function lift_mode(at: usize): Mode {
  return <Mode>load<u8>(at);
}
function lower_mode(at: usize, value: Mode): void {
  store<u8>(at, <u8>value);
}
export enum Kind {
  File,
  Folder,
  Link,
  Other,
}
function lift_kind(at: usize): Kind {
  return <Kind>load<u8>(at);
}
function lower_kind(at: usize, value: Kind): void {
  store<u8>(at, <u8>value);
}
function lift_u64(at: usize): u64 {
  return load<u64>(at);
}
function lower_u64(at: usize, value: u64): void {
  store<u64>(at, value);
}
export class FileStat {
  constructor(
    public kind: Kind,
    public size: u64,
    public modified: u64,
  ) {}
}
function lift_file_stat(at: usize): FileStat {
  return new FileStat(
    lift_kind(at),
    lift_u64(at + 8),
    lift_u64(at + 16),
  );
}
function lower_file_stat(at: usize, value: FileStat): void {
  lower_kind(at, value.kind);
  lower_u64(at + 8, value.size);
  lower_u64(at + 16, value.modified);
}
export class ResultFileStatError {
  isErr: bool = false;
  ok: FileStat | null = null;
  err: WitError | null = null;
  static of(value: FileStat): ResultFileStatError {
    const result = new ResultFileStatError();
    result.isErr = false;
    result.ok = value;
    return result;
  }
  static fail(value: WitError): ResultFileStatError {
    const result = new ResultFileStatError();
    result.isErr = true;
    result.err = value;
    return result;
  }
}
function lift_result_file_stat_error(at: usize): ResultFileStatError {
  const result = new ResultFileStatError();
  result.isErr = load<u8>(at) != 0;
  if (result.isErr) {
    result.err = lift_error(at + 8);
  } else {
    result.ok = lift_file_stat(at + 8);
  }
  return result;
}
function lower_result_file_stat_error(at: usize, value: ResultFileStatError): void {
  store<u8>(at, value.isErr ? 1 : 0);
  if (value.isErr) {
    lower_error(at + 8, value.err!);
  } else {
    lower_file_stat(at + 8, value.ok!);
  }
}
export class Entry {
  constructor(
    public name: string,
    public kind: Kind,
  ) {}
}
function lift_entry(at: usize): Entry {
  return new Entry(
    lift_string(at),
    lift_kind(at + 8),
  );
}
function lower_entry(at: usize, value: Entry): void {
  lower_string(at, value.name);
  lower_kind(at + 8, value.kind);
}
function items_list_entry(at: usize, count: usize): Entry[] {
  const items: Entry[] = [];
  for (let index: usize = 0; index < count; index++) items.push(lift_entry(at + index * 12));
  return items;
}
function room_list_entry(items: Entry[]): usize {
  const at = room(items.length * 12);
  for (let index = 0; index < items.length; index++) lower_entry(at + index * 12, items[index]);
  return at;
}
function lift_list_entry(at: usize): Entry[] {
  return items_list_entry(load<usize>(at), load<usize>(at, 4));
}
function lower_list_entry(at: usize, value: Entry[]): void {
  store<usize>(at, room_list_entry(value));
  store<usize>(at, value.length, 4);
}
export class ResultListEntryError {
  isErr: bool = false;
  ok: Entry[] | null = null;
  err: WitError | null = null;
  static of(value: Entry[]): ResultListEntryError {
    const result = new ResultListEntryError();
    result.isErr = false;
    result.ok = value;
    return result;
  }
  static fail(value: WitError): ResultListEntryError {
    const result = new ResultListEntryError();
    result.isErr = true;
    result.err = value;
    return result;
  }
}
function lift_result_list_entry_error(at: usize): ResultListEntryError {
  const result = new ResultListEntryError();
  result.isErr = load<u8>(at) != 0;
  if (result.isErr) {
    result.err = lift_error(at + 4);
  } else {
    result.ok = lift_list_entry(at + 4);
  }
  return result;
}
function lower_result_list_entry_error(at: usize, value: ResultListEntryError): void {
  store<u8>(at, value.isErr ? 1 : 0);
  if (value.isErr) {
    lower_error(at + 4, value.err!);
  } else {
    lower_list_entry(at + 4, value.ok!);
  }
}
export class TupleStringString {
  constructor(
    public f0: string,
    public f1: string,
  ) {}
}
function lift_tuple_string_string(at: usize): TupleStringString {
  return new TupleStringString(
    lift_string(at),
    lift_string(at + 8),
  );
}
function lower_tuple_string_string(at: usize, value: TupleStringString): void {
  lower_string(at, value.f0);
  lower_string(at + 8, value.f1);
}
function items_list_tuple_string_string(at: usize, count: usize): TupleStringString[] {
  const items: TupleStringString[] = [];
  for (let index: usize = 0; index < count; index++) items.push(lift_tuple_string_string(at + index * 16));
  return items;
}
function room_list_tuple_string_string(items: TupleStringString[]): usize {
  const at = room(items.length * 16);
  for (let index = 0; index < items.length; index++) lower_tuple_string_string(at + index * 16, items[index]);
  return at;
}
function lift_list_tuple_string_string(at: usize): TupleStringString[] {
  return items_list_tuple_string_string(load<usize>(at), load<usize>(at, 4));
}
function lower_list_tuple_string_string(at: usize, value: TupleStringString[]): void {
  store<usize>(at, room_list_tuple_string_string(value));
  store<usize>(at, value.length, 4);
}
function lift_option_list_u8(at: usize): ArrayBuffer | null {
  if (load<u8>(at) == 0) return null;
  return lift_list_u8(at + 4);
}
function lower_option_list_u8(at: usize, value: ArrayBuffer | null): void {
  store<u8>(at, value === null ? 0 : 1);
  if (value !== null) lower_list_u8(at + 4, value);
}
export class Request {
  constructor(
    public method: string,
    public url: string,
    public headers: TupleStringString[],
    public body: ArrayBuffer | null,
  ) {}
}
function lift_request(at: usize): Request {
  return new Request(
    lift_string(at),
    lift_string(at + 8),
    lift_list_tuple_string_string(at + 16),
    lift_option_list_u8(at + 24),
  );
}
function lower_request(at: usize, value: Request): void {
  lower_string(at, value.method);
  lower_string(at + 8, value.url);
  lower_list_tuple_string_string(at + 16, value.headers);
  lower_option_list_u8(at + 24, value.body);
}
function lift_u16(at: usize): u16 {
  return load<u16>(at);
}
function lower_u16(at: usize, value: u16): void {
  store<u16>(at, value);
}
export class Response {
  constructor(
    public status: u16,
    public url: string,
    public headers: TupleStringString[],
    public body: ArrayBuffer,
  ) {}
}
function lift_response(at: usize): Response {
  return new Response(
    lift_u16(at),
    lift_string(at + 4),
    lift_list_tuple_string_string(at + 12),
    lift_list_u8(at + 20),
  );
}
function lower_response(at: usize, value: Response): void {
  lower_u16(at, value.status);
  lower_string(at + 4, value.url);
  lower_list_tuple_string_string(at + 12, value.headers);
  lower_list_u8(at + 20, value.body);
}
export class ResultResponseError {
  isErr: bool = false;
  ok: Response | null = null;
  err: WitError | null = null;
  static of(value: Response): ResultResponseError {
    const result = new ResultResponseError();
    result.isErr = false;
    result.ok = value;
    return result;
  }
  static fail(value: WitError): ResultResponseError {
    const result = new ResultResponseError();
    result.isErr = true;
    result.err = value;
    return result;
  }
}
function lift_result_response_error(at: usize): ResultResponseError {
  const result = new ResultResponseError();
  result.isErr = load<u8>(at) != 0;
  if (result.isErr) {
    result.err = lift_error(at + 4);
  } else {
    result.ok = lift_response(at + 4);
  }
  return result;
}
function lower_result_response_error(at: usize, value: ResultResponseError): void {
  store<u8>(at, value.isErr ? 1 : 0);
  if (value.isErr) {
    lower_error(at + 4, value.err!);
  } else {
    lower_response(at + 4, value.ok!);
  }
}
export class ResultStringError {
  isErr: bool = false;
  ok: string | null = null;
  err: WitError | null = null;
  static of(value: string): ResultStringError {
    const result = new ResultStringError();
    result.isErr = false;
    result.ok = value;
    return result;
  }
  static fail(value: WitError): ResultStringError {
    const result = new ResultStringError();
    result.isErr = true;
    result.err = value;
    return result;
  }
}
function lift_result_string_error(at: usize): ResultStringError {
  const result = new ResultStringError();
  result.isErr = load<u8>(at) != 0;
  if (result.isErr) {
    result.err = lift_error(at + 4);
  } else {
    result.ok = lift_string(at + 4);
  }
  return result;
}
function lower_result_string_error(at: usize, value: ResultStringError): void {
  store<u8>(at, value.isErr ? 1 : 0);
  if (value.isErr) {
    lower_error(at + 4, value.err!);
  } else {
    lower_string(at + 4, value.ok!);
  }
}
function items_list_string(at: usize, count: usize): string[] {
  const items: string[] = [];
  for (let index: usize = 0; index < count; index++) items.push(lift_string(at + index * 8));
  return items;
}
function room_list_string(items: string[]): usize {
  const at = room(items.length * 8);
  for (let index = 0; index < items.length; index++) lower_string(at + index * 8, items[index]);
  return at;
}
function lift_list_string(at: usize): string[] {
  return items_list_string(load<usize>(at), load<usize>(at, 4));
}
function lower_list_string(at: usize, value: string[]): void {
  store<usize>(at, room_list_string(value));
  store<usize>(at, value.length, 4);
}
export enum Stream {
  Stdout,
  Stderr,
}
function lift_stream(at: usize): Stream {
  return <Stream>load<u8>(at);
}
function lower_stream(at: usize, value: Stream): void {
  store<u8>(at, <u8>value);
}
export class ResultOptionListU8Error {
  isErr: bool = false;
  ok: ArrayBuffer | null = null;
  err: WitError | null = null;
  static of(value: ArrayBuffer | null): ResultOptionListU8Error {
    const result = new ResultOptionListU8Error();
    result.isErr = false;
    result.ok = value;
    return result;
  }
  static fail(value: WitError): ResultOptionListU8Error {
    const result = new ResultOptionListU8Error();
    result.isErr = true;
    result.err = value;
    return result;
  }
}
function lift_result_option_list_u8_error(at: usize): ResultOptionListU8Error {
  const result = new ResultOptionListU8Error();
  result.isErr = load<u8>(at) != 0;
  if (result.isErr) {
    result.err = lift_error(at + 4);
  } else {
    result.ok = lift_option_list_u8(at + 4);
  }
  return result;
}
function lower_result_option_list_u8_error(at: usize, value: ResultOptionListU8Error): void {
  store<u8>(at, value.isErr ? 1 : 0);
  if (value.isErr) {
    lower_error(at + 4, value.err!);
  } else {
    lower_option_list_u8(at + 4, value.ok);
  }
}
function lift_bool(at: usize): bool {
  return load<u8>(at) != 0;
}
function lower_bool(at: usize, value: bool): void {
  store<u8>(at, value);
}
function lift_u32(at: usize): u32 {
  return load<u32>(at);
}
function lower_u32(at: usize, value: u32): void {
  store<u32>(at, value);
}
export class Metadata {
  constructor(
    public name: string,
    public version: string,
    public description: string,
    public author: string,
    public license: string,
    public homepage: string | null,
    public repository: string | null,
    public keywords: string[],
    public dependencies: string[],
    public minAitbcVersion: string | null,
    public maxAitbcVersion: string | null,
    public supportedPlatforms: string[],
  ) {}
}
function lift_metadata(at: usize): Metadata {
  return new Metadata(
    lift_string(at),
    lift_string(at + 8),
    lift_string(at + 16),
    lift_string(at + 24),
    lift_string(at + 32),
    lift_option_string(at + 40),
    lift_option_string(at + 52),
    lift_list_string(at + 64),
    lift_list_string(at + 72),
    lift_option_string(at + 80),
    lift_option_string(at + 92),
    lift_list_string(at + 104),
  );
}
function lower_metadata(at: usize, value: Metadata): void {
  lower_string(at, value.name);
  lower_string(at + 8, value.version);
  lower_string(at + 16, value.description);
  lower_string(at + 24, value.author);
  lower_string(at + 32, value.license);
  lower_option_string(at + 40, value.homepage);
  lower_option_string(at + 52, value.repository);
  lower_list_string(at + 64, value.keywords);
  lower_list_string(at + 72, value.dependencies);
  lower_option_string(at + 80, value.minAitbcVersion);
  lower_option_string(at + 92, value.maxAitbcVersion);
  lower_list_string(at + 104, value.supportedPlatforms);
}
export class ResultBoolString {
  isErr: bool = false;
  ok: bool = false;
  err: string | null = null;
  static of(value: bool): ResultBoolString {
    const result = new ResultBoolString();
    result.isErr = false;
    result.ok = value;
    return result;
  }
  static fail(value: string): ResultBoolString {
    const result = new ResultBoolString();
    result.isErr = true;
    result.err = value;
    return result;
  }
}
function lift_result_bool_string(at: usize): ResultBoolString {
  const result = new ResultBoolString();
  result.isErr = load<u8>(at) != 0;
  if (result.isErr) {
    result.err = lift_string(at + 4);
  } else {
    result.ok = lift_bool(at + 4);
  }
  return result;
}
function lower_result_bool_string(at: usize, value: ResultBoolString): void {
  store<u8>(at, value.isErr ? 1 : 0);
  if (value.isErr) {
    lower_string(at + 4, value.err!);
  } else {
    lower_bool(at + 4, value.ok);
  }
}
export class Health {
  constructor(
    public healthy: bool,
    public details: string,
  ) {}
}
function lift_health(at: usize): Health {
  return new Health(
    lift_bool(at),
    lift_string(at + 4),
  );
}
function lower_health(at: usize, value: Health): void {
  lower_bool(at, value.healthy);
  lower_string(at + 4, value.details);
}
export class Event {
  constructor(
    public topic: string,
    public data: string,
    public source: string,
    public time: string,
  ) {}
}
function lift_event(at: usize): Event {
  return new Event(
    lift_string(at),
    lift_string(at + 8),
    lift_string(at + 16),
    lift_string(at + 24),
  );
}
function lower_event(at: usize, value: Event): void {
  lower_string(at, value.topic);
  lower_string(at + 8, value.data);
  lower_string(at + 16, value.source);
  lower_string(at + 24, value.time);
}
export class ResultNoneString {
  isErr: bool = false;
  err: string | null = null;
  static of(): ResultNoneString {
    const result = new ResultNoneString();
    result.isErr = false;
    return result;
  }
  static fail(value: string): ResultNoneString {
    const result = new ResultNoneString();
    result.isErr = true;
    result.err = value;
    return result;
  }
}
function lift_result_none_string(at: usize): ResultNoneString {
  const result = new ResultNoneString();
  result.isErr = load<u8>(at) != 0;
  if (result.isErr) {
    result.err = lift_string(at + 4);
  } else {
  }
  return result;
}
function lower_result_none_string(at: usize, value: ResultNoneString): void {
  store<u8>(at, value.isErr ? 1 : 0);
  if (value.isErr) {
    lower_string(at + 4, value.err!);
  } else {
  }
}
export class ResultStringString {
  isErr: bool = false;
  ok: string | null = null;
  err: string | null = null;
  static of(value: string): ResultStringString {
    const result = new ResultStringString();
    result.isErr = false;
    result.ok = value;
    return result;
  }
  static fail(value: string): ResultStringString {
    const result = new ResultStringString();
    result.isErr = true;
    result.err = value;
    return result;
  }
}
function lift_result_string_string(at: usize): ResultStringString {
  const result = new ResultStringString();
  result.isErr = load<u8>(at) != 0;
  if (result.isErr) {
    result.err = lift_string(at + 4);
  } else {
    result.ok = lift_string(at + 4);
  }
  return result;
}
function lower_result_string_string(at: usize, value: ResultStringString): void {
  store<u8>(at, value.isErr ? 1 : 0);
  if (value.isErr) {
    lower_string(at + 4, value.err!);
  } else {
    lower_string(at + 4, value.ok!);
  }
}
export class ResultU8String {
  isErr: bool = false;
  ok: u8 = 0;
  err: string | null = null;
  static of(value: u8): ResultU8String {
    const result = new ResultU8String();
    result.isErr = false;
    result.ok = value;
    return result;
  }
  static fail(value: string): ResultU8String {
    const result = new ResultU8String();
    result.isErr = true;
    result.err = value;
    return result;
  }
}
function lift_result_u8_string(at: usize): ResultU8String {
  const result = new ResultU8String();
  result.isErr = load<u8>(at) != 0;
  if (result.isErr) {
    result.err = lift_string(at + 4);
  } else {
    result.ok = lift_u8(at + 4);
  }
  return result;
}
function lower_result_u8_string(at: usize, value: ResultU8String): void {
  store<u8>(at, value.isErr ? 1 : 0);
  if (value.isErr) {
    lower_string(at + 4, value.err!);
  } else {
    lower_u8(at + 4, value.ok);
  }
}
export class OptionU64 {
  constructor(public value: u64) {}
}
function lift_option_u64(at: usize): OptionU64 | null {
  if (load<u8>(at) == 0) return null;
  return new OptionU64(lift_u64(at + 8));
}
function lower_option_u64(at: usize, value: OptionU64 | null): void {
  store<u8>(at, value === null ? 0 : 1);
  if (value !== null) lower_u64(at + 8, value.value);
}

// prettier-ignore
@external("aitbc:plugin/log@1.0.0", "write")
declare function import_log_write(level: i32, message: usize, messageLength: usize, fields: usize, fieldsLength: usize): void;
export function logWrite(level: Level, message: string, fields: string): void {
  import_log_write(level, changetype<usize>(message), message.length, changetype<usize>(fields), fields.length);
}

// prettier-ignore
@external("aitbc:plugin/config@1.0.0", "get")
declare function import_config_get(out: usize): void;
export function configGet(): string {
  const out = room(8);
  import_config_get(out);
  return lift_string(out);
}

// prettier-ignore
@external("aitbc:plugin/config@1.0.0", "env")
declare function import_config_env(name: usize, nameLength: usize, out: usize): void;
export function configEnv(name: string): ResultOptionStringError {
  const out = room(20);
  import_config_env(changetype<usize>(name), name.length, out);
  return lift_result_option_string_error(out);
}

// prettier-ignore
@external("aitbc:plugin/events@1.0.0", "publish")
declare function import_events_publish(topic: usize, topicLength: usize, data: usize, dataLength: usize, out: usize): void;
export function eventsPublish(topic: string, data: string): ResultNoneError {
  const out = room(20);
  import_events_publish(changetype<usize>(topic), topic.length, changetype<usize>(data), data.length, out);
  return lift_result_none_error(out);
}

// prettier-ignore
@external("aitbc:plugin/events@1.0.0", "subscribe")
declare function import_events_subscribe(pattern: usize, patternLength: usize, out: usize): void;
export function eventsSubscribe(pattern: string): ResultNoneError {
  const out = room(20);
  import_events_subscribe(changetype<usize>(pattern), pattern.length, out);
  return lift_result_none_error(out);
}

// prettier-ignore
@external("aitbc:plugin/events@1.0.0", "unsubscribe")
declare function import_events_unsubscribe(pattern: usize, patternLength: usize, out: usize): void;
export function eventsUnsubscribe(pattern: string): ResultNoneError {
  const out = room(20);
  import_events_unsubscribe(changetype<usize>(pattern), pattern.length, out);
  return lift_result_none_error(out);
}

// prettier-ignore
@external("aitbc:plugin/files@1.0.0", "read")
declare function import_files_read(path: usize, pathLength: usize, out: usize): void;
export function filesRead(path: string): ResultListU8Error {
  const out = room(20);
  import_files_read(changetype<usize>(path), path.length, out);
  return lift_result_list_u8_error(out);
}

// prettier-ignore
@external("aitbc:plugin/files@1.0.0", "write")
declare function import_files_write(path: usize, pathLength: usize, data: usize, dataLength: usize, mode: i32, out: usize): void;
export function filesWrite(path: string, data: ArrayBuffer, mode: Mode): ResultNoneError {
  const out = room(20);
  import_files_write(changetype<usize>(path), path.length, changetype<usize>(data), data.byteLength, mode, out);
  return lift_result_none_error(out);
}

// prettier-ignore
@external("aitbc:plugin/files@1.0.0", "stat")
declare function import_files_stat(path: usize, pathLength: usize, out: usize): void;
export function filesStat(path: string): ResultFileStatError {
  const out = room(32);
  import_files_stat(changetype<usize>(path), path.length, out);
  return lift_result_file_stat_error(out);
}

// prettier-ignore
@external("aitbc:plugin/files@1.0.0", "list-folder")
declare function import_files_list_folder(path: usize, pathLength: usize, out: usize): void;
export function filesListFolder(path: string): ResultListEntryError {
  const out = room(20);
  import_files_list_folder(changetype<usize>(path), path.length, out);
  return lift_result_list_entry_error(out);
}

// prettier-ignore
@external("aitbc:plugin/files@1.0.0", "make-folder")
declare function import_files_make_folder(path: usize, pathLength: usize, out: usize): void;
export function filesMakeFolder(path: string): ResultNoneError {
  const out = room(20);
  import_files_make_folder(changetype<usize>(path), path.length, out);
  return lift_result_none_error(out);
}

// prettier-ignore
@external("aitbc:plugin/files@1.0.0", "remove")
declare function import_files_remove(path: usize, pathLength: usize, out: usize): void;
export function filesRemove(path: string): ResultNoneError {
  const out = room(20);
  import_files_remove(changetype<usize>(path), path.length, out);
  return lift_result_none_error(out);
}

// prettier-ignore
@external("aitbc:plugin/files@1.0.0", "rename")
declare function import_files_rename(from: usize, fromLength: usize, to: usize, toLength: usize, out: usize): void;
export function filesRename(from: string, to: string): ResultNoneError {
  const out = room(20);
  import_files_rename(changetype<usize>(from), from.length, changetype<usize>(to), to.length, out);
  return lift_result_none_error(out);
}

// prettier-ignore
@external("aitbc:plugin/http@1.0.0", "fetch")
declare function import_http_fetch(request_method: usize, request_methodLength: usize, request_url: usize, request_urlLength: usize, request_headers: usize, request_headersLength: usize, request_bodyIsSome: i32, request_body: usize, request_bodyLength: usize, out: usize): void;
export function httpFetch(request: Request): ResultResponseError {
  const out = room(32);
  import_http_fetch(changetype<usize>(request.method), request.method.length, changetype<usize>(request.url), request.url.length, room_list_tuple_string_string(request.headers), request.headers.length, request.body !== null ? 1 : 0, request.body !== null ? changetype<usize>(request.body!) : 0, request.body !== null ? request.body!.byteLength : 0, out);
  return lift_result_response_error(out);
}

// prettier-ignore
@external("aitbc:plugin/services@1.0.0", "call")
declare function import_services_call(service: usize, serviceLength: usize, method: usize, methodLength: usize, args: usize, argsLength: usize, out: usize): void;
export function servicesCall(service: string, method: string, args: string): ResultStringError {
  const out = room(20);
  import_services_call(changetype<usize>(service), service.length, changetype<usize>(method), method.length, changetype<usize>(args), args.length, out);
  return lift_result_string_error(out);
}

// prettier-ignore
@external("aitbc:plugin/services@1.0.0", "call-plugin")
declare function import_services_call_plugin(plugin: usize, pluginLength: usize, method: usize, methodLength: usize, args: usize, argsLength: usize, out: usize): void;
export function servicesCallPlugin(plugin: string, method: string, args: string): ResultStringError {
  const out = room(20);
  import_services_call_plugin(changetype<usize>(plugin), plugin.length, changetype<usize>(method), method.length, changetype<usize>(args), args.length, out);
  return lift_result_string_error(out);
}

// prettier-ignore
@external("aitbc:plugin/services@1.0.0", "register")
declare function import_services_register(service: usize, serviceLength: usize, methods: usize, methodsLength: usize, out: usize): void;
export function servicesRegister(service: string, methods: string[]): ResultNoneError {
  const out = room(20);
  import_services_register(changetype<usize>(service), service.length, room_list_string(methods), methods.length, out);
  return lift_result_none_error(out);
}

// prettier-ignore
@external("aitbc:plugin/terminal@1.0.0", "write")
declare function import_terminal_write(to: i32, data: usize, dataLength: usize, out: usize): void;
export function terminalWrite(to: Stream, data: ArrayBuffer): ResultNoneError {
  const out = room(20);
  import_terminal_write(to, changetype<usize>(data), data.byteLength, out);
  return lift_result_none_error(out);
}

// prettier-ignore
@external("aitbc:plugin/terminal@1.0.0", "read")
declare function import_terminal_read(out: usize): void;
export function terminalRead(): ResultOptionListU8Error {
  const out = room(20);
  import_terminal_read(out);
  return lift_result_option_list_u8_error(out);
}

// prettier-ignore
@external("aitbc:plugin/terminal@1.0.0", "is-terminal")
declare function import_terminal_is_terminal(): i32;
export function terminalIsTerminal(): bool {
  return import_terminal_is_terminal() != 0;
}

// prettier-ignore
@external("aitbc:plugin/terminal@1.0.0", "columns")
declare function import_terminal_columns(): i32;
export function terminalColumns(): u32 {
  return <u32>import_terminal_columns();
}

export abstract class Lifecycle {
  abstract getMetadata(): Metadata;
  abstract getConfigSchema(): string;
  abstract initialize(): ResultBoolString;
  abstract start(): ResultBoolString;
  abstract stop(): ResultBoolString;
  abstract cleanup(): ResultBoolString;
  abstract healthCheck(): Health;
  abstract handleEvent(event: Event): ResultNoneString;
}
export function lifecycle__get_metadata(): usize {
  const out = room(112);
  lower_metadata(out, Exported.lifecycle!.getMetadata());
  return out;
}
export function lifecycle__get_config_schema(): usize {
  const out = room(8);
  lower_string(out, Exported.lifecycle!.getConfigSchema());
  return out;
}
export function lifecycle__initialize(): usize {
  const out = room(12);
  lower_result_bool_string(out, Exported.lifecycle!.initialize());
  return out;
}
export function lifecycle__start(): usize {
  const out = room(12);
  lower_result_bool_string(out, Exported.lifecycle!.start());
  return out;
}
export function lifecycle__stop(): usize {
  const out = room(12);
  lower_result_bool_string(out, Exported.lifecycle!.stop());
  return out;
}
export function lifecycle__cleanup(): usize {
  const out = room(12);
  lower_result_bool_string(out, Exported.lifecycle!.cleanup());
  return out;
}
export function lifecycle__health_check(): usize {
  const out = room(12);
  lower_health(out, Exported.lifecycle!.healthCheck());
  return out;
}
export function lifecycle__handle_event(event_topic: usize, event_topicLength: usize, event_data: usize, event_dataLength: usize, event_source: usize, event_sourceLength: usize, event_time: usize, event_timeLength: usize): usize {
  const out = room(12);
  lower_result_none_string(out, Exported.lifecycle!.handleEvent(new Event(takeString(event_topic, event_topicLength), takeString(event_data, event_dataLength), takeString(event_source, event_sourceLength), takeString(event_time, event_timeLength))));
  return out;
}

export abstract class Methods {
  abstract listMethods(): string[];
  abstract call(method: string, args: string): ResultStringString;
  abstract callService(service: string, method: string, args: string): ResultStringString;
}
export function methods__list_methods(): usize {
  const out = room(8);
  lower_list_string(out, Exported.methods!.listMethods());
  return out;
}
export function methods__call(method: usize, methodLength: usize, args: usize, argsLength: usize): usize {
  const out = room(12);
  lower_result_string_string(out, Exported.methods!.call(takeString(method, methodLength), takeString(args, argsLength)));
  return out;
}
export function methods__call_service(service: usize, serviceLength: usize, method: usize, methodLength: usize, args: usize, argsLength: usize): usize {
  const out = room(12);
  lower_result_string_string(out, Exported.methods!.callService(takeString(service, serviceLength), takeString(method, methodLength), takeString(args, argsLength)));
  return out;
}

export abstract class Commands {
  abstract run(group: string, command: string, options: string, args: string[]): ResultU8String;
}
export function commands__run(group: usize, groupLength: usize, command: usize, commandLength: usize, options: usize, optionsLength: usize, args: usize, argsLength: usize): usize {
  const out = room(12);
  lower_result_u8_string(out, Exported.commands!.run(takeString(group, groupLength), takeString(command, commandLength), takeString(options, optionsLength), items_list_string(args, argsLength)));
  return out;
}

export abstract class Chain {
  abstract connect(config: string): ResultBoolString;
  abstract getBalance(address: string): ResultStringString;
  abstract sendTransaction(transaction: string): ResultStringString;
  abstract getContractEvents(address: string, eventName: string, fromBlock: OptionU64 | null): ResultStringString;
}
export function chain__connect(config: usize, configLength: usize): usize {
  const out = room(12);
  lower_result_bool_string(out, Exported.chain!.connect(takeString(config, configLength)));
  return out;
}
export function chain__get_balance(address: usize, addressLength: usize): usize {
  const out = room(12);
  lower_result_string_string(out, Exported.chain!.getBalance(takeString(address, addressLength)));
  return out;
}
export function chain__send_transaction(transaction: usize, transactionLength: usize): usize {
  const out = room(12);
  lower_result_string_string(out, Exported.chain!.sendTransaction(takeString(transaction, transactionLength)));
  return out;
}
export function chain__get_contract_events(address: usize, addressLength: usize, eventName: usize, eventNameLength: usize, fromBlockIsSome: i32, fromBlock: i64): usize {
  const out = room(12);
  lower_result_string_string(out, Exported.chain!.getContractEvents(takeString(address, addressLength), takeString(eventName, eventNameLength), fromBlockIsSome != 0 ? new OptionU64(<u64>fromBlock) : null));
  return out;
}

export abstract class Model {
  abstract predict(input: string): ResultStringString;
  abstract train(data: string): ResultBoolString;
  abstract getModelInfo(): ResultStringString;
}
export function model__predict(input: usize, inputLength: usize): usize {
  const out = room(12);
  lower_result_string_string(out, Exported.model!.predict(takeString(input, inputLength)));
  return out;
}
export function model__train(data: usize, dataLength: usize): usize {
  const out = room(12);
  lower_result_bool_string(out, Exported.model!.train(takeString(data, dataLength)));
  return out;
}
export function model__get_model_info(): usize {
  const out = room(12);
  lower_result_string_string(out, Exported.model!.getModelInfo());
  return out;
}

/** What the exports call; each must be set before the host calls one of its functions. */
export class Exported {
  static lifecycle: Lifecycle | null = null;
  static methods: Methods | null = null;
  static commands: Commands | null = null;
  static chain: Chain | null = null;
  static model: Model | null = null;
}
