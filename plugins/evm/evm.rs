//! A connection to any node that speaks Ethereum's JSON-RPC. Keys stay with the node or the caller: it sends what the node signs
//! (`from` is one of its accounts), or what was signed before (`raw`).
#[path = "../lib/rust/aitbc.rs"]
mod aitbc;
#[path = "../lib/rust/json.rs"]
mod json;
mod quantity;

use aitbc::{Metadata, Plugin};
use json::Json;
use quantity::{to_decimal, to_quantity};

struct Evm {
    /// Of `connect`; the config's where that was not called.
    url: Option<String>,
}

impl Plugin for Evm {
    const METADATA: Metadata = Metadata {
        name: "evm",
        version: "1.0.0",
        description: "Balances, transactions and events of an Ethereum node, by JSON-RPC",
        author: "The AITBC Plugins authors",
        license: "MIT",
    };
    const METHODS: &'static [&'static str] = &["blockNumber"];

    fn call(&mut self, method: &str, _arguments: &str) -> Result<String, String> {
        match method {
            "blockNumber" => self.number("eth_blockNumber"),
            _ => Err(format!("no method {}", method)),
        }
    }
}

impl aitbc::Chain for Evm {
    /// `{"rpc_url"?: …, "chain_id"?: …}`; refuses a node of another chain, and then stays with the node it had.
    fn connect(&mut self, config: &str) -> Result<bool, String> {
        let config = Json::parse(config)?;
        let before = self.url.clone();
        if let Some(url) = config.get("rpc_url").and_then(Json::text) {
            self.url = Some(url.into());
        }
        let connected = self.number("eth_chainId").and_then(|chain| match config.get("chain_id") {
            Some(wanted) if wanted.to_string() != chain => Err(format!("the node is of chain {}, not {}", chain, wanted)),
            _ => Ok(true),
        });
        if connected.is_err() {
            self.url = before;
        }
        connected
    }

    /// `{"address", "balance": wei as text, "unit": "wei"}`
    fn get_balance(&mut self, address: &str) -> Result<String, String> {
        let address = checked_address(address)?;
        let balance = self.ask("eth_getBalance", vec![text(address), text("latest")])?;
        let wei = balance.text().and_then(to_decimal).ok_or("the node's balance is no quantity")?;
        let members = [("address", address), ("balance", wei.as_str()), ("unit", "wei")];
        Ok(Json::Object(members.iter().map(|(name, value)| ((*name).into(), text(value))).collect()).to_string())
    }

    /// `{"raw": "0x…"}`, or `{"from", "to", "value": wei as text, "data"}` for an account of the node.
    fn send_transaction(&mut self, transaction: &str) -> Result<String, String> {
        let transaction = Json::parse(transaction)?;
        let hash = match transaction.get("raw") {
            Some(raw) => self.ask("eth_sendRawTransaction", vec![raw.clone()])?,
            None => self.ask("eth_sendTransaction", vec![unsigned(&transaction)?])?,
        };
        hash.text().map(String::from).ok_or_else(|| "the node gave no hash".into())
    }

    /// `event_name`: with the types of its parameters, `Transfer(address,address,uint256)`.
    fn get_contract_events(&mut self, address: &str, event_name: &str, from_block: Option<u64>) -> Result<String, String> {
        let address = checked_address(address)?;
        if !event_name.ends_with(')') || !event_name.contains('(') {
            return Err(format!("event {} must have the types of its parameters: Transfer(address,address,uint256)", event_name));
        }
        let signature: String = event_name.bytes().map(|byte| format!("{:02x}", byte)).collect();
        let topic = self.ask("web3_sha3", vec![text(&format!("0x{}", signature))])?;
        let filter = Json::Object(vec![
            ("address".into(), text(address)),
            ("fromBlock".into(), text(&format!("{:#x}", from_block.unwrap_or(0)))),
            ("topics".into(), Json::Array(vec![topic])),
        ]);
        let logs = self.ask("eth_getLogs", vec![filter])?;
        Ok(Json::Array(logs.items().iter().map(|log| event(event_name, log)).collect()).to_string())
    }
}

impl Evm {
    fn number(&self, method: &str) -> Result<String, String> {
        let answer = self.ask(method, Vec::new())?;
        answer.text().and_then(to_decimal).ok_or_else(|| format!("the node's answer to {} is no quantity", method))
    }

    fn ask(&self, method: &str, params: Vec<Json>) -> Result<Json, String> {
        let url = match &self.url {
            Some(url) => url.clone(),
            None => Json::parse(&aitbc::config())?.get("rpc_url").and_then(Json::text).ok_or("rpc_url is missing")?.into(),
        };
        let request = Json::Object(vec![
            ("jsonrpc".into(), text("2.0")),
            ("id".into(), Json::Number("1".into())),
            ("method".into(), text(method)),
            ("params".into(), Json::Array(params)),
        ]);
        let body = request.to_string();
        let response = aitbc::fetch("POST", &url, &[("content-type", "application/json")], Some(body.as_bytes()))
            .map_err(|error| error.to_string())?;
        let answer = std::str::from_utf8(&response.body).ok().and_then(|body| Json::parse(body).ok());
        let answer = answer.ok_or_else(|| format!("the node answered {} with status {}", method, response.status))?;
        if let Some(error) = answer.get("error") {
            let message = error.get("message").and_then(Json::text).unwrap_or("no message");
            return Err(format!("the node refused {}: {}", method, message));
        }
        answer.get("result").cloned().ok_or_else(|| format!("the node's answer to {} has no result", method))
    }
}

fn text(value: &str) -> Json {
    Json::Text(value.into())
}

fn checked_address(address: &str) -> Result<&str, String> {
    let digits = address.strip_prefix("0x").unwrap_or("");
    if digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(address);
    }
    Err(format!("{} is no address: 0x and 40 hexadecimal digits", address))
}

fn unsigned(transaction: &Json) -> Result<Json, String> {
    let mut members = Vec::new();
    for name in ["from", "to", "data"] {
        if let Some(value) = transaction.get(name) {
            members.push((name.into(), value.clone()));
        }
    }
    if let Some(value) = transaction.get("value") {
        let wei = value.text().and_then(to_quantity).ok_or("value must be wei as decimal text")?;
        members.push(("value".into(), text(&wei)));
    }
    Ok(Json::Object(members))
}

fn event(name: &str, log: &Json) -> Json {
    let member = |key: &str| log.get(key).cloned().unwrap_or(Json::Null);
    let number = |key: &str| log.get(key).and_then(Json::text).and_then(to_decimal).map_or(Json::Null, Json::Number);
    Json::Object(vec![
        ("event".into(), text(name)),
        ("address".into(), member("address")),
        ("block".into(), number("blockNumber")),
        ("index".into(), number("logIndex")),
        ("transaction".into(), member("transactionHash")),
        ("topics".into(), member("topics")),
        ("data".into(), member("data")),
    ])
}

export!(Evm, Evm { url: None });
export_chain!();
