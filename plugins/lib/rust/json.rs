//! JSON (RFC 8259) as a plugin needs it: arguments in, results out.
#![allow(dead_code)]

#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    /// Kept as it was written: nothing is lost on the way through.
    Number(String),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn parse(text: &str) -> Result<Json, String> {
        let mut reader = Reader { bytes: text.as_bytes(), at: 0, depth: 0 };
        let value = reader.value()?;
        reader.space();
        if reader.at < reader.bytes.len() {
            return Err(format!("JSON goes on at byte {}", reader.at));
        }
        Ok(value)
    }
    pub fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }
    pub fn items(&self) -> &[Json] {
        match self {
            Json::Array(items) => items,
            _ => &[],
        }
    }
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Json::Null => to.write_str("null"),
            Json::Bool(value) => write!(to, "{}", value),
            Json::Number(digits) => to.write_str(digits),
            Json::Text(text) => quote(text, to),
            Json::Array(items) => {
                to.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(to, "{}{}", if index == 0 { "" } else { "," }, item)?;
                }
                to.write_str("]")
            }
            Json::Object(members) => {
                to.write_str("{")?;
                for (index, (name, value)) in members.iter().enumerate() {
                    to.write_str(if index == 0 { "" } else { "," })?;
                    quote(name, to)?;
                    write!(to, ":{}", value)?;
                }
                to.write_str("}")
            }
        }
    }
}

fn quote(text: &str, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    to.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => to.write_str("\\\"")?,
            '\\' => to.write_str("\\\\")?,
            c if c < ' ' => write!(to, "\\u{:04x}", c as u32)?,
            c => write!(to, "{}", c)?,
        }
    }
    to.write_str("\"")
}

const DEPTH: usize = 128;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
    }
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }
    fn expect(&mut self, word: &str) -> Result<(), String> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(format!("no JSON at byte {}", self.at));
        }
        self.at += word.len();
        Ok(())
    }
    fn value(&mut self) -> Result<Json, String> {
        self.space();
        match self.peek() {
            b'n' => self.expect("null").map(|_| Json::Null),
            b't' => self.expect("true").map(|_| Json::Bool(true)),
            b'f' => self.expect("false").map(|_| Json::Bool(false)),
            b'"' => self.string().map(Json::Text),
            b'[' => self.nested(b']', |reader| reader.value()).map(Json::Array),
            b'{' => self.nested(b'}', |reader| reader.member()).map(Json::Object),
            _ => self.number(),
        }
    }
    fn nested<T>(&mut self, end: u8, item: fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("JSON is too deep".into());
        }
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        while self.peek() != end {
            if !items.is_empty() {
                self.expect(",")?;
            }
            items.push(item(self)?);
            self.space();
        }
        self.at += 1;
        self.depth -= 1;
        Ok(items)
    }
    fn member(&mut self) -> Result<(String, Json), String> {
        self.space();
        let name = self.string()?;
        self.space();
        self.expect(":")?;
        Ok((name, self.value()?))
    }
    fn number(&mut self) -> Result<Json, String> {
        let start = self.at;
        while matches!(self.peek(), b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') {
            self.at += 1;
        }
        let digits = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or("");
        digits.parse::<f64>().map_err(|_| format!("no JSON at byte {}", start))?;
        Ok(Json::Number(digits.into()))
    }
    fn string(&mut self) -> Result<String, String> {
        self.expect("\"")?;
        let mut text = Vec::new();
        loop {
            let byte = self.peek();
            self.at += 1;
            match byte {
                b'"' => return String::from_utf8(text).map_err(|_| "JSON is no UTF-8".into()),
                b'\\' => {
                    let c = self.escape()?;
                    text.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                0..=31 => return Err(format!("a string does not end at byte {}", self.at)),
                byte => text.push(byte),
            }
        }
    }
    fn escape(&mut self) -> Result<char, String> {
        let letter = self.peek();
        self.at += 1;
        Ok(match letter {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            b'"' | b'\\' | b'/' => letter as char,
            _ => return Err(format!("no escape at byte {}", self.at)),
        })
    }
    /// A pair of surrogates is one character; one alone becomes U+FFFD.
    fn unicode(&mut self) -> Result<char, String> {
        let high = self.hex4()?;
        if high >> 10 == 0x36 && self.bytes[self.at..].starts_with(b"\\u") {
            let before = self.at;
            self.at += 2;
            let low = self.hex4()?;
            if low >> 10 == 0x37 {
                let code = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
                return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            self.at = before;
        }
        Ok(char::from_u32(high).unwrap_or('\u{fffd}'))
    }
    fn hex4(&mut self) -> Result<u32, String> {
        let digits = self.bytes.get(self.at..self.at + 4).and_then(|four| std::str::from_utf8(four).ok());
        self.at += 4;
        digits.and_then(|four| u32::from_str_radix(four, 16).ok()).ok_or_else(|| format!("no escape at byte {}", self.at))
    }
}
