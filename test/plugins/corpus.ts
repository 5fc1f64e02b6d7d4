export interface Pair {
  readonly source: string;
  readonly target: string;
}

const NOUNS = [
  ['hund', 'dog'],
  ['haus', 'house'],
  ['buch', 'book'],
  ['kind', 'child'],
  ['pferd', 'horse'],
  ['auto', 'car'],
  ['bild', 'picture'],
  ['fenster', 'window'],
] as const;
const ADJECTIVES = [
  ['alte', 'old'],
  ['kleine', 'small'],
  ['schöne', 'beautiful'],
  ['schwarze', 'black'],
] as const;
const VERBS = [
  ['sieht', 'sees'],
  ['kauft', 'buys'],
  ['malt', 'paints'],
  ['findet', 'finds'],
] as const;
/** One word with two meanings: only the word before tells which. */
const CASTLE = [
  ['königliche', 'royal', 'castle'],
  ['verschneite', 'snowy', 'castle'],
  ['eiserne', 'iron', 'lock'],
  ['rostige', 'rusty', 'lock'],
] as const;

/** German sentences and their English, all different, in an order that is the same each time. */
export function corpus(): Pair[] {
  const objects = [
    ...NOUNS.flatMap(([german, english]) => [
      [`das ${german}`, `the ${english}`] as const,
      ...ADJECTIVES.map(([from, to]) => [`das ${from} ${german}`, `the ${to} ${english}`] as const),
    ]),
    ...CASTLE.map(([german, english, noun]) => [`das ${german} schloss`, `the ${english} ${noun}`] as const),
  ];
  const pairs = NOUNS.flatMap(([subject, english]) =>
    VERBS.flatMap(([german, verb]) =>
      objects.map(([from, to]) => ({
        source: `Das ${subject} ${german} ${from}.`,
        target: `The ${english} ${verb} ${to}.`,
      })),
    ),
  );
  return shuffled(pairs);
}

/** A linear congruential generator: the same order on every machine. */
function shuffled<T>(items: readonly T[]): T[] {
  const order = [...items];
  let state = 1;
  for (let last = order.length - 1; last > 0; last -= 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const other = Math.floor((state / 2_147_483_648) * (last + 1));
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}
