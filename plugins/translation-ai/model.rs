//! Statistical translation, word by word: IBM Model 1 (Brown et al., "The Mathematics of Statistical Machine Translation", 1993) says what
//! a word means, a bigram model of the target language which word follows which, and Viterbi finds the likeliest sentence.

use crate::json::Json;
use std::collections::BTreeMap;

type Table = BTreeMap<String, BTreeMap<String, f64>>;

#[derive(Default)]
pub struct Model {
    /// t(target | source), as it stands after training.
    translation: Table,
    /// Counts of target word pairs; `^` begins and `$` ends a sentence.
    bigrams: Table,
    pub pairs: usize,
}

const ROUNDS: usize = 20;
/// Translations of one word that the search looks at, and that are kept.
const CANDIDATES: usize = 8;
/// Below this a translation is noise.
const LEAST: f64 = 1e-4;

pub fn words(sentence: &str) -> Vec<String> {
    sentence
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

impl Model {
    /// Trains from nothing on pairs of sentences.
    pub fn train(pairs: &[(Vec<String>, Vec<String>)]) -> Model {
        let mut translation = expectation_maximisation(pairs);
        for row in translation.values_mut() {
            let mut ranked: Vec<_> = std::mem::take(row).into_iter().filter(|(_, p)| *p >= LEAST).collect();
            ranked.sort_by(|a, b| b.1.partial_cmp(&a.1).unwrap_or(std::cmp::Ordering::Equal));
            ranked.truncate(CANDIDATES);
            row.extend(ranked);
        }
        let mut bigrams = Table::new();
        for (_, target) in pairs {
            let marked = std::iter::once("^").chain(target.iter().map(String::as_str)).chain(std::iter::once("$"));
            let marked: Vec<&str> = marked.collect();
            for pair in marked.windows(2) {
                *bigrams.entry(pair[0].into()).or_default().entry(pair[1].into()).or_insert(0.0) += 1.0;
            }
        }
        Model { translation, bigrams, pairs: pairs.len() }
    }

    /// The likeliest sentence, and how many of the words were known. An unknown word stays as it is.
    pub fn translate(&self, source: &[String]) -> (Vec<String>, usize) {
        let mut known = 0;
        // For each last word: the best log probability that ends in it, and the sentence so far.
        let mut paths: Vec<(f64, Vec<String>)> = vec![(0.0, Vec::new())];
        for from in source {
            let row = self.translation.get(from);
            known += row.is_some() as usize;
            let candidates: Vec<(String, f64)> = match row {
                Some(row) => row.iter().map(|(to, p)| (to.clone(), *p)).collect(),
                None => vec![(from.clone(), 1.0)],
            };
            paths = candidates.iter().map(|(to, p)| self.extend(&paths, to, *p)).collect();
        }
        let best = paths
            .into_iter()
            .map(|(score, path)| (score + self.follows(&path, "$"), path))
            .max_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal));
        (best.map(|(_, path)| path).unwrap_or_default(), known)
    }

    fn extend(&self, paths: &[(f64, Vec<String>)], to: &str, p: f64) -> (f64, Vec<String>) {
        let (score, path) = paths
            .iter()
            .map(|(score, path)| (score + self.follows(path, to), path))
            .max_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal))
            .expect("there is a path");
        let mut longer = path.clone();
        longer.push(to.into());
        (score + p.ln(), longer)
    }

    /// log p(word | last word), smoothed: what was never seen is unlikely, not impossible.
    fn follows(&self, path: &[String], word: &str) -> f64 {
        let last = path.last().map(String::as_str).unwrap_or("^");
        let row = self.bigrams.get(last);
        let total: f64 = row.map(|row| row.values().sum()).unwrap_or(0.0);
        let count = row.and_then(|row| row.get(word)).copied().unwrap_or(0.0);
        ((count + 0.1) / (total + 0.1 * (self.bigrams.len() as f64 + 1.0))).ln()
    }

    pub fn source_words(&self) -> usize {
        self.translation.len()
    }
    pub fn target_words(&self) -> usize {
        self.bigrams.len().saturating_sub(1)
    }

    pub fn to_json(&self) -> Json {
        let number = |value: f64| Json::Number(format!("{:e}", value));
        let table = |table: &Table| {
            let row = |row: &BTreeMap<String, f64>| Json::Object(row.iter().map(|(k, v)| (k.clone(), number(*v))).collect());
            Json::Object(table.iter().map(|(key, value)| (key.clone(), row(value))).collect())
        };
        Json::Object(vec![
            ("format".into(), Json::Number("1".into())),
            ("pairs".into(), Json::Number(self.pairs.to_string())),
            ("translation".into(), table(&self.translation)),
            ("bigrams".into(), table(&self.bigrams)),
        ])
    }

    pub fn from_json(json: &Json) -> Option<Model> {
        let table = |name: &str| -> Option<Table> {
            let mut table = Table::new();
            for (key, row) in members(json.get(name)?)? {
                for (word, value) in members(row)? {
                    table.entry(key.clone()).or_default().insert(word.clone(), number(value)?);
                }
            }
            Some(table)
        };
        if number(json.get("format")?)? != 1.0 {
            return None;
        }
        let pairs = number(json.get("pairs")?)? as usize;
        Some(Model { translation: table("translation")?, bigrams: table("bigrams")?, pairs })
    }
}

fn members(json: &Json) -> Option<&[(String, Json)]> {
    match json {
        Json::Object(members) => Some(members),
        _ => None,
    }
}

fn number(json: &Json) -> Option<f64> {
    match json {
        Json::Number(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// t(target | source) of every pair of words that stand in one pair of sentences.
fn expectation_maximisation(pairs: &[(Vec<String>, Vec<String>)]) -> Table {
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    let mut cells: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    let mut row_of: Vec<usize> = Vec::new();
    // Of each sentence, the cells of its words: all source words for the first target word, then for the second, ….
    let mut sentences: Vec<(usize, Vec<usize>)> = Vec::new();
    for (source, target) in pairs {
        let mut used = Vec::with_capacity(source.len() * target.len());
        for to in target {
            for from in source {
                let count = rows.len();
                let row = *rows.entry(from).or_insert(count);
                let next = row_of.len();
                let cell = *cells.entry((row, to)).or_insert(next);
                if cell == next {
                    row_of.push(row);
                }
                used.push(cell);
            }
        }
        sentences.push((source.len(), used));
    }
    let mut chances = vec![1.0; row_of.len()];
    for _ in 0..ROUNDS {
        let mut counts = vec![0.0; row_of.len()];
        let mut totals = vec![0.0; rows.len()];
        for (width, used) in &sentences {
            for word in used.chunks(*width) {
                let total: f64 = word.iter().map(|cell| chances[*cell]).sum();
                for cell in word {
                    counts[*cell] += chances[*cell] / total;
                    totals[row_of[*cell]] += chances[*cell] / total;
                }
            }
        }
        for (cell, chance) in chances.iter_mut().enumerate() {
            *chance = counts[cell] / totals[row_of[cell]];
        }
    }
    let mut names = vec![""; rows.len()];
    for (name, row) in &rows {
        names[*row] = name;
    }
    let mut table = Table::new();
    for ((row, to), cell) in &cells {
        table.entry(names[*row].into()).or_default().insert(to.to_string(), chances[*cell]);
    }
    table
}
