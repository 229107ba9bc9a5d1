// A product matches when each word of the text begins a word of its name.
export function matches(product, text) {
  const words = wordsOf(product.name);
  return wordsOf(text).every((wanted) => words.some((word) => word.startsWith(wanted)));
}

function wordsOf(text) {
  return text.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);
}
