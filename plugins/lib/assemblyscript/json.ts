// As much JSON as a plugin's arguments need: find an item, decode a string, quote one. The host sends valid JSON.

function space(json: string, at: i32): i32 {
  while (at < json.length && json.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** The end of the value that begins at `at`. */
function end(json: string, at: i32): i32 {
  let depth = 0;
  for (; at < json.length; at++) {
    const c = json.charCodeAt(at);
    if (c == 0x22) {
      for (at++; at < json.length && json.charCodeAt(at) != 0x22; at++) if (json.charCodeAt(at) == 0x5c) at++;
      if (depth == 0) return at + 1;
    } else if (c == 0x5b || c == 0x7b) {
      depth++;
    } else if (c == 0x5d || c == 0x7d) {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    } else if (depth == 0 && (c == 0x2c || c == 0x3a || c <= 0x20)) {
      return at;
    }
  }
  return at;
}

/** The items of an array, or the names and values of an object in turn, as JSON. */
function parts(json: string): string[] {
  const found: string[] = [];
  for (let at = space(json, 1); at < json.length - 1; ) {
    const stop = end(json, at);
    found.push(json.substring(at, stop));
    at = space(json, stop);
    const c = json.charCodeAt(at);
    if (c == 0x2c || c == 0x3a) at = space(json, at + 1);
  }
  return found;
}

/** Item `index` of an array, as JSON; empty where there is none. */
export function item(array: string, index: i32): string {
  const items = parts(array);
  return index < items.length ? items[index] : "";
}

/** The member `name` of an object, as JSON; empty where there is none. */
export function member(object: string, name: string): string {
  const items = parts(object);
  for (let i = 0; i + 1 < items.length; i += 2) if (decode(items[i]) == name) return items[i + 1];
  return "";
}

/** A JSON string's text; empty where the value is no string. */
export function decode(json: string): string {
  if (!json.startsWith('"')) return "";
  const at = __new((json.length - 2) << 1, idof<string>());
  let used = 0;
  for (let i = 1; i < json.length - 1; i++) {
    let code = json.charCodeAt(i);
    if (code == 0x5c) {
      code = json.charCodeAt(++i);
      const known = "bfnrt".indexOf(String.fromCharCode(code));
      if (known >= 0) code = "\b\f\n\r\t".charCodeAt(known);
      else if (code == 0x75) {
        code = <i32>Number.parseInt(json.substring(i + 1, i + 5), 16);
        i += 4;
      }
    }
    store<u16>(at + (used++ << 1), <u16>code);
  }
  return changetype<string>(__renew(at, used << 1));
}

export function quote(text: string): string {
  let length = 2;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    length += code < 0x20 ? 6 : code == 0x22 || code == 0x5c ? 2 : 1;
  }
  const start = __new(length << 1, idof<string>());
  let at = put(start, 0x22);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20) {
      const escape = "\\u" + code.toString(16).padStart(4, "0");
      for (let k = 0; k < 6; k++) at = put(at, escape.charCodeAt(k));
      continue;
    }
    if (code == 0x22 || code == 0x5c) at = put(at, 0x5c);
    at = put(at, code);
  }
  put(at, 0x22);
  return changetype<string>(start);
}

function put(at: usize, code: i32): usize {
  store<u16>(at, <u16>code);
  return at + 2;
}
